"""Packages of many centres meet at the hub: once each, whole, and no contradiction unseen."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest

from exam_server.errors import Refusal
from exam_server.results.actions.lines import propose_line
from exam_server.results.people import people
from exam_server.results.rules.params import LineParams
from exam_server.results.views.intake import announced_cards, arrivals, imported_table
from exam_server.results.views.outcomes import PersonOutcome, outcomes
from tests.builders.hub import FIRST_MS, Hub
from tests.builders.profiles import short_block
from tests.builders.results_day import Day, staff
from tests.builders.results_read import (
    AUTHORITY,
    GROUP,
    detail_of,
    put_line_into_effect,
    rows_of,
)


@pytest.fixture
def hub(day: Day) -> Hub:
    return Hub(day)


def cards(hub: Hub) -> dict[str, tuple[str, int]]:
    found = hub.day.store.read(announced_cards)
    return {card.centre: (card.progress, card.outstanding) for card in found}


def sums(hub: Hub) -> dict[str, str | None]:
    """By candidate, as the table of results has them."""
    table = hub.day.store.read(
        lambda session: outcomes(session, hub.day.exam_id, today=date(2026, 7, 1))
    )
    return {person.candidate_id: person.sum for person in table.people}


def person(hub: Hub, ident: str) -> PersonOutcome:
    (one,) = hub.day.store.read(
        lambda session: outcomes(
            session, hub.day.exam_id, today=date(2026, 7, 1), candidate_id=ident
        )
    ).people
    return one


def propose(hub: Hub, line: str, missing_reason: str = "") -> str:
    return hub.day.store.write(
        partial(
            propose_line,
            exam_id=hub.day.exam_id,
            group=GROUP,
            params=LineParams(mode="line", line=line),
            reason="参照上年",
            missing_reason=missing_reason,
            actor=AUTHORITY,
        )
    )


def test_a_line_is_drawn_over_the_candidates_of_many_centres(hub: Hub) -> None:
    assert cards(hub) == {"商州考点": ("waiting", 3), "洛南考点": ("waiting", 3)}
    for data in (hub.east_package(), hub.west_package()):
        found = hub.take_in(data)
        assert (found.state, found.rows, found.new) == ("counts", 3, True)
    assert cards(hub) == {"商州考点": ("complete", 0), "洛南考点": ("complete", 0)}
    assert list(sums(hub).values()) == ["8", "5", None, "6", "4", "2"]
    detail = detail_of(hub.day, GROUP, LineParams(mode="rate", rate="0.6"))
    assert (detail.counts.valid, detail.counts.absent, detail.counts.pending) == (5, 1, 0)
    assert (detail.line, detail.reached, detail.missing) == ("5", 3, ())
    put_line_into_effect(hub.day, propose(hub, "5"))
    decided = [person(hub, ident).status for ident in hub.ids]
    assert decided == ["undecided", "undecided", "absent", "undecided", "fail", "fail"]
    subject = person(hub, hub.ids[0]).subjects["ethics"]
    (card,) = (c for c in hub.day.store.read(announced_cards) if c.centre == "商州考点")
    assert (subject.points, subject.imported_id) == ("4", card.packages[0].id)
    members = hub.day.store.read(
        lambda session: people(session, short_block(), exam_id=hub.day.exam_id)
    )
    standings = {one.entry.candidate_id: one.entry.standing for one in members}
    assert {ident: row.status for ident, row in rows_of(hub.day).items()} == standings
    total = arrivals(hub.day.store.read(announced_cards))
    assert (total.centres, total.complete, total.candidates, total.there) == (2, 2, 6, 6)

    before = (hub.scores(), sums(hub))  # the same package again changes nothing, and says so
    again = hub.take_in(hub.east_package())
    assert (again.id, again.new) == (card.packages[0].id, False)
    assert (hub.scores(), sums(hub)) == before


def test_a_corrected_package_waits_until_somebody_says_it_takes_the_firsts_place(hub: Hub) -> None:
    first = hub.take_in(hub.east_package())
    people_now = hub.east_people()
    people_now[1] = hub.sitter(hub.ids[1], ("3", "4"), ("2",))  # a late answer was recovered
    found = hub.take_in(hub.east.pack(people_now, created_ms=hub_ms(1)))
    assert (found.state, found.conflicts) == ("held", 6)
    assert cards(hub)["商州考点"][0] == "conflict"
    assert sums(hub)[hub.ids[1]] == "5"  # kept, not counted
    _, _, _, conflicts = hub.day.store.read(lambda session: imported_table(session, found.id))
    assert [(one.here, one.brought) for one in conflicts if not one.alike] == [("3", "4")]
    with pytest.raises(Refusal, match="reason_required"):
        hub.accept(found.id, reason=" ")
    hub.accept(found.id)
    assert sums(hub)[hub.ids[1]] == "6"
    card, _, _, _ = hub.day.store.read(lambda session: imported_table(session, first.id))
    assert card.state == "superseded"
    (why,) = person(hub, hub.ids[1]).differences
    assert (why.kind, why.before, why.after, why.reason) == ("recovery", "3", "4", "断网")
    with pytest.raises(Refusal, match="result_package_not_held"):
        hub.accept(found.id)

    again = hub.take_in(hub.east.pack(people_now, created_ms=hub_ms(2)))
    assert (again.state, again.conflicts) == ("held", 6)  # two packages of one sitting
    before = sums(hub)
    hub.set_aside(again.id)
    assert sums(hub) == before
    assert cards(hub)["商州考点"] == ("complete", 0)


def hub_ms(minutes: int) -> int:
    """A moment some minutes after the first packages."""
    return 1_781_900_000_000 + minutes * 60_000


def test_somebody_in_two_packages_is_shown_and_decided_person_by_person(hub: Hub) -> None:
    hub.take_in(hub.east_package())
    twice = hub.sitter(hub.ids[2], ("4",), ("3",))  # absent in the east, sat in the west
    hub.announce(hub.west, hub.ids[2:])
    west = hub.west.pack([*hub.west_people(), twice], created_ms=hub_ms(0))
    found = hub.take_in(west)
    assert (found.state, found.conflicts) == ("held", 2)
    assert hub.ids[3] in sums(hub)
    assert sums(hub)[hub.ids[3]] is None  # nothing of a held package counts
    hub.accept(found.id, reason="补考，以洛南为准")
    assert [sums(hub)[ident] for ident in (hub.ids[0], hub.ids[2], hub.ids[3])] == ["8", "7", "6"]
    assert cards(hub)["商州考点"] == ("complete", 0)  # the rest of it still counts
    (ethics, theory) = person(hub, hub.ids[2]).differences
    assert (ethics.kind, ethics.before, ethics.after) == ("correction", "absent", "4")
    assert theory.reason == "补考，以洛南为准"


def test_what_does_not_belong_is_refused_whole(hub: Hub) -> None:
    def refused(data: bytes) -> Refusal:
        before = (hub.scores(), sums(hub), cards(hub))
        with pytest.raises(Refusal) as caught:
            hub.take_in(data)
        assert (hub.scores(), sums(hub), cards(hub)) == before
        return caught.value

    east = hub.east_people()
    other = [*east[:2], hub.sitter(hub.ids[2], (), (), id_masked="611002********9999")]
    error = refused(hub.east.pack(other, created_ms=hub_ms(0)))
    assert (error.code, error.facts["who"]) == (
        "result_package_other_person", hub.ticket(hub.ids[2]),
    )  # fmt: skip
    lifted = [*east[:2], hub.sitter(hub.ids[2], (), (), level="L2")]
    assert refused(hub.east.pack(lifted, created_ms=hub_ms(0))).code == (
        "result_package_other_person"
    )
    hub.east.mode = "trial"  # a rehearsal on the same paper
    assert refused(hub.east_package()).code == "result_package_other_exam"
    hub.east.mode = "formal"
    with pytest.raises(Refusal, match="forbidden"):
        hub.take_in(hub.east_package(), actor=staff())

    hub.take_in(hub.east_package())
    rewritten = [hub.sitter(hub.ids[0], ("4",), ("3",)), *east[1:]]
    assert refused(hub.east.pack(rewritten, created_ms=hub_ms(1))).code == (
        "result_package_rewrites"
    )
    assert refused(hub.east_package(later_ms=-60_000)).code == "result_package_older"

    stranger = hub.sitter(hub.ids[2], (), (), ticket="999999999999")
    hub.announce(hub.west, [], strangers=["999999999999"])
    assert refused(hub.west.pack([stranger], created_ms=hub_ms(0))).code == (
        "result_package_stranger"
    )


def test_a_line_over_missing_packages_names_them_and_wants_a_reason(hub: Hub) -> None:
    hub.take_in(hub.east_package())
    detail = detail_of(hub.day, GROUP, LineParams(mode="line", line="5"))
    assert [(one.centre, one.people) for one in detail.missing] == [("洛南考点", 3)]
    with pytest.raises(Refusal) as caught:
        propose(hub, "5")
    assert caught.value.code == "line_packages_missing"
    assert caught.value.facts == {"centres": "洛南考点（3）", "count": 3}
    line_id = propose(hub, "5", missing_reason="洛南停电，成绩另行补划")
    (card,) = detail_of(hub.day, GROUP).lines
    assert card.without == {
        "reason": "洛南停电，成绩另行补划",
        "centres": [{"centre": "洛南考点", "people": 3}],
    }
    put_line_into_effect(hub.day, line_id)
    assert person(hub, hub.ids[1]).line == "5"
    hub.take_in(hub.west_package())  # who comes later is held against the line in effect
    assert [person(hub, ident).status for ident in hub.ids[3:]] == ["undecided", "fail", "fail"]


def test_a_violation_in_a_room_holds_the_score_at_the_hub(hub: Hub) -> None:
    ticket = hub.ticket(hub.ids[0])
    violation = {"id": "v1", "ticket": ticket, "at_ms": 5, "text": "夹带资料"}
    hub.take_in(hub.east_package(violations=[violation]))
    assert person(hub, hub.ids[0]).status == "held"
    again = hub.take_in(hub.east_package(later_ms=60_000, violations=[violation]))
    hub.accept(again.id)
    assert person(hub, hub.ids[0]).status == "held"
    assert person(hub, hub.ids[1]).status == "undecided"


def test_what_was_made_later_the_chains_say_and_not_a_clock_that_was_set_back(hub: Hub) -> None:
    people_now = hub.east_people()
    first = hub.take_in(hub.east.pack(people_now, created_ms=FIRST_MS + 3_600_000, seq=50))
    later = []
    for points, seq in ((("4", "2"), 60), (("4", "2", "1"), 70)):
        people_now[0] = hub.sitter(hub.ids[0], points, ("4",))
        later.append(hub.take_in(hub.east.pack(people_now, created_ms=FIRST_MS + seq, seq=seq)))
    assert [one.state for one in (first, *later)] == ["counts", "held", "held"]
    with pytest.raises(Refusal, match="result_package_older"):
        hub.take_in(hub.east.pack(people_now, created_ms=FIRST_MS, seq=55))
    hub.accept(later[1].id)
    with pytest.raises(Refusal, match="result_package_older"):
        hub.accept(later[0].id)  # what counts is newer
    assert sums(hub)[hub.ids[0]] == "5"
