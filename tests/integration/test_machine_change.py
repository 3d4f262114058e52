"""换机: whatever machine breaks, the candidate goes on at another one, and nothing is missing."""

from __future__ import annotations

from typing import Any

import pytest

from exam_server.errors import Refusal
from exam_server.room.actions import control, ending, machines
from exam_server.room.rules.seating import LOST_AFTER_MS
from exam_server.room.views.reconciliation import reconciliation
from exam_server.room.views.tiles import BoardSeat
from tests.builders.room_day import AUTHORITY, CHIEF, PROCTOR, SPARE_SEAT, RoomDay
from tests.builders.room_terminal import Terminal

MINUTE = 60_000


def release(room: RoomDay, terminal: Terminal, **more: Any) -> None:
    room.do(
        machines.release_terminal,
        candidate_id=terminal.person.id,
        actor=PROCTOR,
        **{"reason": "显示器坏", **more},
    )


def at_the_spare(room: RoomDay, number: int = 0, seat: int = SPARE_SEAT) -> Terminal:
    return room.terminal(number, seat=seat, name=f"box-{seat}")


def marks(tile: BoardSeat) -> dict[str, Any]:
    """What the tile says of a machine change."""
    names = ("asks", "sent", "sent_to", "came_from", "went_to", "proposed_ms")
    return {name: value for name in names if (value := getattr(tile, name))}


def falls_silent(room: RoomDay, terminal: Terminal) -> None:
    """The machine is dead: nothing was heard of it since now."""
    room.tick()
    room.centre.presence.gone(terminal.person.id, "")
    room.wait(ms=LOST_AFTER_MS + 1_000)


def test_a_login_at_a_spare_asks_and_goes_on_by_itself_once_the_proctor_agrees(
    room: RoomDay,
) -> None:
    old, _ = room.begin(0, 1)
    old.answer(0, "a", marked=True)
    new = at_the_spare(room)
    for _ in range(3):  # the machine goes on trying: it is one question, not three
        with pytest.raises(Refusal) as refusal:
            new.log_in()
        assert (refusal.value.code, refusal.value.facts) == ("login_elsewhere", {"seat": old.seat})
    kinds = room.kinds(old.attempt_id())
    assert kinds.count("second_login") == 1
    assert marks(room.tile(old.seat)) == {"asks": SPARE_SEAT}
    assert room.board().trouble[0] == old.person.id, "who waits for a machine comes first"
    assert old.answer(1, "b")["kept"] == "counted", "nothing has happened to the old one yet"

    release(room, old, seat=SPARE_SEAT)
    assert marks(room.tile(old.seat)) == {"sent": True, "sent_to": SPARE_SEAT}
    assert old.state()["move_to"] == SPARE_SEAT
    new.log_in()
    with pytest.raises(Refusal, match="not_logged_in"):
        old.state()
    assert new.kept() == {0: "a", 1: "b"}
    assert new.open() == old.key
    assert new.stage()[0]["order"] == old._stage[0]["order"]
    assert new.state()["move_to"] is None
    assert marks(room.tile(SPARE_SEAT)) == {"came_from": old.seat}
    left = room.tile(old.seat)
    assert (left.state, left.use, left.went_to) == ("out_of_use", "out_of_use", SPARE_SEAT)
    fenced = [room.kinds(old.attempt_id(subject)).count("fenced") for subject in (1, 2)]
    told = [entry.kind for entry in room.detail(old.person).timeline]
    assert (fenced, told.count("fenced")) == ([1, 1], 1), "of both subjects, and told once"
    room.verified()


def test_size_contrast_and_language_go_along(room: RoomDay) -> None:
    (old,) = room.begin(0)
    assert old.log_in()["me"]["preferences"] is None
    wanted = {"size": 2, "contrast": True, "language": "en"}
    old._call("PUT", "/api/preferences", wanted)
    with pytest.raises(Refusal, match="malformed"):
        old._call("PUT", "/api/preferences", {**wanted, "size": 3})
    release(room, old)
    assert at_the_spare(room).log_in()["me"]["preferences"] == wanted


def test_the_loss_is_measured_from_the_silence_and_proposed_not_given(room: RoomDay) -> None:
    old, other = room.begin(0, 1)
    room.wait(seconds=10)
    old.answer(0, "a")
    other.state()
    falls_silent(room, old)
    assert room.tile(old.seat).state == "lost"
    room.wait(minutes=2)
    release(room, old, seat=SPARE_SEAT)
    room.wait(minutes=1)
    spent_before = room.attempt(old.person).timing.spent(room.clock.now())
    new = at_the_spare(room)
    new.log_in()
    room.tick()
    lost = 3 * MINUTE + LOST_AFTER_MS + 1_000
    attempt = room.attempt(old.person)
    assert attempt.proposed_ms == lost
    assert attempt.granted_ms == 0
    assert attempt.timing.spent(room.clock.now()) == spent_before, "nothing was given by itself"
    entry = next(e for e in room.journal(attempt.id) if e.kind == "machine_changed")
    assert entry.data == {"from": old.seat, "to": SPARE_SEAT, "lost_ms": lost}
    assert room.tile(SPARE_SEAT).proposed_ms == lost
    assert room.detail(old.person).suggest == "grant"
    assert room.detail(old.person).suggest_seconds == lost // 1000

    to_all, rest = MINUTE, lost - MINUTE
    for where, given in (
        ({"sitting_id": room.sitting_id}, to_all),
        ({"attempt_id": attempt.id}, rest),
    ):
        assert room.attempt(old.person).proposed_ms == lost - room.attempt(old.person).granted_ms
        room.do(control.grant, **where, seconds=given // 1000, actor=PROCTOR, reason="换机")
    assert room.attempt(old.person).proposed_ms == 0
    assert old.person.id not in room.board().trouble
    assert room.detail(old.person).suggest == "none"
    assert new.left_ms() == 60 * MINUTE - spent_before + lost
    room.verified()


def asks_for_a_decision(room: RoomDay, terminal: Terminal) -> set[str]:
    """Where somebody is asked to give the lost time or not."""
    open_now = room.centre.store.read(lambda session: reconciliation(session, room.sitting_id))
    places = {
        "board": terminal.person.id in room.board().trouble,
        "drawer": room.detail(terminal.person).suggest != "none",
        "close": any(row.cause.value == "loss" for row in open_now.rows),
    }
    return {name for name, asked in places.items() if asked}


@pytest.mark.parametrize(
    ("lost_ms", "asked"), [(999, set()), (1_000, {"board", "drawer", "close"})]
)
def test_what_is_under_a_second_is_asked_nowhere_and_from_a_second_on_everywhere(
    room: RoomDay, lost_ms: int, asked: set[str]
) -> None:
    (old,) = room.begin(0)
    release(room, old)
    room.wait(ms=lost_ms)
    new = at_the_spare(room)
    new.log_in()
    new.state()
    room.tick()
    entry = next(e for e in room.journal(old.attempt_id()) if e.kind == "machine_changed")
    assert entry.data["lost_ms"] == lost_ms, "what was measured is in the record all the same"
    assert asks_for_a_decision(room, new) == asked


def test_the_part_of_a_second_that_a_grant_leaves_asks_for_nothing(room: RoomDay) -> None:
    (old,) = room.begin(0)
    release(room, old)
    room.wait(seconds=90, ms=999)
    new = at_the_spare(room)
    new.log_in()
    new.state()
    room.tick()
    seconds = room.detail(old.person).suggest_seconds
    assert seconds == 90
    attempt_id = old.attempt_id()
    room.do(control.grant, attempt_id=attempt_id, seconds=seconds, actor=PROCTOR, reason="换机")
    assert asks_for_a_decision(room, new) == set()


def test_a_pause_during_the_change_costs_nothing_and_proposes_nothing(room: RoomDay) -> None:
    (old,) = room.begin(0)
    room.wait(minutes=1)
    old.state()
    room.tick()
    release(room, old)
    room.do(control.pause_attempt, attempt_id=old.attempt_id(), actor=PROCTOR, reason="换机")
    room.wait(minutes=20)
    at_the_spare(room).log_in()
    room.do(control.resume_attempt, attempt_id=old.attempt_id(), actor=PROCTOR, reason="已换")
    assert room.attempt(old.person).proposed_ms == 0


def test_who_still_answered_at_the_old_machine_lost_nothing_until_then(room: RoomDay) -> None:
    (old,) = room.begin(0)
    old.answer(0, "a")
    room.wait(seconds=50)
    old.answer(1, "b")
    falls_silent(room, old)
    release(room, old)
    at_the_spare(room).log_in()
    assert room.attempt(old.person).proposed_ms == LOST_AFTER_MS + 1_000


def test_a_loss_may_be_declined_with_a_reason_and_once(room: RoomDay) -> None:
    (old,) = room.begin(0)
    release(room, old)
    room.wait(minutes=4)
    at_the_spare(room).log_in()
    wanted = {"attempt_id": old.attempt_id(), "actor": PROCTOR}
    with pytest.raises(Refusal, match="reason_required"):
        room.do(machines.decline_loss, **wanted, reason="")
    with pytest.raises(Refusal, match="forbidden"):
        room.do(machines.decline_loss, **{**wanted, "actor": AUTHORITY}, reason="不补")
    room.do(machines.decline_loss, **wanted, reason="考生自行走动")
    last = room.journal(old.attempt_id())[-1]
    assert (last.kind, last.data) == (
        "loss_declined",
        {"ms": 4 * MINUTE, "reason": "考生自行走动"},
    )
    with pytest.raises(Refusal, match="nothing_proposed"):
        room.do(machines.decline_loss, **wanted, reason="再来")
    room.verified()


def test_beyond_half_an_hour_a_continuation_sitting_is_suggested(room: RoomDay) -> None:
    (old,) = room.begin(0)
    release(room, old)
    room.wait(minutes=31)
    at_the_spare(room).log_in()
    room.tick()
    assert room.detail(old.person).suggest == "continuation"
    with pytest.raises(Refusal, match="second_person_required"):
        room.do(
            control.grant, attempt_id=old.attempt_id(), seconds=31 * 60, actor=CHIEF, reason="换机"
        )


def test_only_a_free_spare_is_given_and_to_one_person(room: RoomDay) -> None:
    one, other = room.begin(0, 1)
    for seat in (other.seat, 19, 99):  # taken; nobody's but no spare; not there
        with pytest.raises(Refusal) as refusal:
            release(room, one, seat=seat)
        assert (refusal.value.code, refusal.value.facts) == ("seat_not_free", {"seat": seat})
    release(room, one, seat=SPARE_SEAT)
    with pytest.raises(Refusal, match="seat_not_free"):
        release(room, other, seat=SPARE_SEAT)
    with pytest.raises(Refusal, match="login_seat_differs"):
        room.terminal(1, seat=18).log_in()
    release(room, one, seat=SPARE_SEAT)  # saying it again is no problem
    at_the_spare(room).log_in()
    with pytest.raises(Refusal, match="seat_not_free"):
        release(room, other, seat=SPARE_SEAT)


def test_who_is_sent_to_one_machine_is_told_so_at_another(room: RoomDay) -> None:
    (old,) = room.begin(0)
    room.do(
        machines.set_workstation,
        sitting_id=room.sitting_id,
        seat=19,
        use="spare",
        actor=PROCTOR,
        reason="空机位",
    )
    release(room, old, seat=19)
    with pytest.raises(Refusal) as refusal:
        at_the_spare(room).log_in()
    assert (refusal.value.code, refusal.value.facts) == ("login_sent_elsewhere", {"seat": 19})
    at_the_spare(room, seat=19).log_in()
    assert room.tile(19).candidate_id == old.person.id


def test_a_machine_that_never_came_up_is_changed_before_the_first_login(room: RoomDay) -> None:
    person = room.people[0]
    with pytest.raises(Refusal, match="login_seat_differs"):
        at_the_spare(room).log_in()
    room.do(
        machines.release_terminal,
        candidate_id=person.id,
        actor=PROCTOR,
        reason="不开机",
        seat=SPARE_SEAT,
    )
    terminal = at_the_spare(room).arrive()
    assert (room.tile(SPARE_SEAT).state, room.tile(person.seat).state) == ("waiting", "out_of_use")
    room.unseal()
    room.ring()
    terminal.open()
    assert terminal.answer(0, "a")["kept"] == "counted"
    room.verified()


def test_two_candidates_change_places(room: RoomDay) -> None:
    one, other = room.begin(0, 1)
    one.answer(0, "a")
    other.answer(0, "b")
    for terminal in (one, other):
        room.centre.presence.heard(terminal.person.id, room.clock.now().wall_ms, terminal.name)
    room.tick()
    room.do(
        machines.swap_machines,
        one_id=one.person.id,
        other_id=other.person.id,
        actor=PROCTOR,
        reason="机位反光",
    )
    for terminal in (one, other):
        with pytest.raises(Refusal, match="not_logged_in"):
            terminal.state()
    there = room.terminal(0, seat=other.seat, name="other-box")
    back = room.terminal(1, seat=one.seat, name="one-box")
    there.log_in()
    back.log_in()
    assert (there.kept(), back.kept()) == ({0: "a"}, {0: "b"})
    assert room.tile(other.seat).candidate_id == one.person.id
    assert room.tile(one.seat).candidate_id == other.person.id
    room.verified()


def test_a_swap_that_nobody_completed_is_called_off_when_all_has_ended(room: RoomDay) -> None:
    one, other = room.begin(0, 1)
    for terminal in (one, other):
        room.centre.presence.heard(terminal.person.id, room.clock.now().wall_ms, terminal.name)
    room.tick()
    pair = {"one_id": one.person.id, "other_id": other.person.id}
    room.do(machines.swap_machines, **pair, actor=PROCTOR, reason="机位反光")
    off: dict[str, Any] = {"candidate_id": one.person.id, "actor": PROCTOR, "reason": "离场"}
    with pytest.raises(Refusal, match="no_machine_change"):
        room.do(machines.refuse_change, **off)
    for subject in (1, 2):
        attempt_id = one.attempt_id(subject)
        room.do(ending.force_submit, attempt_id=attempt_id, actor=PROCTOR, reason="离场")
    room.do(machines.refuse_change, **off)
    assert not room.tile(one.seat).sent
    room.verified()


def test_a_silent_machine_is_not_swapped(room: RoomDay) -> None:
    one, other = room.begin(0, 1)
    falls_silent(room, one)
    with pytest.raises(Refusal, match="swap_line_down"):
        room.do(
            machines.swap_machines,
            one_id=other.person.id,
            other_id=one.person.id,
            actor=PROCTOR,
            reason="机位反光",
        )
    assert other.state()["checked_in"]


def test_what_was_asked_or_ordered_can_be_refused_and_the_candidate_stays(room: RoomDay) -> None:
    (old,) = room.begin(0)
    with pytest.raises(Refusal, match="login_elsewhere"):
        at_the_spare(room).log_in()
    wanted = {"candidate_id": old.person.id, "actor": PROCTOR, "reason": "原机已修好"}
    room.do(machines.refuse_change, **wanted)
    assert marks(room.tile(old.seat)) == {}
    with pytest.raises(Refusal, match="no_machine_change"):
        room.do(machines.refuse_change, **wanted)
    with pytest.raises(Refusal, match="login_elsewhere"):
        at_the_spare(room).log_in()
    assert old.answer(0, "a")["kept"] == "counted"
    room.verified()


def test_a_machine_is_marked_out_of_use_and_a_spare_again(room: RoomDay) -> None:
    one, _ = room.begin(0, 1)
    mark: dict[str, Any] = {"sitting_id": room.sitting_id, "actor": PROCTOR}
    with pytest.raises(Refusal, match="reason_required"):
        room.do(machines.set_workstation, **mark, seat=SPARE_SEAT, use="out_of_use", reason="")
    with pytest.raises(Refusal, match="seat_not_free"):
        room.do(machines.set_workstation, **mark, seat=one.seat, use="out_of_use", reason="坏")
    with pytest.raises(Refusal, match="workstation_use"):
        room.do(machines.set_workstation, **mark, seat=SPARE_SEAT, use="candidate", reason="坏")
    room.do(machines.set_workstation, **mark, seat=SPARE_SEAT, use="out_of_use", reason="蓝屏")
    assert room.tile(SPARE_SEAT).state == "out_of_use"
    with pytest.raises(Refusal, match="seat_not_free"):
        release(room, one, seat=SPARE_SEAT)
    room.do(machines.set_workstation, **mark, seat=SPARE_SEAT, use="spare", reason="修好")
    assert room.tile(SPARE_SEAT).state == "spare"
    release(room, one, seat=SPARE_SEAT)
    assert room.kinds().count("workstation") == 2
    room.verified()


def test_nobody_is_moved_once_everything_is_handed_in(room: RoomDay) -> None:
    (old,) = room.begin(0)
    for subject in (1, 2):
        ending_of = {"attempt_id": old.attempt_id(subject), "actor": PROCTOR, "reason": "收卷"}
        room.do(ending.force_submit, **ending_of)
    with pytest.raises(Refusal, match="attempt_ended"):
        release(room, old)
