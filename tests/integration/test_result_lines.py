"""The authority draws a line; nothing changes until it is in effect."""

from __future__ import annotations

from functools import partial

import msgspec
import pytest
from sqlalchemy import select

from exam_server.auth.identity import Role
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.synthetic import Kind
from exam_server.desk.tables import Exam
from exam_server.errors import Refusal
from exam_server.results.actions.lines import approve_line, propose_line
from exam_server.results.rules.params import LineParams
from exam_server.results.tables import CutScore
from exam_server.results.views.table import results_table
from exam_server.storage.tx import Tx
from tests.builders.earlier_line import remember_line
from tests.builders.results_day import Day, staff
from tests.builders.results_read import (
    APPROVER,
    AUTHORITY,
    GROUP,
    detail_of,
    groups_of,
    put_line_into_effect,
    recover,
    rows_of,
    table_of,
)

# --- lines -------------------------------------------------------------------------


def propose(day: Day, line: str, reason: str = "参照上年") -> str:
    return day.store.write(
        lambda tx: propose_line(
            tx,
            exam_id=day.exam_id,
            group=GROUP,
            params=LineParams(mode="line", line=line),
            reason=reason,
            actor=AUTHORITY,
        )
    )


def test_looking_at_a_line_shows_what_it_would_do_and_changes_nothing(
    sat: tuple[Day, list[str]],
) -> None:
    day, _ = sat
    day.sweep()
    (card,) = groups_of(day)
    assert (card.key, card.state, card.counts.valid, card.small) == (GROUP, "none", 5, True)
    params = LineParams(mode="line", line="4")
    detail = detail_of(day, GROUP, params)
    assert (detail.reached, detail.base, detail.at_line) == (4, 5, 2)
    assert sum(count for _, _, count in detail.histogram) == 5
    assert detail.cumulative[0][1] == 5
    assert [row.difference for row in detail.around if row.line in ("4", "5")] == [0, -2]
    assert [(one.compared, one.reached) for one in detail.ties] == [("4", True)] * 2
    assert detail.practical
    assert day.store.read(lambda session: session.scalars(select(CutScore)).all()) == []


def test_nothing_changes_until_the_line_is_in_effect(sat: tuple[Day, list[str]]) -> None:
    day, people = sat
    day.sweep()
    line_id = propose(day, "4")
    assert {row.decision for row in table_of(day).rows} == {None}
    put_line_into_effect(day, line_id)
    rows = rows_of(day)
    assert [rows[person].decision for person in people] == [
        "undecided",
        "undecided",
        "undecided",
        "undecided",
        "fail",
        "absent",
        "fail",
    ]
    assert rows[people[0]].line == "4"
    detail = detail_of(day, GROUP)
    assert (detail.line, detail.lines[0].state, detail.lines[0].counts["reached"]) == (
        "4",
        "effective",
        4,
    )


def test_a_new_line_in_effect_takes_the_place_of_the_old_one(sat: tuple[Day, list[str]]) -> None:
    day, _ = sat
    day.sweep()
    propose(day, "3")
    for line in ("4", "6"):
        put_line_into_effect(day, propose(day, line))
    lines = detail_of(day, GROUP).lines
    assert [(line.version, line.line, line.state) for line in lines] == [
        (3, "6", "effective"),
        (2, "4", "superseded"),
        (1, "3", "superseded"),
    ]


def test_only_the_authority_draws_lines_and_says_why(sat: tuple[Day, list[str]]) -> None:
    day, _ = sat
    day.sweep()
    line_id = propose(day, "4")
    for role in (Role.PROCTOR, Role.CHIEF_PROCTOR, Role.CENTRE_ADMIN):
        with pytest.raises(Refusal, match="forbidden"):
            day.store.write(partial(approve_line, line_id=line_id, actor=staff(role)))
    for said, code in (("  ", "reason_required"), ("长" * 501, "text_too_long")):
        with pytest.raises(Refusal, match=code):
            propose(day, "4", reason=said)
    propose(day, "4", reason="长" * 500)


def test_a_line_waits_for_the_last_score_and_for_scores_that_have_changed(
    sat: tuple[Day, list[str]],
) -> None:
    day, people = sat
    with pytest.raises(Refusal, match="line_no_valid"):
        propose(day, "4")
    day.sweep()
    line_id = propose(day, "4")
    recover(day, rows_of(day)[people[2]].subjects["ethics"].attempt_id, "case1")
    day.sweep()
    with pytest.raises(Refusal, match="line_scores_changed"):
        day.store.write(lambda tx: approve_line(tx, line_id=line_id, actor=APPROVER))
    with pytest.raises(Refusal, match="line_params"):
        propose(day, "viel")
    again = propose(day, "4")
    put_line_into_effect(day, again)
    with pytest.raises(Refusal, match="line_step"):
        day.store.write(lambda tx: approve_line(tx, line_id=again, actor=APPROVER))


def test_a_line_is_not_approved_while_somebody_is_still_writing(day: Day) -> None:
    people = day.register(day.people(2))
    day.bring_paper()
    for subject in ("ethics", "theory"):
        day.hand_in(people[0], subject, "all right")
    day.sweep()
    line_id = propose(day, "4")
    with pytest.raises(Refusal) as caught:
        day.store.write(lambda tx: approve_line(tx, line_id=line_id, actor=APPROVER))
    assert (caught.value.code, caught.value.facts) == ("line_pending", {"count": 1})


def test_each_city_has_its_own_group_and_is_seen_beside_the_others(day: Day) -> None:
    here = day.register(day.people(2))
    there = day.add_people_from("安康市", 2, seed="ankang")
    day.bring_paper()
    for person, paper in zip((*here, *there), ("all right", "half") * 2, strict=True):
        for subject in ("ethics", "theory"):
            day.hand_in(person, subject, paper)  # type: ignore[arg-type]
    day.set_sitting(SittingState.CLOSED)
    day.sweep()
    cards = groups_of(day)
    assert {card.city: card.counts.valid for card in cards} == {"商洛市": 2, "安康市": 2}
    detail = detail_of(day, GROUP, LineParams(mode="line", line="8"))
    assert [(city.city, city.valid, city.reached) for city in detail.cities] == [
        ("商洛市", 2, 1),
        ("安康市", 2, 1),
    ]
    with pytest.raises(Refusal, match="group_unknown"):
        detail_of(day, "*|*|*")


def test_a_special_route_is_in_no_group_and_no_denominator(day: Day) -> None:
    (first, second) = day.people(2)
    retired = msgspec.structs.replace(
        second, route="near_retirement", ticket=None, room=None, seat=None
    )
    people = day.register([first, retired])
    day.bring_paper()
    for subject in ("ethics", "theory"):
        day.hand_in(people[0], subject, "half")
    day.sweep()
    (card,) = groups_of(day)
    assert card.counts.registered == 1
    everyone = day.store.read(lambda session: results_table(session, exam_id=day.exam_id))
    assert {row.candidate_id: row.status for row in everyone.rows} == {
        people[0]: "valid",
        people[1]: "not_sitting",
    }


def test_provincial_units_have_a_line_of_their_own_however_they_are_written(day: Day) -> None:
    people = [
        *day.register(day.people(1, [Kind("汽车驾驶员", "L3", "省直")])),
        *day.add_people_from("中央驻陕单位", 1, seed="two"),
    ]
    day.bring_paper()
    for person in people:
        for subject in ("ethics", "theory"):
            day.hand_in(person, subject, "half")
    day.set_sitting(SittingState.CLOSED)
    day.sweep()
    (card,) = groups_of(day)
    assert (card.key, card.counts.valid) == ("省直|汽车驾驶员|L3", 2)
    assert {row.group for row in table_of(day).rows} == {card.key}


def test_a_trade_written_with_the_keys_own_sign_is_found_again(day: Day) -> None:
    people = day.register(day.people(1, [Kind("电工|高压", "L3")]))
    day.bring_paper()
    for subject in ("ethics", "theory"):
        day.hand_in(people[0], subject, "half")
    day.sweep()
    (card,) = groups_of(day)
    detail = detail_of(day, card.key)
    assert (detail.trade, detail.counts.valid) == ("电工／高压", 1)


def test_the_units_of_a_group_are_told_by_who_reaches_the_line(sat: tuple[Day, list[str]]) -> None:
    day, _ = sat
    day.sweep()
    detail = detail_of(day, GROUP, LineParams(mode="line", line="4"))
    assert sum(unit.valid for unit in detail.units) == detail.counts.valid
    assert sum(unit.reached for unit in detail.units) == detail.reached == 4
    assert [unit.valid for unit in detail.units] == sorted(
        (unit.valid for unit in detail.units), reverse=True
    )


@pytest.mark.parametrize(
    ("year", "profile", "state", "shown"),
    [
        (2025, "shaanxi-2024", "effective", True),
        (2019, "shaanxi-2018", "effective", True),
        (2026, "shaanxi-2024", "effective", False),  # another exam of the same year
        (2025, "shaanxi-2024", "superseded", False),
        (2025, "henan-2023", "effective", False),
    ],
)
def test_last_years_line_is_shown_beside_this_one(
    sat: tuple[Day, list[str]], year: int, profile: str, state: str, shown: bool
) -> None:
    day, _ = sat
    day.sweep()

    def remember(tx: Tx) -> None:
        exam = tx.session.get_one(Exam, day.exam_id)
        exam.profile = "shaanxi-2024"
        remember_line(
            tx,
            rules=exam.rules,
            group=GROUP,
            line="3",
            reached=9,
            valid=12,
            year=year,
            profile=profile,
            state=state,
        )

    day.store.write(remember)
    earlier = detail_of(day, GROUP).earlier
    assert (earlier is not None) is shown
    if earlier is not None:
        assert (earlier.year, earlier.line, earlier.valid, earlier.comparable) == (
            year,
            "3",
            12,
            True,
        )
        by_least = LineParams(basis="each_subject", mode="line", line="2")
        other = detail_of(day, GROUP, by_least).earlier
        assert other is not None
        assert not other.comparable
