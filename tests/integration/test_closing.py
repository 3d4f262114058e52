"""收场核对: the sitting is closed when everybody is accounted for, and the record says how."""

from __future__ import annotations

from typing import Any

import pytest

from exam_server.errors import Refusal
from exam_server.room.actions import closing, control, ending, machines, recovery
from exam_server.room.rules.seating import LOST_AFTER_MS
from exam_server.room.views.reconciliation import Reconciliation, reconciliation
from tests.builders.room_day import AUTHORITY, CHIEF, PROCTOR, SPARE_SEAT, RoomDay
from tests.builders.room_terminal import Terminal


def close(room: RoomDay, **change: Any) -> None:
    room.do(closing.close_sitting, **{"sitting_id": room.sitting_id, "actor": PROCTOR, **change})


def open_causes(room: RoomDay) -> list[tuple[str, int]]:
    """What the refusal lists; nothing has happened meanwhile."""
    before = room.entries()
    with pytest.raises(Refusal) as refusal:
        close(room)
    assert refusal.value.code == "unexplained"
    assert refusal.value.facts["count"] == len(refusal.value.rows)
    assert room.entries() == before
    assert room.sitting().state == "running"
    return [(str(row["code"]).removeprefix("close_"), row["row"]) for row in refusal.value.rows]  # type: ignore[misc]


def seen(room: RoomDay) -> Reconciliation:
    return room.centre.store.read(lambda session: reconciliation(session, room.sitting_id))


def finishes(terminal: Terminal, *, answers: bool = True) -> None:
    """Both subjects handed in."""
    for subject in (1, 2):
        if subject == 2:
            terminal.open(2)
        if answers:
            terminal.answer(0, "a", subject=subject)
        terminal.hand_in(subject=subject)


def is_heard(room: RoomDay, *terminals: Terminal) -> None:
    """Their lines are up: what they held has come."""
    for terminal in terminals:
        terminal.state()
    room.tick()


def absent(room: RoomDay, number: int) -> None:
    person = room.people[number]
    room.do(ending.mark_absent, candidate_id=person.id, actor=PROCTOR, reason="未到")


def test_nobody_is_forgotten_and_the_counts_go_into_the_journal(room: RoomDay) -> None:
    one, other = room.begin(0, 1)
    third = room.people[2]
    assert open_causes(room) == [
        ("unfinished", one.seat),
        ("unfinished", one.seat),
        ("unfinished", other.seat),
        ("unfinished", other.seat),
        ("not_arrived", third.seat),
    ]
    finishes(one)
    room.wait(minutes=31)
    absent(room, 2)
    other.answer(0, "a")
    other.hand_in()
    assert open_causes(room) == [("unfinished", other.seat)]
    found = seen(room)
    assert (found.counts.expected, found.counts.present, found.counts.at_work) == (3, 2, 1)
    room.do(ending.force_submit, attempt_id=other.attempt_id(2), actor=CHIEF, reason="中途离场")
    with pytest.raises(Refusal, match="forbidden"):
        close(room, actor=AUTHORITY)
    is_heard(room, other)
    close(room)
    assert room.sitting().state == "closed"
    assert room.kinds()[-2:] == ["closed", "heads"]
    assert room.journal()[-2].data == {
        "expected": 3,
        "present": 2,
        "absent": 1,
        "submitted": 2,
        "explained": 0,
    }
    with pytest.raises(Refusal, match="wrong_state"):
        close(room)
    room.verified()


def test_a_blank_paper_is_an_exception_that_somebody_explains(room: RoomDay) -> None:
    (blank,) = room.begin(0)
    finishes(blank, answers=False)
    room.wait(minutes=31)
    absent(room, 1)
    absent(room, 2)
    assert open_causes(room) == [("blank", blank.seat), ("blank", blank.seat)]
    wanted = {"attempt_id": blank.attempt_id(1), "cause": "blank", "actor": PROCTOR}
    for change, code in (
        ({"reason": ""}, "reason_required"),
        ({"reason": "交错", "cause": "unsynced"}, "nothing_to_explain"),
        ({"reason": "远程", "actor": AUTHORITY}, "forbidden"),
    ):
        with pytest.raises(Refusal, match=code):
            room.do(closing.explain, **{**wanted, **change})
    room.do(closing.explain, **wanted, reason="考生放弃作答，已询问本人")
    with pytest.raises(Refusal, match="nothing_to_explain"):
        room.do(closing.explain, **wanted, reason="再写一次")
    assert open_causes(room) == [("blank", blank.seat)]
    room.do(closing.explain, **{**wanted, "attempt_id": blank.attempt_id(2)}, reason="考生放弃作答")
    close(room)
    counts = room.journal()[-2].data
    assert (counts["present"], counts["submitted"], counts["explained"]) == (1, 0, 1)
    room.verified()


def test_a_machine_that_was_lost_at_the_end_may_hold_answers(room: RoomDay) -> None:
    one, back = room.begin(0, 1)
    for terminal in (one, back):
        terminal.answer(0, "a")
    room.tick()
    room.wait(ms=LOST_AFTER_MS + 1_000)
    for terminal in (one, back):
        for subject in (1, 2):
            attempt_id = terminal.attempt_id(subject)
            room.do(ending.force_submit, attempt_id=attempt_id, actor=PROCTOR, reason="收卷")
    room.wait(minutes=31)
    absent(room, 2)
    assert open_causes(room) == [("unsynced", one.seat), ("unsynced", back.seat)]
    is_heard(room, back)
    assert open_causes(room) == [("unsynced", one.seat)]
    room.do(
        closing.explain,
        attempt_id=one.attempt_id(2),
        cause="unsynced",
        actor=PROCTOR,
        reason="主机损坏，已封存硬盘",
    )
    close(room)
    room.verified()


def test_a_cable_pulled_in_the_last_seconds_is_not_forgotten(room: RoomDay) -> None:
    (one,) = room.begin(0)
    one.answer(0, "a")
    room.wait(minutes=59, seconds=55)
    is_heard(room, one)
    room.wait(seconds=5)
    room.wait(seconds=6)  # ended by the server; too short a silence to be called lost
    assert room.attempt(one.person).cause == "time"
    second = {"attempt_id": one.attempt_id(2), "actor": PROCTOR}
    room.do(ending.force_submit, **second, reason="收卷")
    absent(room, 1)
    absent(room, 2)
    assert open_causes(room) == [("unsynced", one.seat)]
    is_heard(room, one)
    close(room)


def test_late_answers_are_decided_before_the_close(room: RoomDay) -> None:
    (one,) = room.begin(0)
    one.answer(0, "a")
    unsent = one.write(1, "b")
    one.hand_in()
    one.open(2)
    one.answer(0, "a", subject=2)
    one.hand_in(subject=2)
    one.send(unsent)
    room.wait(minutes=31)
    absent(room, 1)
    absent(room, 2)
    assert open_causes(room) == [("recovery", one.seat)]
    (case,) = room.cases(one.person)
    assert seen(room).cases[case.id].count == 1
    room.do(recovery.propose_recovery, case_id=case.id, apply=False, actor=PROCTOR, reason="迟到")
    assert open_causes(room) == [("recovery", one.seat)]
    room.do(recovery.decide_recovery, case_id=case.id, agree=True, actor=CHIEF, reason="同意")
    close(room)
    room.verified()


def test_an_open_machine_change_and_its_loss_are_settled_before_the_close(room: RoomDay) -> None:
    one, other = room.begin(0, 1)
    for terminal in (one, other):
        terminal.answer(0, "a")
    room.do(machines.release_terminal, candidate_id=one.person.id, actor=PROCTOR, reason="死机")
    room.wait(minutes=3)
    new = room.terminal(0, seat=SPARE_SEAT, name="spare")
    new.log_in()
    with pytest.raises(Refusal, match="login_elsewhere"):
        room.terminal(1, name="second").log_in()
    for terminal in (new, other):
        for subject in (1, 2):
            attempt_id = terminal.attempt_id(subject)
            room.do(ending.force_submit, attempt_id=attempt_id, actor=PROCTOR, reason="收卷")
    room.wait(minutes=31)
    absent(room, 2)
    is_heard(room, new, other)
    assert open_causes(room) == [("machine", other.seat), ("loss", SPARE_SEAT)]
    room.do(machines.refuse_change, candidate_id=other.person.id, actor=PROCTOR, reason="已经交卷")
    room.do(machines.decline_loss, attempt_id=one.attempt_id(), actor=PROCTOR, reason="已经交卷")
    close(room)
    room.verified()


def test_an_incident_is_settled_before_the_close_of_a_seat_or_of_the_room(room: RoomDay) -> None:
    (one,) = room.begin(0)
    finishes(one)
    incidents = [
        room.do(
            control.record_incident,
            sitting_id=room.sitting_id,
            candidate_id=who,
            kind="equipment",
            text="空调漏水",
            actor=PROCTOR,
        )
        for who in (one.person.id, None)
    ]
    room.wait(minutes=31)
    absent(room, 1)
    absent(room, 2)
    assert open_causes(room) == [("incident", 0), ("incident", one.seat)]
    with pytest.raises(Refusal, match="reason_required"):
        room.do(closing.settle_incident, incident_id=incidents[0], actor=PROCTOR, reason=" ")
    for incident in incidents:
        room.do(closing.settle_incident, incident_id=incident, actor=PROCTOR, reason="已挪开桌子")
    with pytest.raises(Refusal, match="incident_settled"):
        room.do(closing.settle_incident, incident_id=incidents[0], actor=PROCTOR, reason="又来")
    close(room)
    room.verified()
