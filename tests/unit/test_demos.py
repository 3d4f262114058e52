"""Every shipped province has a demo that can be sat: its papers can be drawn from the demo bank."""

from __future__ import annotations

from collections import Counter

import pytest

from exam_server.demo.plan import Demo
from exam_server.demo.provinces import DAYS, DEMOS, SHAANXI_DAY
from exam_server.profiles.profile_file import names
from exam_server.results.rules.line_life import drawing_of
from exam_server.results.rules.official import publisher_of
from question_bank.assembly.assemble import assemble
from question_bank.assembly.blueprint import parse_blueprint


def test_every_province_that_ships_has_one() -> None:
    assert set(DEMOS) == set(DAYS) == set(names())


@pytest.mark.parametrize("demo", DAYS.values(), ids=list(DAYS))
def test_the_day_that_plays_itself_can_be_published_by_somebody_of_the_demo(demo: Demo) -> None:
    room = demo.rooms[0]
    rules = demo.rules(room, demo.limit_within(1))
    assert not rules.departures, "a trial is never published"
    people = Counter(one.city for one in demo.accounts if one.role == "authority")
    filed = set()
    for city in room.cities:
        parts = {"city": city, "trade": room.trade, "level": room.level}
        drawing = drawing_of(parts, rules.line_authority)
        filed.add(drawing.filed)
        assert people[drawing.city] >= 2, "one proposes, another approves"
        assert people[publisher_of(parts, rules.publish.authority)]
    assert filed == {demo is SHAANXI_DAY}


def test_a_time_that_the_notice_states_is_kept_to_and_one_it_leaves_open_is_answered() -> None:
    assert {name: demo.limit_within(1) for name, demo in DAYS.items()} == {
        "shaanxi-2024": None,
        "hebei-2024": 1,
        "henan-2023": 1,
    }


@pytest.mark.parametrize("demo", [*DEMOS.values(), SHAANXI_DAY], ids=[*DEMOS, "shaanxi-2024-day"])
def test_a_papers_subjects_share_no_item_and_are_what_the_rules_ask(demo: Demo) -> None:
    entries = tuple(entry for bank in demo.banks for entry in bank.items().bank.entries)
    blueprint = parse_blueprint(demo.blueprint())
    drafts = assemble(entries, blueprint, seed=bytes(32))
    drawn = Counter(
        entry.item.id for draft in drafts for part in draft.sections for entry in part.entries
    )
    assert set(drawn.values()) == {1}
    rules = [(room, demo.rules(room, None)) for room in demo.rooms]
    asked = {name: subject for _, one in rules for _, name, subject in one.ordered}
    assert {draft.subject for draft in drafts} == set(asked)
    for room, one in rules:
        for _, name, subject in one.ordered:
            (plan,) = (
                form
                for form in blueprint.forms
                if form.subject == name and form.trade in ("*", room.trade)
            )
            assert [(part.type, part.count) for part in plan.sections] == [
                (part.type, part.count) for part in subject.sections
            ]


@pytest.mark.parametrize("demo", DEMOS.values(), ids=list(DEMOS))
def test_a_shortened_demo_says_so_only_where_the_notice_states_a_time(demo: Demo) -> None:
    room = demo.rooms[0]
    assert not demo.rules(room, None).departures
    short = demo.rules(room, 1)
    assert {subject.minutes for _, _, subject in short.ordered} == {1}
    assert short.limits_shortened == (demo.profile == "shaanxi-2024")
