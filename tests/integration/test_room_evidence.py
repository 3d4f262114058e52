"""Late evidence: kept, not counted, until two persons decide (DESIGN §5)."""

from __future__ import annotations

import pytest

from exam_server.auth.identity import Staff
from exam_server.errors import Refusal
from exam_server.results.tables import Score
from exam_server.room.actions import machines, recovery
from exam_server.room.tables import RecoveryCase
from tests.builders.room_day import ADMIN, AUTHORITY, CHIEF, PROCTOR, SPARE_SEAT, RoomDay
from tests.builders.room_terminal import Json, Terminal


def propose(room: RoomDay, case: RecoveryCase, *, apply: bool = True, by: Staff = PROCTOR) -> None:
    room.do(
        recovery.propose_recovery, case_id=case.id, apply=apply, actor=by, reason="断网时已作答"
    )


def decide(room: RoomDay, case: RecoveryCase, *, agree: bool = True, by: Staff = CHIEF) -> bool:
    return room.do(
        recovery.decide_recovery, case_id=case.id, agree=agree, actor=by, reason="日志相符"
    )


def right_answer(room: RoomDay, terminal: Terminal, place: int) -> Json:
    correct = room.correct[room.attempt(terminal.person).form_id]
    return terminal.write(place, correct[terminal.items()[place]])


def unplugged(room: RoomDay) -> tuple[Terminal, list[Json]]:
    """One right answer is saved, two more wait in the outbox while the time runs out."""
    (terminal,) = room.begin(0)
    terminal.send(right_answer(room, terminal, 0))
    outbox = [right_answer(room, terminal, 1), right_answer(room, terminal, 2)]
    room.wait(minutes=61)
    assert room.attempt(terminal.person).cause == "time"
    return terminal, outbox


def points(room: RoomDay, terminal: Terminal) -> list[str]:
    """Every version of the score."""
    chain = terminal.attempt_id()
    return room.centre.store.read(
        lambda session: [
            row.points
            for row in session.query(Score).filter_by(attempt_id=chain).order_by(Score.version)
        ]
    )


def test_what_comes_after_the_end_is_kept_and_not_counted(room: RoomDay) -> None:
    terminal, outbox = unplugged(room)
    receipts = terminal.send(*outbox)
    assert [receipt["kept"] for receipt in receipts] == ["late", "late"]
    assert room.attempt(terminal.person).answered == 1
    entries = [e for e in room.journal(terminal.attempt_id()) if e.kind == "late_evidence"]
    assert [entry.data["item"] for entry in entries] == [answer["item"] for answer in outbox]
    assert {entry.data["reason"] for entry in entries} == {"submitted"}
    (case,) = room.cases(terminal.person)
    assert (case.state, case.seqs) == ("open", [entry.seq for entry in entries])
    assert terminal.send(*outbox) == receipts  # replaying evidence adds none
    terminal.hand_in(*outbox)
    assert len(room.cases(terminal.person)) == 1
    terminal.answer(3, "ab")  # more evidence joins the open case
    (case,) = room.cases(terminal.person)
    assert len(case.seqs) == 3
    room.tick()
    assert points(room, terminal) == ["1"]


def test_two_persons_apply_it_and_the_score_is_made_anew(room: RoomDay) -> None:
    terminal, outbox = unplugged(room)
    terminal.send(*outbox)
    assert points(room, terminal) == ["1"]
    (case,) = room.cases(terminal.person)
    with pytest.raises(Refusal, match="case_not_proposed"):
        decide(room, case)
    propose(room, case)
    with pytest.raises(Refusal, match="case_not_open"):
        propose(room, case)
    assert room.attempt(terminal.person).answered == 1  # one person changes nothing
    assert decide(room, case)
    assert room.attempt(terminal.person).answered == 3
    room.tick()
    assert points(room, terminal) == ["1", "3"]
    scored = [e for e in room.journal(terminal.attempt_id()) if e.kind == "scored"]
    assert [entry.data["version"] for entry in scored] == [1, 2]
    assert case.id in scored[1].data["reason"]
    recovered = [e for e in room.journal(terminal.attempt_id()) if e.kind == "recovered"]
    assert {(e.data["first"], e.data["second"]) for e in recovered} == {
        (PROCTOR.actor, CHIEF.actor)
    }
    with pytest.raises(Refusal, match="case_not_proposed"):
        decide(room, case)
    assert room.verified().counts["recomputed"] == 2


def test_two_persons_refuse_it_and_the_score_stays(room: RoomDay) -> None:
    terminal, outbox = unplugged(room)
    terminal.send(*outbox)
    (case,) = room.cases(terminal.person)
    propose(room, case, apply=False)
    assert not decide(room, case)
    assert room.cases(terminal.person)[0].state == "refused"
    room.tick()
    assert points(room, terminal) == ["1"]
    assert room.attempt(terminal.person).answered == 1
    kinds = room.kinds(terminal.attempt_id())
    assert kinds.count("late_evidence") == 2  # refused is not dropped


def test_who_does_not_agree_opens_the_case_again(room: RoomDay) -> None:
    terminal, outbox = unplugged(room)
    terminal.send(*outbox)
    (case,) = room.cases(terminal.person)
    propose(room, case)
    assert not decide(room, case, agree=False)
    (case,) = room.cases(terminal.person)
    assert (case.state, case.first_staff_id) == ("open", None)
    propose(room, case, by=CHIEF)
    with pytest.raises(Refusal, match="second_person_required"):
        decide(room, case, by=CHIEF)
    assert decide(room, case, by=ADMIN)
    assert room.attempt(terminal.person).answered == 3


@pytest.mark.parametrize("by", [PROCTOR, AUTHORITY])
def test_deciding_takes_a_second_person_of_rank(room: RoomDay, by: Staff) -> None:
    terminal, outbox = unplugged(room)
    terminal.send(*outbox)
    (case,) = room.cases(terminal.person)
    propose(room, case, by=ADMIN)
    before = room.entries()
    with pytest.raises(Refusal, match="forbidden"):
        decide(room, case, by=by)
    assert room.entries() == before


def test_a_reason_is_asked_of_both(room: RoomDay) -> None:
    terminal, outbox = unplugged(room)
    terminal.send(*outbox)
    (case,) = room.cases(terminal.person)
    with pytest.raises(Refusal, match="reason_required"):
        room.do(recovery.propose_recovery, case_id=case.id, apply=True, actor=PROCTOR, reason="")
    assert room.cases(terminal.person)[0].state == "open"
    propose(room, case)
    with pytest.raises(Refusal, match="reason_required"):
        room.do(recovery.decide_recovery, case_id=case.id, agree=True, actor=CHIEF, reason=" ")
    assert room.cases(terminal.person)[0].state == "proposed_apply"


def test_the_fenced_machines_answers_wait_and_never_beat_a_newer_one(room: RoomDay) -> None:
    """The old machine chose twice while its cable was out; the candidate moved meanwhile."""
    (old,) = room.begin(0)
    old.answer(0, "a")
    unsent = [old.write(1, "b"), old.write(2, "ab")]
    room.do(machines.release_terminal, candidate_id=old.person.id, actor=PROCTOR, reason="断网")
    new = room.terminal(0, seat=SPARE_SEAT, name="spare").arrive()
    new.answer(1, "c")
    receipts = new.send(*unsent)  # carried over on a stick, under the old fence
    assert [receipt["kept"] for receipt in receipts] == ["late", "late"]
    assert new.kept() == {0: "a", 1: "c"}
    evidence = [e for e in room.journal(new.attempt_id()) if e.kind == "late_evidence"]
    assert {entry.data["reason"] for entry in evidence} == {"fence"}
    (case,) = room.cases(new.person)
    propose(room, case)
    assert decide(room, case)
    assert new.kept() == {0: "a", 1: "c", 2: "ab"}  # place 1 was answered anew, place 2 was not
    assert new.answer(2, "c")["kept"] == "counted"  # and the candidate goes on
    assert new.kept()[2] == "c"
    new.hand_in()


def test_a_terminal_cannot_answer_from_the_future_of_its_fence(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    assert terminal.send(terminal.write(0, "a", revision=(2, 1)))[0]["kept"] == "late"
    assert terminal.kept() == {}
    assert terminal.answer(0, "b")["kept"] == "counted"
