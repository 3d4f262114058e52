"""Coming to the machine: two numbers, the right seat, one live terminal (DOMAIN D20)."""

from __future__ import annotations

import pytest

from exam_server.errors import Refusal
from exam_server.room.actions import check_in, machines
from tests.builders.room_day import AUTHORITY, PROCTOR, SPARE_SEAT, RoomDay

FULL_WIDTH = str.maketrans("0123456789Xx", "０１２３４５６７８９Ｘｘ")


def refused(code: str, status: int, facts: dict[str, object], refusal: Refusal) -> None:
    assert (refusal.code, refusal.status) == (code, status)
    assert refusal.facts == facts


def test_the_last_x_is_typed_in_either_case_and_width(room: RoomDay) -> None:
    person = room.people[0]
    assert person.id_number.endswith("X")
    typed = [
        person.id_number,
        person.id_number.lower(),
        person.id_number.translate(FULL_WIDTH),
        person.id_number.lower().translate(FULL_WIDTH),
        f" {person.id_number[:6]} {person.id_number[6:14]} {person.id_number[14:]}\n",
    ]
    for id_number in typed:
        me = room.terminal(0).log_in(id_number=id_number)["me"]
        assert (me["candidate_id"], me["ticket"]) == (person.id, person.ticket)
    room.terminal(0).log_in(ticket=person.ticket.translate(FULL_WIDTH))


def test_a_wrong_number_is_told_nothing_and_leaves_nothing(room: RoomDay) -> None:
    mine, other = room.people[0], room.people[1]
    before = room.entries()
    terminal = room.terminal(0)
    wrong = [
        (mine.ticket, other.id_number),  # two real people's numbers do not make one login
        (other.ticket, mine.id_number),
        (mine.ticket, mine.id_number[:-1] + "0"),
        ("000000000000", mine.id_number),
    ]
    for ticket, id_number in wrong:
        with pytest.raises(Refusal) as refusal:
            terminal.log_in(ticket=ticket, id_number=id_number)
        refused("login_unknown", 401, {}, refusal.value)
    with pytest.raises(Refusal, match="not_logged_in"):
        terminal.state()
    assert room.entries() == before


def test_typing_errors_make_one_machine_wait_and_no_other(room: RoomDay) -> None:
    clumsy = room.terminal(0)
    for _ in range(5):
        with pytest.raises(Refusal, match="login_unknown"):
            clumsy.log_in(id_number="1")
    with pytest.raises(Refusal) as refusal:
        clumsy.log_in()
    refused("login_wait", 429, {"seconds": 1}, refusal.value)
    room.terminal(1).log_in()
    room.clock.advance(1_000)
    clumsy.log_in()


def test_at_a_seat_that_is_not_theirs_the_candidate_is_told_both_seats(room: RoomDay) -> None:
    mine = room.people[0].seat
    with pytest.raises(Refusal) as refusal:
        room.terminal(0, seat=mine + 4).log_in()
    refused("login_seat_differs", 409, {"this_seat": mine + 4, "your_seat": mine}, refusal.value)
    with pytest.raises(Refusal) as refusal:  # a spare is for those a proctor has sent there
        room.terminal(0, seat=SPARE_SEAT).log_in()
    refused("login_seat_differs", 409, {"this_seat": SPARE_SEAT, "your_seat": mine}, refusal.value)
    with pytest.raises(Refusal) as refusal:
        room.terminal(0).log_in(room="03")
    refused("login_room_differs", 409, {"this_room": "03", "your_room": "02"}, refusal.value)
    assert room.kinds(room.attempt_id(room.people[0])) == ["assigned"]


def test_a_second_terminal_is_refused_and_recorded(room: RoomDay) -> None:
    first = room.terminal(0).arrive()
    with pytest.raises(Refusal) as refusal:
        room.terminal(0, name="t2").log_in()
    refused("login_elsewhere", 409, {"seat": first.seat}, refusal.value)
    assert first.state()["checked_in"]  # the live one never notices
    last = room.journal(first.attempt_id())[-1]
    assert (last.kind, last.actor, last.data) == ("second_login", "candidate", {"seat": first.seat})
    assert room.tile(first.seat).events == 1


def test_the_same_machine_may_log_in_again(room: RoomDay) -> None:
    first = room.terminal(0).arrive()
    again = room.terminal(0)
    again.log_in()  # the browser lost its cookie
    assert again.state()["checked_in"]
    with pytest.raises(Refusal, match="not_logged_in"):
        first.state()  # one token is live, the newest
    assert room.attempt(first.person).fence == 1


def test_release_and_move_fence_the_old_terminal(room: RoomDay) -> None:
    old, neighbour = room.begin(0, 1)
    old.answer(0, "a")
    unsent = old.write(1, "b")
    room.do(machines.release_terminal, candidate_id=old.person.id, actor=PROCTOR, reason="屏幕坏了")
    new = room.terminal(0, seat=SPARE_SEAT, name="spare")
    new.arrive()
    with pytest.raises(Refusal, match="not_logged_in"):
        old.send(unsent)
    assert room.attempt(old.person, 1).fence == room.attempt(old.person, 2).fence == 2
    assert new.kept() == {0: "a"}
    assert new.answer(1, "c")["kept"] == "counted"
    assert new.open() == old.key  # the same paper goes on
    kinds = room.kinds(new.attempt_id())
    moved = kinds.index("machine_changed")
    assert kinds[moved - 1 : moved + 2] == ["terminal_released", "machine_changed", "fenced"]
    assert room.tile(SPARE_SEAT).candidate_id == old.person.id
    assert room.tile(old.seat).candidate_id is None
    assert room.attempt(neighbour.person).fence == 1
    with pytest.raises(Refusal, match="login_elsewhere"):  # the release was for one move
        room.terminal(0, name="t3").log_in()


def test_at_the_spare_machine_a_lost_cookie_is_no_wrong_seat(room: RoomDay) -> None:
    (old,) = room.begin(0)
    room.do(machines.release_terminal, candidate_id=old.person.id, actor=PROCTOR, reason="死机")
    room.terminal(0, seat=SPARE_SEAT, name="spare").arrive()
    again = room.terminal(0, seat=SPARE_SEAT, name="spare")
    again.log_in()
    assert again.answer(0, "a")["kept"] == "counted"
    assert room.attempt(old.person).fence == 2


def test_a_release_that_was_not_needed_is_over_with_the_next_login(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    room.do(
        machines.release_terminal, candidate_id=terminal.person.id, actor=PROCTOR, reason="死机"
    )
    room.terminal(0).log_in()  # the old machine came back after all
    with pytest.raises(Refusal, match="login_elsewhere"):
        room.terminal(0, name="replaced").log_in()
    with pytest.raises(Refusal, match="login_elsewhere"):
        room.terminal(0, seat=SPARE_SEAT, name="spare").log_in()
    assert room.attempt(terminal.person).fence == 1


def test_only_the_rooms_staff_release_a_terminal_and_say_why(room: RoomDay) -> None:
    terminal = room.terminal(0).arrive()
    before = room.entries()
    for actor, reason, code in (
        (PROCTOR, "", "reason_required"),
        (PROCTOR, "  ", "reason_required"),
        (AUTHORITY, "远程", "forbidden"),
    ):
        with pytest.raises(Refusal, match=code):
            room.do(
                machines.release_terminal,
                candidate_id=terminal.person.id,
                actor=actor,
                reason=reason,
            )
    assert room.entries() == before
    with pytest.raises(Refusal, match="login_elsewhere"):
        room.terminal(0, name="t2").log_in()


def test_check_in_is_confirmed_by_the_candidate_and_said_once(room: RoomDay) -> None:
    terminal = room.terminal(0)
    terminal.log_in()
    chain = terminal.attempt_id()
    with pytest.raises(Refusal, match="not_confirmed"):
        terminal.stage()  # no paper, not even sealed, before it is known whose it is
    terminal.confirm(right=False)
    assert room.kinds(chain)[-2:] == ["info_disputed", "hand_raised"]
    assert terminal.person.id in room.board().trouble, "their page says that a proctor comes"
    assert room.attempt(terminal.person).state == "assigned"
    terminal.confirm()
    terminal.confirm()  # the answer got lost; the terminal asks again
    assert room.kinds(chain) == [
        "assigned",
        "logged_in",
        "info_disputed",
        "hand_raised",
        "confirmed",
        "checked_in",
    ]
    assert room.attempt(terminal.person).state == "checked_in"
    assert room.attempt(terminal.person, 2).state == "assigned"
    board = room.board()
    assert (board.counts.arrived, board.counts.waiting, board.counts.not_arrived) == (1, 1, 2)


def test_a_raised_hand_is_seen_until_somebody_came(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    terminal.raise_hand()
    terminal.raise_hand()
    assert room.tile(terminal.seat).hand
    assert terminal.person.id in room.board().trouble
    room.do(check_in.lower_hand, candidate_id=terminal.person.id, actor=PROCTOR)
    assert not room.tile(terminal.seat).hand
    assert room.kinds(terminal.attempt_id())[-2:] == ["hand_raised", "hand_lowered"]
    assert room.journal(terminal.attempt_id())[-1].actor == PROCTOR.actor


def test_what_the_terminal_noticed_is_kept_or_refused_as_a_whole(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    before = room.entries()
    with pytest.raises(Refusal, match="unknown_event"):
        terminal.report("focus_lost", "scored")
    assert room.entries() == before
    assert terminal.report("focus_lost", "paste_attempted", "focus_back") == 3
    assert room.kinds(terminal.attempt_id())[-3:] == ["focus_lost", "paste_attempted", "focus_back"]
