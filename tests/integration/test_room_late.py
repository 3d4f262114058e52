"""Coming late, not coming at all (DOMAIN D22)."""

from __future__ import annotations

import pytest

from exam_server.auth.identity import Staff
from exam_server.errors import Refusal
from exam_server.room.actions import control, ending
from tests.builders.profiles import short_block
from tests.builders.room_day import AUTHORITY, CHIEF, PROCTOR, RoomDay

MINUTE = 60_000
HOUR = 60 * MINUTE
LIMIT_MS = short_block().room.late_limit_minutes * MINUTE


def bell_rings_with_one_there(room: RoomDay) -> None:
    assert LIMIT_MS == 30 * MINUTE
    room.begin(2)


def test_lateness_shortens_the_first_subject_only(room: RoomDay) -> None:
    bell_rings_with_one_there(room)
    room.clock.advance(12 * MINUTE + 345)
    late = room.terminal(0).arrive()
    late.open()
    assert late.left_ms() == HOUR - 12 * MINUTE - 345
    started = room.journal(late.attempt_id())[-1]
    assert started.data["late_ms"] == started.data["spent_ms"] == 12 * MINUTE + 345
    room.wait(minutes=47)
    late.answer(0, "a")
    late.hand_in()
    late.open(2)
    assert late.left_ms(2) == HOUR
    assert room.journal(late.attempt_id(2))[-1].data["late_ms"] == 0


def test_lateness_is_measured_at_the_check_in_and_nothing_more_is_taken(room: RoomDay) -> None:
    """Reading the rules after a late check-in is the exam's time, not the candidate's."""
    bell_rings_with_one_there(room)
    room.clock.advance(5 * MINUTE)
    late = room.terminal(0).arrive()
    room.clock.advance(2 * MINUTE)
    late.open()
    assert late.left_ms() == 55 * MINUTE


def test_who_logged_in_in_time_but_checked_in_after_the_bell_is_late_by_that(room: RoomDay) -> None:
    undecided = room.terminal(0)
    undecided.log_in()
    bell_rings_with_one_there(room)
    room.clock.advance(3 * MINUTE)
    with pytest.raises(Refusal, match="not_confirmed"):
        undecided.open()  # the time cannot begin, in full, around the check-in
    undecided.confirm()
    undecided.open()
    assert undecided.left_ms() == 57 * MINUTE


def test_the_rooms_pauses_make_nobody_late(room: RoomDay) -> None:
    bell_rings_with_one_there(room)
    where = room.sitting_id
    room.wait(minutes=10)
    room.do(control.pause_sitting, sitting_id=where, actor=PROCTOR, reason="停电")
    room.wait(minutes=40)
    while_paused = room.terminal(0).arrive()
    room.wait(minutes=5)
    room.do(control.resume_sitting, sitting_id=where, actor=PROCTOR, reason="来电")
    room.wait(minutes=5)
    after = room.terminal(1).arrive()
    for terminal in (while_paused, after):
        terminal.open()
    assert while_paused.left_ms() == 50 * MINUTE
    assert after.left_ms() == 45 * MINUTE


@pytest.mark.parametrize("over_ms", [-1, 0, 1, 1_000])
def test_the_late_limit_is_inclusive_for_the_login(room: RoomDay, over_ms: int) -> None:
    bell_rings_with_one_there(room)
    room.clock.advance(LIMIT_MS + over_ms)
    terminal = room.terminal(0)
    if over_ms <= 0:
        terminal.arrive().open()
        assert terminal.left_ms() == HOUR - LIMIT_MS - over_ms
        return
    with pytest.raises(Refusal) as refusal:
        terminal.log_in()
    assert (refusal.value.code, refusal.value.facts) == ("login_too_late", {"minutes": 30})
    assert room.kinds(room.attempt_id(terminal.person)) == ["assigned"]


@pytest.mark.parametrize("over_ms", [-1, 0, 1])
def test_absence_may_be_noted_once_the_limit_is_over(room: RoomDay, over_ms: int) -> None:
    bell_rings_with_one_there(room)
    room.clock.advance(LIMIT_MS + over_ms)
    person = room.people[0]

    def note() -> None:
        room.do(ending.mark_absent, candidate_id=person.id, actor=PROCTOR, reason="未到")

    if over_ms <= 0:
        with pytest.raises(Refusal, match="absent_too_early"):
            note()
        assert room.attempt(person).state == "assigned"
        return
    note()
    for subject in (1, 2):
        attempt = room.attempt(person, subject)
        assert (attempt.state, attempt.cause) == ("absent", None)
        entry = room.journal(attempt.id)[-1]
        assert (entry.kind, entry.actor, entry.data) == (
            "absent",
            PROCTOR.actor,
            {"reason": "未到"},
        )
    with pytest.raises(Refusal, match="login_absent"):
        room.terminal(0).log_in()
    with pytest.raises(Refusal, match="not_absent"):
        note()
    assert room.tile(person.seat).state == "absent"


def test_before_the_bell_nobody_is_absent_or_too_late(room: RoomDay) -> None:
    room.clock.advance(3 * HOUR)  # the bell is late, not the candidates
    with pytest.raises(Refusal, match="absent_too_early"):
        room.do(ending.mark_absent, candidate_id=room.people[0].id, actor=PROCTOR, reason="未到")
    room.terminal(0).arrive()


def test_whoever_has_checked_in_cannot_be_marked_absent(room: RoomDay) -> None:
    sleeper = room.terminal(0).arrive()
    bell_rings_with_one_there(room)
    room.wait(minutes=31)
    with pytest.raises(Refusal, match="not_absent"):
        room.do(ending.mark_absent, candidate_id=sleeper.person.id, actor=PROCTOR, reason="未到")


@pytest.mark.parametrize(
    ("actor", "reason", "code"),
    [
        (PROCTOR, "堵车", "forbidden"),
        (AUTHORITY, "堵车", "forbidden"),
        (CHIEF, " ", "reason_required"),
    ],
)
def test_admitting_late_is_the_chiefs_and_has_a_reason(
    room: RoomDay, actor: Staff, reason: str, code: str
) -> None:
    bell_rings_with_one_there(room)
    room.wait(minutes=31)
    before = room.entries()
    with pytest.raises(Refusal, match=code):
        room.do(ending.admit_late, candidate_id=room.people[0].id, actor=actor, reason=reason)
    assert room.entries() == before
    with pytest.raises(Refusal, match="login_too_late"):
        room.terminal(0).log_in()


def test_who_is_admitted_late_gets_what_is_left_and_the_next_subject_in_full(
    room: RoomDay,
) -> None:
    bell_rings_with_one_there(room)
    room.wait(minutes=45)
    room.do(ending.admit_late, candidate_id=room.people[0].id, actor=CHIEF, reason="道路塌方")
    late = room.terminal(0).arrive()
    late.open()
    assert late.left_ms() == 15 * MINUTE
    late.answer(0, "a")
    room.wait(minutes=16)
    assert room.attempt(late.person).cause == "time"
    assert room.attempt(late.person).answered == 1
    late.open(2)
    assert late.left_ms(2) == HOUR


def test_who_is_admitted_after_the_whole_subject_ends_it_at_once(room: RoomDay) -> None:
    bell_rings_with_one_there(room)
    room.wait(minutes=70)
    room.do(ending.admit_late, candidate_id=room.people[0].id, actor=CHIEF, reason="道路塌方")
    late = room.terminal(0).arrive()
    late.open()
    assert late.left_ms() == 0
    room.tick()
    assert room.attempt(late.person).cause == "time"
    late.open(2)
    assert late.left_ms(2) == HOUR


def test_the_second_subject_has_no_late_limit(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    room.wait(minutes=10)
    terminal.hand_in()
    room.wait(minutes=90)
    again = room.terminal(0)
    again.log_in()
    again.open(2)
    assert again.left_ms(2) == HOUR
