"""While the time runs: pause, resume, grant, tell, record (DESIGN §5, invariants 3 and 10)."""

from __future__ import annotations

from typing import Any

import pytest

from exam_server.auth.identity import Staff
from exam_server.errors import Refusal
from exam_server.push import TERMINAL
from exam_server.room.actions import check_in, control, ending
from tests.builders.profiles import short_block
from tests.builders.room_day import (
    ADMIN,
    AUTHORITY,
    CHIEF,
    OTHER_PROCTOR,
    PROCTOR,
    RoomDay,
)
from tests.builders.room_terminal import Terminal

MINUTE = 60_000
HOUR = 60 * MINUTE
ALONE_MINUTES = short_block().room.proctor_grant_minutes


# --- pause and resume --------------------------------------------------------------------


def pause(room: RoomDay, terminal: Terminal) -> None:
    room.do(
        control.pause_attempt, attempt_id=terminal.attempt_id(), actor=PROCTOR, reason="键盘坏了"
    )


def resume(room: RoomDay, terminal: Terminal) -> None:
    room.do(
        control.resume_attempt, attempt_id=terminal.attempt_id(), actor=PROCTOR, reason="已更换"
    )


def pause_room(room: RoomDay) -> None:
    room.do(control.pause_sitting, sitting_id=room.sitting_id, actor=PROCTOR, reason="火警")


def resume_room(room: RoomDay) -> None:
    room.do(control.resume_sitting, sitting_id=room.sitting_id, actor=PROCTOR, reason="解除")


def test_one_candidates_time_stands_still_the_others_runs(room: RoomDay) -> None:
    one, other = room.begin(0, 1)
    room.wait(minutes=10)
    pause(room, one)
    room.wait(minutes=90)  # far beyond the limit: nothing expires that stands still
    assert one.left_ms() == 50 * MINUTE
    assert not one.sees()["running"]
    assert room.attempt(one.person).state == "paused"
    assert room.attempt(other.person).cause == "time"
    resume(room, one)
    room.wait(minutes=50)
    assert one.left_ms() == 0
    room.wait(seconds=5)
    assert room.attempt(one.person).cause == "time"
    assert room.attempt(one.person).spent_ms == HOUR + 5_000


def test_the_tile_says_how_long_a_pause_lasts_the_candidates_own_or_the_rooms(
    room: RoomDay,
) -> None:
    one, other = room.begin(0, 1)
    for terminal in (one, other):
        room.centre.presence.heard(terminal.person.id, room.clock.now().wall_ms, terminal.name)
    assert room.tile(one.seat).since_ms is None
    pause(room, one)
    room.wait(seconds=65)
    assert (room.tile(one.seat).state, room.tile(one.seat).since_ms) == ("paused", 65_000)
    pause_room(room)
    room.wait(seconds=10)
    assert (room.tile(one.seat).since_ms, room.tile(other.seat).since_ms) == (75_000, 10_000)
    resume_room(room)
    resume(room, one)
    room.wait(seconds=1)
    pause(room, one)
    room.wait(seconds=2)
    assert room.tile(one.seat).since_ms == 2_000, "a second pause is counted from its own start"


def test_the_whole_rooms_time_stands_still(room: RoomDay) -> None:
    one, other = room.begin(0, 1)
    room.wait(minutes=20)
    pause_room(room)
    with pytest.raises(Refusal, match="already_paused"):
        pause_room(room)
    room.wait(minutes=120)
    assert (one.left_ms(), other.left_ms()) == (40 * MINUTE, 40 * MINUTE)
    assert room.board().sitting.paused
    assert one.state()["sitting"]["paused"]
    resume_room(room)
    with pytest.raises(Refusal, match="not_paused"):
        resume_room(room)
    room.wait(minutes=39)
    assert (one.left_ms(), other.left_ms()) == (MINUTE, MINUTE)


def test_a_personal_pause_that_ends_inside_the_rooms_runs_on_with_the_room(room: RoomDay) -> None:
    one, other = room.begin(0, 1)
    room.wait(minutes=1)
    pause(room, one)
    room.wait(minutes=1)
    pause_room(room)
    room.wait(minutes=1)
    resume(room, one)
    room.wait(minutes=1)
    assert one.left_ms() == 59 * MINUTE  # resumed, but the room still stands
    resume_room(room)
    room.wait(minutes=1)
    assert one.left_ms() == 58 * MINUTE
    assert other.left_ms() == 57 * MINUTE


def test_a_personal_pause_around_the_rooms_stands_until_it_is_lifted_itself(room: RoomDay) -> None:
    (one,) = room.begin(0)
    pause_room(room)
    room.wait(minutes=1)
    pause(room, one)
    room.wait(minutes=1)
    resume_room(room)
    room.wait(minutes=30)
    assert one.left_ms() == HOUR
    resume(room, one)
    room.wait(minutes=1)
    assert one.left_ms() == 59 * MINUTE


def test_a_subject_opened_while_the_room_stands_begins_when_it_runs(room: RoomDay) -> None:
    (one,) = room.begin(0)
    room.wait(minutes=5)
    one.hand_in()
    pause_room(room)
    room.wait(minutes=5)
    one.open(2)
    room.wait(minutes=5)
    assert one.left_ms(2) == HOUR
    resume_room(room)
    room.wait(minutes=5)
    assert one.left_ms(2) == 55 * MINUTE


def test_answers_in_flight_count_while_the_time_stands(room: RoomDay) -> None:
    """A pause takes nothing away: what was chosen before it still arrives."""
    (one,) = room.begin(0)
    pause(room, one)
    assert one.answer(0, "a")["kept"] == "counted"
    resume(room, one)
    pause_room(room)
    assert one.answer(1, "b")["kept"] == "counted"
    resume_room(room)
    assert one.kept() == {0: "a", 1: "b"}


def test_what_does_not_run_cannot_be_paused_nor_resumed(room: RoomDay) -> None:
    waiting = room.terminal(0).arrive()
    for act in (control.pause_attempt, control.resume_attempt):
        with pytest.raises(Refusal, match="wrong_state"):
            room.do(act, attempt_id=waiting.attempt_id(), actor=PROCTOR, reason="试试")
    for whole in (control.pause_sitting, control.resume_sitting):
        with pytest.raises(Refusal, match="bell_not_rung"):
            room.do(whole, sitting_id=room.sitting_id, actor=PROCTOR, reason="试试")
    room.unseal()
    room.ring()
    waiting.open()
    with pytest.raises(Refusal, match="wrong_state"):
        resume(room, waiting)
    pause(room, waiting)
    with pytest.raises(Refusal, match="wrong_state"):
        pause(room, waiting)


# --- grants ------------------------------------------------------------------------------


def grant(
    room: RoomDay,
    terminal: Terminal,
    seconds: int,
    actor: Staff = PROCTOR,
    second: Staff | None = None,
) -> None:
    room.do(
        control.grant,
        attempt_id=terminal.attempt_id(),
        seconds=seconds,
        actor=actor,
        reason="机器重启",
        second=second,
    )


def test_a_grant_is_there_at_once_and_told_to_the_terminal(room: RoomDay) -> None:
    one, other = room.begin(0, 1)
    told: list[tuple[str, Any, str]] = []

    class Wire:
        def emit(self, event: str, data: Any = None, **options: Any) -> None:
            if options["namespace"] == TERMINAL:
                told.append((event, data, options["to"]))

    room.centre.push.attach(Wire())
    room.wait(minutes=10)
    grant(room, one, 300)
    mine = f"candidate:{one.person.id}"
    pushed = next(data for event, data, to in told if (event, to) == ("state", mine))
    assert pushed["attempts"][0]["left_ms"] == 55 * MINUTE
    assert not [to for _, _, to in told if to == f"candidate:{other.person.id}"]
    assert one.left_ms() == 55 * MINUTE
    assert one.sees()["granted_ms"] == 5 * MINUTE
    assert other.left_ms() == 50 * MINUTE
    room.wait(minutes=52)
    assert room.attempt(other.person).state == "submitted"
    assert one.answer(0, "a")["kept"] == "counted"
    assert one.left_ms() == 3 * MINUTE


def test_the_timeline_marks_what_is_unusual_and_what_staff_did(room: RoomDay) -> None:
    (one,) = room.begin(0)
    one.report("focus_lost", "focus_back")
    grant(room, one, 60)
    for lowers in (False, True):  # the candidate, then a proctor
        one.raise_hand()
        if lowers:
            room.do(check_in.lower_hand, candidate_id=one.person.id, actor=PROCTOR)
        else:
            one.raise_hand(False)
    sorts = [(entry.kind, entry.sort) for entry in room.detail(one.person).timeline]
    assert sorts[:7] == [
        ("hand_lowered", "staff"),
        ("hand_raised", "plain"),
        ("hand_lowered", "plain"),
        ("hand_raised", "plain"),
        ("granted", "staff"),
        ("focus_back", "plain"),
        ("focus_lost", "alert"),
    ]


def test_a_grant_to_the_room_reaches_whoever_is_under_way(room: RoomDay) -> None:
    one, paused, done = room.begin(0, 1, 2)
    room.wait(minutes=10)
    done.hand_in()
    pause(room, paused)
    concerned = room.do(
        control.grant,
        sitting_id=room.sitting_id,
        seconds=120,
        actor=PROCTOR,
        reason="全场网络中断",
    )
    assert sorted(concerned) == sorted([one.person.id, paused.person.id])
    assert (one.left_ms(), paused.left_ms()) == (52 * MINUTE, 52 * MINUTE)
    assert room.attempt(done.person).granted_ms == 0
    entry = room.journal()[-1]
    assert entry.kind == "granted"
    assert sorted(entry.data["attempts"]) == sorted([one.attempt_id(), paused.attempt_id()])


def test_a_proctor_alone_grants_ten_minutes_in_all_and_not_a_second_more(room: RoomDay) -> None:
    (one,) = room.begin(0)
    assert ALONE_MINUTES == 10
    grant(room, one, 6 * 60)
    with pytest.raises(Refusal) as refusal:
        grant(room, one, 4 * 60 + 1)
    assert (refusal.value.code, refusal.value.status) == ("second_person_required", 403)
    assert refusal.value.facts == {"minutes": 10}
    grant(room, one, 4 * 60)
    with pytest.raises(Refusal, match="second_person_required"):
        grant(room, one, 1)
    assert one.sees()["granted_ms"] == 10 * MINUTE


def test_beyond_the_limit_there_are_two_and_one_is_a_chief(room: RoomDay) -> None:
    (one,) = room.begin(0)
    before = room.entries()
    refused: list[tuple[Staff, Staff | None, str]] = [
        (PROCTOR, None, "second_person_required"),
        (PROCTOR, PROCTOR, "second_person_required"),
        (CHIEF, None, "second_person_required"),
        (CHIEF, CHIEF, "second_person_required"),
        (PROCTOR, OTHER_PROCTOR, "chief_required"),
        (PROCTOR, AUTHORITY, "forbidden"),
        (CHIEF, AUTHORITY, "forbidden"),
        (AUTHORITY, CHIEF, "forbidden"),
    ]
    for actor, second, code in refused:
        with pytest.raises(Refusal) as refusal:
            grant(room, one, 601, actor, second)
        assert (refusal.value.code, refusal.value.status) == (code, 403)
    assert room.entries() == before
    assert one.left_ms() == HOUR
    for number, (actor, second) in enumerate(
        [(PROCTOR, CHIEF), (CHIEF, PROCTOR), (OTHER_PROCTOR, ADMIN)], start=1
    ):
        grant(room, one, 601, actor, second)
        assert one.left_ms() == HOUR + number * 601_000
        entry = room.journal(one.attempt_id())[-1]
        assert (entry.actor, entry.data["second"]) == (actor.actor, second.actor)


def test_what_the_room_was_granted_counts_towards_each_ones_limit(room: RoomDay) -> None:
    one, other = room.begin(0, 1)
    grant(room, one, 8 * 60)

    def to_the_room(seconds: int, second: Staff | None = None) -> None:
        room.do(
            control.grant,
            sitting_id=room.sitting_id,
            seconds=seconds,
            actor=PROCTOR,
            reason="停电",
            second=second,
        )

    with pytest.raises(Refusal, match="second_person_required"):
        to_the_room(3 * 60)  # one of them would come to eleven minutes
    assert room.attempt(other.person).granted_ms == 0  # all or nobody
    to_the_room(3 * 60, CHIEF)
    with pytest.raises(Refusal, match="second_person_required"):
        grant(room, other, 7 * 60 + 1)
    grant(room, other, 7 * 60)


@pytest.mark.parametrize("seconds", [0, -60, 4 * 3600 + 1])
def test_a_grant_out_of_range_is_refused(room: RoomDay, seconds: int) -> None:
    (one,) = room.begin(0)
    with pytest.raises(Refusal, match="grant_out_of_range"):
        grant(room, one, seconds, PROCTOR, CHIEF)


def test_time_is_granted_only_to_whoever_is_under_way(room: RoomDay) -> None:
    waiting = room.terminal(1).arrive()
    with pytest.raises(Refusal, match="attempt_not_under_way"):
        grant(room, waiting, 60)
    (one,) = room.begin(0)
    one.hand_in()
    with pytest.raises(Refusal, match="attempt_not_under_way"):
        grant(room, one, 60)
    with pytest.raises(Refusal, match="attempt_not_under_way"):
        room.do(control.grant, sitting_id=room.sitting_id, seconds=60, actor=PROCTOR, reason="停电")


# --- force-submit, telling, recording ----------------------------------------------------


def test_a_forced_hand_in_needs_a_reason_and_keeps_what_was_answered(room: RoomDay) -> None:
    (one,) = room.begin(0)
    one.answer(0, "a")

    def force(actor: Staff, reason: str) -> None:
        room.do(ending.force_submit, attempt_id=one.attempt_id(), actor=actor, reason=reason)

    for actor, reason, code in (
        (PROCTOR, "", "reason_required"),
        (PROCTOR, "\t ", "reason_required"),
        (AUTHORITY, "远程", "forbidden"),
    ):
        with pytest.raises(Refusal, match=code):
            force(actor, reason)
    assert room.attempt(one.person).state == "in_progress"
    room.wait(minutes=15)
    force(PROCTOR, "考生身体不适，本人要求")
    attempt = room.attempt(one.person)
    assert (attempt.state, attempt.cause, attempt.answered) == ("submitted", "proctor", 1)
    assert attempt.spent_ms == 15 * MINUTE
    entry = next(e for e in room.journal(attempt.id) if e.kind == "submitted")
    assert (entry.actor, entry.data["reason"]) == (PROCTOR.actor, "考生身体不适，本人要求")
    with pytest.raises(Refusal, match="attempt_ended"):
        force(PROCTOR, "再来一次")


def test_who_never_came_is_absent_and_not_handed_in(room: RoomDay) -> None:
    room.begin(0)
    with pytest.raises(Refusal, match="mark_absent_instead"):
        room.do(
            ending.force_submit,
            attempt_id=room.attempt_id(room.people[1]),
            actor=PROCTOR,
            reason="没来",
        )


def test_messages_reach_one_or_all_and_are_on_the_record(room: RoomDay) -> None:
    one, other = room.begin(0, 1)
    where = room.sitting_id
    room.do(
        control.send_message,
        sitting_id=where,
        candidate_id=one.person.id,
        text=" 请把手机交给监考员 ",
        actor=PROCTOR,
    )
    room.clock.advance(1)
    room.do(
        control.send_message, sitting_id=where, candidate_id=None, text="还有半小时", actor=CHIEF
    )
    texts = [[m["text"] for m in terminal.state()["messages"]] for terminal in (one, other)]
    assert texts == [["还有半小时", "请把手机交给监考员"], ["还有半小时"]]
    assert room.journal(one.attempt_id())[-1].data["text"] == "请把手机交给监考员"
    assert room.journal()[-1].data["text"] == "还有半小时"
    for text, code in (("   ", "text_required"), ("长" * 501, "text_too_long")):
        with pytest.raises(Refusal, match=code):
            room.do(
                control.send_message, sitting_id=where, candidate_id=None, text=text, actor=PROCTOR
            )


def test_an_incident_is_a_fact_and_changes_neither_time_nor_answers(room: RoomDay) -> None:
    (one,) = room.begin(0)
    one.answer(0, "a")
    before = room.attempt(one.person)
    room.do(
        control.record_incident,
        sitting_id=room.sitting_id,
        candidate_id=one.person.id,
        kind="violation",
        text="桌下发现手机一部",
        actor=PROCTOR,
    )
    after = room.attempt(one.person)
    assert (after.state, after.answered, after.granted_ms) == (before.state, 1, before.granted_ms)
    entry = room.journal(one.attempt_id())[-1]
    assert (entry.kind, entry.actor, entry.data["kind"]) == ("incident", PROCTOR.actor, "violation")
    with pytest.raises(Refusal, match="incident_kind"):
        room.do(
            control.record_incident,
            sitting_id=room.sitting_id,
            candidate_id=None,
            kind="void",
            text="作废",
            actor=PROCTOR,
        )
