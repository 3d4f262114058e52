"""The server goes away and comes back: nobody loses time, nobody gains more than 2 s."""

from __future__ import annotations

import itertools
import random

import pytest

from exam_server.room.actions import control
from tests.builders.profiles import RECONNECT_WINDOW_MS
from tests.builders.room_day import PROCTOR, RoomDay

MINUTE = 60_000
HOUR = 60 * MINUTE
MOST_EXTRA_MS = 2_000  # invariant 3, per recorded outage


def live(room: RoomDay, seconds: int) -> None:
    """The server lives; only its last looks before what happens next matter."""
    room.wait(seconds=seconds - 1)
    room.wait(seconds=1)


@pytest.mark.parametrize("reboot", [False, True], ids=["same boot", "reboot"])
@pytest.mark.parametrize("wall_step_ms", [0, -3 * HOUR, 20 * MINUTE], ids=["", "back", "forward"])
@pytest.mark.parametrize("after_beat_ms", [0, 999])
def test_an_outage_is_given_back_in_full_and_hardly_more(
    room: RoomDay, reboot: bool, wall_step_ms: int, after_beat_ms: int
) -> None:
    (terminal,) = room.begin(0)
    live(room, 90)
    room.clock.advance(after_beat_ms)  # the power goes between two signs of life
    truly_left_ms = HOUR - 90_000 - after_beat_ms
    room.restart(7 * MINUTE, reboot=reboot, wall_step_ms=wall_step_ms)
    extra_ms = terminal.left_ms() - truly_left_ms
    assert 0 <= extra_ms <= MOST_EXTRA_MS
    assert extra_ms == after_beat_ms
    live(room, 20)
    assert terminal.left_ms() == truly_left_ms + extra_ms - 20_000
    outage = next(entry for entry in room.journal() if entry.kind == "outage")
    assert outage.data["boots"] == ("changed" if reboot else "same")
    if wall_step_ms == 0 or not reboot:
        assert outage.data["ms"] == 7 * MINUTE + after_beat_ms


def test_an_answer_is_a_sign_of_life_too(room: RoomDay) -> None:
    """What was spent until the last acknowledged answer stays spent."""
    (terminal,) = room.begin(0)
    live(room, 10)
    room.clock.advance(900)
    terminal.answer(0, "a")
    room.restart(MINUTE)
    assert terminal.left_ms() == HOUR - 10_900
    assert terminal.kept() == {0: "a"}


def test_several_outages_each_within_the_bound_for_everybody(
    room: RoomDay, rng: random.Random
) -> None:
    one, other = room.begin(0, 1)
    lived_ms = 0
    for number in range(1, 7):
        seconds, dying_ms = rng.randint(1, 15), rng.randrange(1_000)
        live(room, seconds)
        room.clock.advance(dying_ms)
        lived_ms += seconds * 1_000 + dying_ms
        room.restart(
            rng.randint(0, 5 * MINUTE),
            reboot=rng.random() < 0.5,
            wall_step_ms=rng.choice([0, 0, -HOUR, 20 * MINUTE]),
        )
        extra_ms = one.left_ms() - (HOUR - lived_ms)
        assert 0 <= extra_ms <= number * MOST_EXTRA_MS
        assert other.left_ms() == one.left_ms()  # credited equally
    assert room.kinds().count("outage") == 6


def test_after_a_start_nothing_expires_until_the_terminals_could_return(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    live(room, 1)
    room.clock.advance(HOUR - 3_000)
    room.tick()
    assert terminal.left_ms() == 2_000
    in_outbox = [terminal.write(place, "a") for place in (0, 1, 2)]  # from before the power went
    room.restart(10 * MINUTE)
    assert terminal.left_ms() == 2_000
    for answer, passed_ms in zip(in_outbox, (8_000, RECONNECT_WINDOW_MS - 8_001), strict=False):
        room.wait(ms=passed_ms)
        assert room.attempt(terminal.person).state == "in_progress"
        assert terminal.send(answer)[0]["kept"] == "counted"
    room.clock.advance(1)  # the window is over, whether the server has looked or not
    assert terminal.send(in_outbox[2])[0]["kept"] == "late"
    room.tick()
    assert room.attempt(terminal.person).cause == "time"
    assert room.attempt(terminal.person).answered == 2


def test_after_the_window_the_boundary_is_the_old_one(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    live(room, 1)
    room.restart(MINUTE)
    room.wait(ms=HOUR - 1_000 + 4_999)
    assert room.attempt(terminal.person).state == "in_progress"
    room.wait(ms=1)
    assert room.attempt(terminal.person).state == "submitted"


@pytest.mark.parametrize("reboot", [False, True], ids=["same boot", "reboot"])
def test_who_stands_still_stays_so_over_an_outage(room: RoomDay, reboot: bool) -> None:
    paused, running = room.begin(0, 1)
    live(room, 30)
    room.do(control.pause_attempt, attempt_id=paused.attempt_id(), actor=PROCTOR, reason="不适")
    live(room, 30)
    room.restart(5 * MINUTE, reboot=reboot)
    live(room, 30)
    assert (paused.left_ms(), running.left_ms()) == (HOUR - 30_000, HOUR - 90_000)
    room.do(control.resume_attempt, attempt_id=paused.attempt_id(), actor=PROCTOR, reason="好了")
    live(room, 30)
    assert (paused.left_ms(), running.left_ms()) == (HOUR - 60_000, HOUR - 120_000)


@pytest.mark.parametrize("reboot", [False, True], ids=["same boot", "reboot"])
def test_an_outage_inside_a_room_pause_makes_nobody_late(room: RoomDay, reboot: bool) -> None:
    (there,) = room.begin(0)
    where = room.sitting_id
    live(room, 60)
    room.do(control.pause_sitting, sitting_id=where, actor=PROCTOR, reason="停电")
    room.wait(minutes=10)
    room.restart(8 * MINUTE, reboot=reboot, wall_step_ms=HOUR)
    room.wait(minutes=5)
    assert there.left_ms() == 59 * MINUTE
    room.do(control.resume_sitting, sitting_id=where, actor=PROCTOR, reason="来电")
    live(room, 60)
    late = room.terminal(1).arrive()
    late.open()
    assert there.left_ms() == late.left_ms() == 58 * MINUTE


@pytest.mark.parametrize("reboot", [False, True], ids=["same boot", "reboot"])
def test_an_outage_makes_nobody_late(room: RoomDay, reboot: bool) -> None:
    room.begin(0)
    live(room, 60)
    room.restart(25 * MINUTE, reboot=reboot, wall_step_ms=-HOUR)
    live(room, 60)
    late = room.terminal(1).arrive()
    late.open()
    assert late.left_ms() == 58 * MINUTE


def test_a_server_that_dies_right_after_the_bell_costs_nobody_a_second(room: RoomDay) -> None:
    terminal = room.terminal(0).arrive()
    room.unseal()
    room.ring()
    room.tick()
    room.restart(2_500)
    terminal.open()  # less than 3 s after the bell by the wall
    assert terminal.left_ms() == HOUR


def test_an_outage_over_the_cap_leaves_the_room_paused_for_a_person(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    live(room, 60)
    room.restart(30 * MINUTE)
    assert not room.board().sitting.paused  # at the cap the time runs on
    room.wait(ms=RECONNECT_WINDOW_MS)
    room.restart(30 * MINUTE + 1)
    assert room.board().sitting.paused
    last = room.journal()[-1]
    assert (last.kind, last.actor, last.data["reason"]) == ("paused", "system", "outage_over_cap")
    left_ms = terminal.left_ms()
    room.wait(minutes=20)
    assert terminal.left_ms() == left_ms == HOUR - 60_000 - RECONNECT_WINDOW_MS
    room.do(
        control.resume_sitting, sitting_id=room.sitting_id, actor=PROCTOR, reason="主考决定续考"
    )
    room.wait(minutes=1)
    assert terminal.left_ms() == left_ms - MINUTE


def test_clock_steps_change_nobodys_time(room: RoomDay) -> None:
    early, late = room.begin(0, 1)
    steps = [-24 * HOUR, 2 * HOUR, -1, 400 * 24 * HOUR, -HOUR]
    for minute, step_ms in enumerate(steps, start=1):
        room.clock.step_wall(step_ms)
        room.wait(minutes=1)
        assert early.left_ms() == late.left_ms() == HOUR - minute * MINUTE
    room.do(control.pause_sitting, sitting_id=room.sitting_id, actor=PROCTOR, reason="校时")
    room.clock.step_wall(-5 * HOUR)
    room.wait(minutes=3)
    room.do(control.resume_sitting, sitting_id=room.sitting_id, actor=PROCTOR, reason="完成")
    assert early.left_ms() == HOUR - 5 * MINUTE
    third = room.terminal(2).arrive()
    third.open()
    assert third.left_ms() == HOUR - 5 * MINUTE
    room.wait(minutes=55, seconds=5)
    assert {room.attempt(t.person).cause for t in (early, late, third)} == {"time"}


def test_the_second_subject_knows_nothing_of_an_outage_before_it(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    live(room, 5)
    terminal.hand_in()
    room.restart(10 * MINUTE, reboot=True)
    terminal.open(2)
    assert terminal.left_ms(2) == HOUR
    assert room.attempt(terminal.person, 1).spent_ms == 5_000


def test_every_combination_of_boots_verifies(room: RoomDay) -> None:
    """same, changed, changed, same … with answers in between: the chains stay comparable."""
    (terminal,) = room.begin(0)
    for number, (reboot, step_ms) in enumerate(
        itertools.product([False, True], [0, -HOUR, 20 * MINUTE]), start=1
    ):
        live(room, 2)
        terminal.answer(number % 2, "abc"[number % 3])
        room.restart(30_000, reboot=reboot, wall_step_ms=step_ms)
    assert terminal.left_ms() == HOUR - 12_000
    terminal.hand_in()
    assert room.verified().counts["submitted"] == 1
