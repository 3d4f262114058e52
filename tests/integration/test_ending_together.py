"""A hall ends at once: whoever hands in beside others fares as if they were alone."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from exam_server import sweep
from exam_server.desk.tables import Exam
from exam_server.errors import Refusal
from exam_server.results.scorer_client import ScorerFailed
from exam_server.results.views import pending
from exam_server.room.actions import control
from exam_server.storage.tx import Tx
from tests.builders.room_day import PROCTOR, RoomDay
from tests.builders.room_terminal import Json, Terminal
from tests.manual_clock import MINUTE

EARLIEST_MINUTES = 5


@pytest.fixture
def hall(database_url: str, tmp_path: Path) -> Iterator[RoomDay]:
    """Two candidates for each case; nobody may hand in during the first five minutes."""
    day = RoomDay(database_url, tmp_path / "centre", candidates=2 * PAIRS)

    def strict(tx: Tx) -> None:
        exam = tx.session.get_one(Exam, day.exam_id)
        rooms = {**exam.rules["room"], "earliest_submit_minutes": EARLIEST_MINUTES}
        exam.rules = {**exam.rules, "room": rooms}

    day.centre.store.write(strict)
    yield day
    day.verified()
    day.close()


def _seated(hall: RoomDay, *opened: int) -> list[Terminal]:
    """Everybody is there; who is in ``opened`` has begun."""
    there = [hall.terminal(number).arrive() for number in range(2 * PAIRS)]
    hall.unseal()
    hall.ring()
    for number in opened:
        there[number].open()
    return there


Outbox = list[Json]


def _answers(one: Terminal) -> Outbox:
    return [one.write(0, "a", revision=(1, 1)), one.write(1, "b", revision=(1, 2))]


def _blank(_one: Terminal) -> Outbox:
    return []


def _never_opened(_one: Terminal) -> Outbox:
    return []


def _paused_early(one: Terminal) -> Outbox:
    """Most of the time stood still: too early."""
    attempt = one.attempt_id()
    one.room.do(control.pause_attempt, attempt_id=attempt, actor=PROCTOR, reason="不适")
    return _answers(one)


def _unknown_letter(one: Terminal) -> Outbox:
    return [one.write(0, "a", revision=(1, 1)), one.write(1, "zz", revision=(1, 2))]


def _other_answer_under_a_known_revision(one: Terminal) -> Outbox:
    one.send(one.write(0, "a", revision=(1, 1)))
    return [one.write(0, "b", revision=(1, 1))]


def _opened_late(one: Terminal) -> Outbox:
    one.open()
    return _answers(one)


CASES: list[Callable[[Terminal], Outbox]] = [
    _answers,
    _blank,
    _never_opened,
    _paused_early,
    _unknown_letter,
    _other_answer_under_a_known_revision,
    _opened_late,
]
PAIRS = len(CASES)


def _outcome(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except Refusal as refusal:
        return refusal


def _seen(found: Any) -> Any:
    """An outcome as it can be compared between two people: digests and ids are their own."""
    if isinstance(found, Refusal):
        return found.code, found.facts
    assert not isinstance(found, Exception), found
    state = found["state"]["attempts"][0]
    receipts = [{**one, "digest": None} for one in found["receipts"]]
    return receipts, {**state, "id": None, "head": None}


def _told(hall: RoomDay, one: Terminal) -> list[tuple[Any, ...]]:
    entries = hall.journal(one.attempt_id())
    return [(entry.seq, entry.kind, entry.actor, entry.at_ms, entry.data) for entry in entries]


def test_a_hand_in_beside_others_is_a_hand_in_alone(hall: RoomDay, rng: random.Random) -> None:
    cases = [*rng.sample(CASES, PAIRS)] * 2
    waiting = (_never_opened, _opened_late)
    there = _seated(hall, *(n for n, case in enumerate(cases) if case not in waiting))
    hall.clock.advance(4 * MINUTE)
    outboxes = [case(one) for case, one in zip(cases, there, strict=True)]
    hall.clock.advance(2 * MINUTE)
    acts = [
        partial(_outcome, partial(one.hand_in, *outbox))
        for one, outbox in zip(there, outboxes, strict=True)
    ]
    before = [len(_told(hall, one)) for one in there]
    alone = [act() for act in acts[:PAIRS]]
    together = hall.runner.batch(acts[PAIRS:])
    assert [_seen(one) for one in together] == [_seen(one) for one in alone]
    told = [_told(hall, one)[count:] for one, count in zip(there, before, strict=True)]
    assert told[PAIRS:] == told[:PAIRS]
    for outcome, entries in zip([*alone, *together], told, strict=True):
        assert bool(entries) != isinstance(outcome, Refusal), "who is refused left no trace"
    codes = {
        case.__name__: one.code
        for case, one in zip(cases, together, strict=False)
        if isinstance(one, Refusal)
    }
    assert codes == {
        "_never_opened": "not_started",
        "_paused_early": "submit_too_early",
        "_opened_late": "submit_too_early",
        "_unknown_letter": "malformed_response",
        "_other_answer_under_a_known_revision": "revision_reused",
    }


def test_handing_in_twice_at_once_is_handing_in_once(hall: RoomDay) -> None:
    mine, theirs, *_ = _seated(hall, 0, 1)
    hall.clock.advance(6 * MINUTE)
    outbox = _answers(mine)
    results = hall.runner.batch(
        [
            partial(mine.hand_in, *outbox),
            partial(theirs.hand_in, theirs.write(0, "a")),
            partial(mine.hand_in, *outbox),
        ]
    )
    assert results[2]["receipts"] == results[0]["receipts"]
    assert [one["kept"] for one in results[0]["receipts"]] == ["counted", "counted"]
    for one, answers in ((mine, 2), (theirs, 1)):
        assert hall.kinds(one.attempt_id()).count("submitted") == 1
        assert hall.attempt(one.person).answered == answers


def test_nobody_hands_in_for_their_neighbour(hall: RoomDay) -> None:
    mine, theirs, *_ = _seated(hall, 0, 1)
    hall.clock.advance(6 * MINUTE)
    before = _told(hall, theirs)
    body = {"responses": [], "confirmed": True}
    path = f"/api/attempt/{theirs.attempt_id()}/submit"
    refused, taken = hall.runner.batch(
        [partial(_outcome, partial(mine._call, "POST", path, body)), mine.hand_in]
    )
    assert refused.code == "not_found"
    assert taken["state"]["attempts"][0]["state"] == "submitted"
    assert _told(hall, theirs) == before


def test_a_hall_that_runs_out_of_time_ends_in_one_look(hall: RoomDay) -> None:
    """But for whoever stands still or was given more."""
    there = _seated(hall, *range(2 * PAIRS))
    hall.clock.advance(30 * MINUTE)
    paused, granted, *others = there
    for one in others:
        one.answer(0, "a")
    on_one = partial(hall.do, actor=PROCTOR, reason="设备")
    on_one(control.pause_attempt, attempt_id=paused.attempt_id())
    on_one(control.grant, attempt_id=granted.attempt_id(), seconds=120)
    hall.wait(minutes=30, seconds=6)
    for one in others:
        (ended,) = [entry for entry in hall.journal(one.attempt_id()) if entry.kind == "submitted"]
        assert ended.data == {"cause": "time", "left_ms": 0, "answered": 1}
        row = hall.attempt(one.person)
        assert (row.state, row.cause, row.running_since_ms) == ("submitted", "time", None)
        assert row.spent_ms == 60 * MINUTE + 6_000
    assert [hall.attempt(one.person).state for one in (paused, granted)] == [
        "paused",
        "in_progress",
    ]
    hall.tick()
    assert {hall.kinds(one.attempt_id()).count("submitted") for one in others} == {1}


class _EnoughError(Exception):
    """What runs for ever; the test has seen what it wanted."""


def test_who_hands_in_is_scored_before_the_next_second(
    hall: RoomDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "TICK_SECONDS", 60.0)  # a scorer starts in it, however busy we are
    one, *_ = _seated(hall, 0)
    hall.clock.advance(6 * MINUTE)
    attempt = one.attempt_id()
    hall.tick()
    looks = []

    def wait(seconds: float) -> bool:
        looks.append(seconds)
        if len(looks) > 1:
            raise _EnoughError
        one.hand_in()
        return True

    with pytest.raises(_EnoughError):
        hall.sweep.score_on(wait)
    assert hall.kinds(attempt)[-1] == "scored"
    assert 0 < looks[1] < looks[0] <= 60, "still the same second"


def test_a_scorer_that_does_not_answer_ends_nobodys_time_late(
    hall: RoomDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = _seated(hall, 0, 1)
    hall.clock.advance(6 * MINUTE)
    hall.tick()
    there[0].hand_in()
    asked, answers = Event(), Event()
    score = hall.scorer.score

    def hangs(**wanted: Any) -> Any:
        asked.set()
        assert answers.wait(60)
        return score(**wanted)

    monkeypatch.setattr(hall.scorer, "score", hangs)
    with ThreadPoolExecutor(1) as beside:
        scoring = beside.submit(hall.sweep.score)
        assert asked.wait(10)
        hall.clock.advance(55 * MINUTE)
        hall.sweep.live()
        hall.sweep.look()
        ended = [hall.attempt(one.person).state for one in there[:2]]
        answers.set()
        scoring.result()
    assert ended == ["submitted", "submitted"]
    assert hall.kinds(there[0].attempt_id())[-1] == "scored"


def test_more_than_one_look_takes_is_scored_in_one_second(
    hall: RoomDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (pending, sweep):
        monkeypatch.setattr(module, "AT_ONCE", 4)
    there = _seated(hall, *range(2 * PAIRS))
    hall.clock.advance(61 * MINUTE)
    hall.tick()
    assert {hall.kinds(one.attempt_id())[-1] for one in there} == {"scored"}


def test_a_form_that_cannot_be_scored_keeps_nobody_else_waiting(
    hall: RoomDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (pending, sweep):
        monkeypatch.setattr(module, "AT_ONCE", 4)
    there = _seated(hall, *range(2 * PAIRS))
    spoilt = hall.attempt(there[0].person).form_id
    score = hall.scorer.score

    def without_its_key(**asked: Any) -> Any:
        if asked["form_id"] == spoilt:
            raise ScorerFailed("secret_wrong")
        return score(**asked)

    with monkeypatch.context() as broken:
        broken.setattr(hall.scorer, "score", without_its_key)
        hall.wait(minutes=EARLIEST_MINUTES)
        for one in there:
            one.hand_in()
        hall.wait(minutes=1)
        there[-1].open(2)
        hall.wait(minutes=EARLIEST_MINUTES)
        there[-1].hand_in(subject=2)
        hall.tick()
        assert hall.kinds(there[-1].attempt_id(2))[-1] == "scored"
        assert "scored" not in {kind for one in there for kind in hall.kinds(one.attempt_id())}
    hall.tick()
    assert {hall.kinds(one.attempt_id())[-1] for one in there} == {"scored"}
