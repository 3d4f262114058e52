"""Only the server ends an attempt, and at zero it does (invariant 4)."""

from __future__ import annotations

from itertools import pairwise

import pytest

from exam_server.desk.tables import Exam
from exam_server.errors import Refusal
from exam_server.profiles.profile import builtins_of, load
from exam_server.room.actions import closing, control, ending
from exam_server.storage.tx import Tx
from tests.builders.profiles import short_block
from tests.builders.room_day import PROCTOR, RoomDay
from tests.builders.room_terminal import Terminal

MINUTE = 60_000
HOUR = 60 * MINUTE
GRACE_MS = short_block().room.accept_grace_seconds * 1000


def state_at(room: RoomDay, terminal: Terminal, left_ms: int) -> str:
    """Move to where so much is left, let the server look, and say what became of it."""
    attempt = room.attempt(terminal.person)
    assert attempt.running_since_ms is not None
    zero_ms = attempt.running_since_ms + attempt.limit_ms + attempt.granted_ms - attempt.spent_ms
    room.clock.advance(zero_ms - left_ms - room.clock.now().boot_ms)
    room.tick()
    return room.attempt(terminal.person).state


def test_at_zero_and_the_grace_it_is_over_with_the_terminal_unplugged(room: RoomDay) -> None:
    """Nothing is heard of the terminal after its one answer."""
    assert GRACE_MS == 5_000
    (gone,) = room.begin(0)
    receipt = gone.answer(0, "a")
    probes = [MINUTE, 1_000, 1, 0, -1, -999, -1_000, -4_999]
    for left_ms in probes:
        assert state_at(room, gone, left_ms) == "in_progress", left_ms
    assert state_at(room, gone, -GRACE_MS) == "submitted"
    attempt = room.attempt(gone.person)
    assert (attempt.cause, attempt.answered) == ("time", 1)
    entry = next(e for e in room.journal(attempt.id) if e.kind == "submitted")
    assert (entry.actor, entry.data) == ("system", {"cause": "time", "left_ms": 0, "answered": 1})
    kept = next(e for e in room.journal(attempt.id) if e.kind == "response")
    assert kept.digest == receipt["digest"]


@pytest.mark.parametrize(
    ("left_ms", "kept"),
    [(1, "counted"), (0, "counted"), (-1, "counted"), (-4_999, "counted"), (-5_000, "late")],
)
def test_what_is_in_flight_at_zero_still_counts_for_five_seconds(
    room: RoomDay, left_ms: int, kept: str
) -> None:
    """Whether the server has looked meanwhile or not: the boundary is the same."""
    (terminal,) = room.begin(0)
    in_flight = terminal.write(0, "a")
    room.clock.advance(HOUR - left_ms)
    assert terminal.send(in_flight)[0]["kept"] == kept
    assert room.attempt(terminal.person).answered == (kept == "counted")


def test_a_hand_in_within_the_grace_is_the_candidates_own(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    room.clock.advance(HOUR + GRACE_MS - 1)
    terminal.hand_in(terminal.write(0, "a"))
    attempt = room.attempt(terminal.person)
    assert (attempt.cause, attempt.answered) == ("candidate", 1)
    assert room.journal(attempt.id)[-1].data["left_ms"] == 0


def test_a_grant_moves_zero_and_takes_back_nothing(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    room.clock.advance(HOUR + 3_000)  # zero is over, the grace is not
    room.do(
        control.grant,
        attempt_id=terminal.attempt_id(),
        seconds=60,
        actor=PROCTOR,
        reason="断网",
    )
    assert terminal.left_ms() == 57_000
    assert state_at(room, terminal, -4_999) == "in_progress"
    assert state_at(room, terminal, -5_000) == "submitted"


def test_handing_in_carries_the_outbox(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    unsent = [terminal.write(0, "a"), terminal.write(2, "ab"), terminal.write(0, "b")]
    answer = terminal.hand_in(*unsent)
    assert [receipt["kept"] for receipt in answer["receipts"]] == ["counted"] * 3
    assert terminal.kept() == {0: "b", 2: "ab"}
    attempt = room.attempt(terminal.person)
    assert (attempt.state, attempt.cause, attempt.answered) == ("submitted", "candidate", 2)
    assert answer["state"]["attempts"][0]["state"] == "submitted"


def test_handing_in_again_changes_nothing_and_gives_the_same_receipts(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    room.wait(minutes=3)
    outbox = [terminal.write(0, "a"), terminal.write(1, "c")]
    first = terminal.hand_in(*outbox)
    before = room.entries()
    room.clock.advance(90_000)  # the answer was lost on the way; the terminal asks again
    again = terminal.hand_in(*outbox)
    assert again["receipts"] == first["receipts"]
    assert terminal.hand_in()["receipts"] == []
    assert room.entries() == before
    assert room.attempt(terminal.person).spent_ms == 3 * MINUTE


def test_a_hand_in_that_is_not_confirmed_is_none(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    path = f"/api/attempt/{terminal.attempt_id()}/submit"
    with pytest.raises(Refusal, match="submit_not_confirmed"):
        terminal._call("POST", path, {"responses": [terminal.write(0, "a")]})
    assert room.attempt(terminal.person).state == "in_progress"
    assert terminal.kept() == {}


def test_a_hand_in_by_a_paused_candidate_is_taken(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    room.wait(minutes=10)
    room.do(control.pause_attempt, attempt_id=terminal.attempt_id(), actor=PROCTOR, reason="不适")
    room.wait(minutes=10)
    terminal.hand_in(terminal.write(0, "a"))
    attempt = room.attempt(terminal.person)
    assert (attempt.cause, attempt.spent_ms, attempt.answered) == ("candidate", 10 * MINUTE, 1)


@pytest.fixture
def strict_room(room: RoomDay) -> RoomDay:
    """Nobody may hand in during the first five minutes."""
    strict = load("shaanxi-2024", {"room.earliest_submit_minutes": 5})

    def change(tx: Tx) -> None:
        rules = tx.session.get_one(Exam, room.exam_id)
        rules.rules = {**rules.rules, "room": builtins_of(strict)["room"]}

    room.centre.store.write(change)
    return room


def test_too_early_a_hand_in_is_refused_and_touches_nothing(strict_room: RoomDay) -> None:
    (terminal,) = strict_room.begin(0)
    outbox = terminal.write(0, "a")
    strict_room.clock.advance(5 * MINUTE - 1)
    before = strict_room.entries()
    with pytest.raises(Refusal) as refusal:
        terminal.hand_in(outbox)
    assert (refusal.value.code, refusal.value.facts) == ("submit_too_early", {"minutes": 5})
    assert strict_room.entries() == before
    assert terminal.kept() == {}  # the terminal still has it, and sends it again
    strict_room.clock.advance(1)
    terminal.hand_in(outbox)
    assert terminal.kept() == {0: "a"}


# --- everyone is accounted for -----------------------------------------------------------


def test_blank_half_answered_and_never_started_attempts_are_scored_without_a_stumble(
    room: RoomDay,
) -> None:
    best, blank, half = room.begin(0, 1, 2)
    best.answer_right()
    best.hand_in()
    blank.hand_in()
    right = room.correct[room.attempt(half.person).form_id]
    for place in (0, 2):
        half.answer(place, right[half.items()[place]])
    room.wait(minutes=61)  # half runs out of time; nobody has opened the second subject
    best.open(2)
    best.answer_right(2)
    best.hand_in(subject=2)
    blank.open(2)
    for terminal in (blank, half):
        room.do(
            ending.force_submit,
            attempt_id=terminal.attempt_id(2),
            actor=PROCTOR,
            reason="考生离场，不再作答",
        )
    blank.state()
    room.tick()
    for terminal, subject, cause in ((half, 2, "unsynced"), (blank, 1, "blank")):
        room.do(
            closing.explain,
            attempt_id=terminal.attempt_id(subject),
            cause=cause,
            actor=PROCTOR,
            reason="考生提前离场",
        )
    room.do(closing.close_sitting, sitting_id=room.sitting_id, actor=PROCTOR)
    room.tick()
    assert room.sitting().state == "scored"
    points = {
        terminal.person.seat: [
            next(e for e in room.journal(terminal.attempt_id(n)) if e.kind == "scored").data[
                "points"
            ]
            for n in (1, 2)
        ]
        for terminal in (best, blank, half)
    }
    assert list(points.values()) == [["4", "4"], ["0", "0"], ["2", "0"]]
    assert room.attempt(half.person, 2).started_ms is None
    assert best.result()["sum"] == "8"
    report = room.verified()
    assert report.counts["recomputed"] == report.counts["scores"] == 6
    assert report.counts["unanchored"] == 0


def test_after_the_close_nothing_more_is_taken_but_evidence(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    unsent = terminal.write(0, "a")
    room.wait(minutes=31)
    for person in room.people[1:]:
        room.do(ending.mark_absent, candidate_id=person.id, actor=PROCTOR, reason="未到")
    for subject in (1, 2):
        room.do(
            ending.force_submit,
            attempt_id=terminal.attempt_id(subject),
            actor=PROCTOR,
            reason="收卷",
        )
    terminal.state()
    room.tick()
    room.do(closing.close_sitting, sitting_id=room.sitting_id, actor=PROCTOR)
    with pytest.raises(Refusal, match="bell_not_rung"):
        terminal.open(2)
    assert terminal.send(unsent)[0]["kept"] == "late"
    assert room.attempt(terminal.person).answered == 0
    assert len(room.cases(terminal.person)) == 1


def test_the_heads_are_taken_every_minute(room: RoomDay) -> None:
    """From a second of its own on, so that not all halls come together."""
    (terminal,) = room.begin(0)
    room.tick()
    taken = room.kinds().count("heads")
    latest = room.clock.now().boot_ms + 4 * MINUTE
    at: list[int] = []
    for quiet in (0, 57, 57):  # seconds in which none is due
        room.wait(seconds=quiet)
        while room.kinds().count("heads") == taken + len(at):
            room.wait(seconds=1)
            assert room.clock.now().boot_ms < latest
        at.append(room.clock.now().boot_ms)
    assert at[0] - (room.sitting().bell_boot_ms or 0) <= MINUTE
    assert [later - earlier for earlier, later in pairwise(at)] == [MINUTE, MINUTE]
    attempt = room.attempt(terminal.person)
    assert room.journal()[-1].data["heads"][attempt.id] == [attempt.head_seq, attempt.head]
