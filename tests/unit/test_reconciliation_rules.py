"""收场核对 by its rules alone: every cause, in its place, and sums that agree."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_server.room.rules.lifecycle import AttemptState
from exam_server.room.rules.reconciliation import (
    Account,
    AttemptAccount,
    OpenIncident,
    Unsettled,
    counts,
    findings,
)

S = AttemptState
DONE = AttemptAccount("a1", 1, S.SUBMITTED, "candidate", 100, 0, frozenset(), ())
FINE = Account("c1", 7, "王建国", False, False, (DONE, replace(DONE, id="a2", ordinal=2)))


def account(*, first: object = None, second: object = None, **change: object) -> Account:
    """Somebody who handed both subjects in, but for what is changed."""
    one, two = FINE.attempts
    attempts = (
        replace(one, **(first or {})),  # type: ignore[arg-type]
        replace(two, **(second or {})),  # type: ignore[arg-type]
    )
    return replace(FINE, attempts=attempts, **change)  # type: ignore[arg-type]


def causes(*accounts: Account) -> list[tuple[str, str]]:
    return [(one.cause.value, one.about) for one in findings(accounts, [])]


def test_who_handed_everything_in_is_accounted_for() -> None:
    assert causes(FINE) == []
    gone = account(first={"state": S.ABSENT}, second={"state": S.ABSENT})
    assert causes(gone) == []
    assert counts([FINE, gone]).at_close() == {
        "expected": 2,
        "present": 1,
        "absent": 1,
        "submitted": 1,
        "explained": 0,
    }


@pytest.mark.parametrize(
    ("one", "found"),
    [
        (account(second={"state": S.IN_PROGRESS}), [("unfinished", "a2")]),
        (account(second={"state": S.ASSIGNED}), [("unfinished", "a2")]),
        (
            account(first={"state": S.CHECKED_IN}, second={"state": S.ASSIGNED}),
            [("unfinished", "a1"), ("unfinished", "a2")],
        ),
        (
            account(first={"state": S.ASSIGNED}, second={"state": S.ASSIGNED}),
            [("not_arrived", "c1")],
        ),
        (account(lost=True), [("unsynced", "a2")]),
        (account(lost=True, second={"state": S.PAUSED}), [("unfinished", "a2")]),
        (account(lost=True, second={"explained": frozenset({"unsynced"})}), []),
        (account(changing=True), [("machine", "c1")]),
        (account(first={"cases": ("r1", "r2")}), [("recovery", "r1"), ("recovery", "r2")]),
        (account(first={"answered": 0}), [("blank", "a1")]),
        (account(first={"answered": 0, "ending": "time"}), [("blank", "a1")]),
        (account(first={"answered": 0, "ending": "proctor"}), []),
        (account(first={"answered": 0, "explained": frozenset({"blank"})}), []),
        (account(first={"answered": 0, "explained": frozenset({"unsynced"})}), [("blank", "a1")]),
        (account(second={"proposed_ms": 90_000}), [("loss", "a2")]),
    ],
)
def test_each_cause_is_found_once(one: Account, found: list[tuple[str, str]]) -> None:
    assert causes(one) == found


def test_the_worst_comes_first_whatever_the_seat() -> None:
    late = account(seat=1, first={"cases": ("r1",)})
    blank = account(seat=2, first={"answered": 0})
    working = account(seat=9, second={"state": S.IN_PROGRESS})
    working_too = account(seat=3, second={"state": S.IN_PROGRESS})
    incident = OpenIncident("i1", None, None, None, "equipment")
    found = findings([blank, late, working, working_too], [incident])
    assert [(one.cause, one.seat) for one in found] == [
        (Unsettled.UNFINISHED, 3),
        (Unsettled.UNFINISHED, 9),
        (Unsettled.RECOVERY, 1),
        (Unsettled.BLANK, 2),
        (Unsettled.INCIDENT, 0),
    ]


STATES = st.sampled_from(list(S))
ATTEMPTS = st.builds(
    AttemptAccount,
    id=st.text(max_size=2),
    ordinal=st.just(1),
    state=STATES,
    ending=st.sampled_from([None, "candidate", "time", "proctor"]),
    answered=st.integers(0, 3),
    proposed_ms=st.integers(0, 2),
    explained=st.frozensets(st.sampled_from(["blank", "unsynced"])),
    cases=st.just(()),
)
ACCOUNTS = st.builds(
    Account,
    candidate_id=st.text(max_size=2),
    seat=st.integers(1, 99),
    name=st.text(max_size=2),
    lost=st.booleans(),
    changing=st.booleans(),
    attempts=st.lists(ATTEMPTS, min_size=1, max_size=3).map(tuple),
)


@given(st.lists(ACCOUNTS))
def test_the_sums_agree_for_every_room_and_nobody_is_missing_when_nothing_is_found(
    room: list[Account],
) -> None:
    sums = counts(room)
    assert sums.expected == sums.present + sums.absent + sums.not_arrived
    assert sums.present == sums.submitted + sums.explained + sums.at_work
    if not findings(room, []):
        assert (sums.not_arrived, sums.at_work) == (0, 0)
