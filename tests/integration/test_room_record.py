"""Every act is in the record, and a proctor records facts only (invariants 9 and 10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from sqlalchemy import text

from exam_server.auth.identity import Staff
from exam_server.errors import Refusal
from exam_server.results.actions.lines import approve_line, propose_line
from exam_server.results.actions.rulings import rule
from exam_server.results.actions.scoring import release
from exam_server.results.rules.params import LineParams
from exam_server.results.tables import Score
from exam_server.room import journal
from exam_server.room.actions import control, ending, machines
from exam_server.room.tables import Attempt
from exam_server.storage.tx import Tx
from exam_server.verify.outside import OutsideHead
from exam_server.verify.verify import verify
from tests.builders.room_day import ADMIN, AUTHORITY, CHIEF, OTHER_PROCTOR, PROCTOR, RoomDay
from tests.builders.room_terminal import Terminal


class Act(NamedTuple):
    """A staff act: the use case, what it is about, and the journal entry it leaves."""

    action: Callable[..., Any]
    about: str  # attempt | candidate | sitting
    entry: str
    actor: Staff
    more: dict[str, Any] = {}


ACTS = [
    Act(control.pause_attempt, "attempt", "paused", PROCTOR),
    Act(control.resume_attempt, "attempt", "resumed", OTHER_PROCTOR),
    Act(control.grant, "attempt", "granted", PROCTOR, {"seconds": 60}),
    Act(machines.release_terminal, "candidate", "terminal_released", PROCTOR),
    Act(control.pause_sitting, "sitting", "paused", CHIEF),
    Act(control.resume_sitting, "sitting", "resumed", CHIEF),
    Act(control.grant, "sitting", "granted", ADMIN, {"seconds": 60}),
    Act(ending.force_submit, "attempt", "submitted", PROCTOR),
]

NO_REASONS = [("", "reason_required"), ("   ", "reason_required"), ("长" * 501, "text_too_long")]


def arguments(room: RoomDay, terminal: Terminal, act: Act) -> dict[str, Any]:
    ids = {
        "attempt": {"attempt_id": terminal.attempt_id()},
        "candidate": {"candidate_id": terminal.person.id},
        "sitting": {"sitting_id": room.sitting_id},
    }
    return {**ids[act.about], **act.more, "actor": act.actor}


def test_every_act_leaves_who_when_what_and_why(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    for act in ACTS:
        room.wait(seconds=7)
        given = arguments(room, terminal, act)
        before = room.entries()
        for said, code in (*NO_REASONS, (f"见 {terminal.person.id_number}", "id_number_in_text")):
            with pytest.raises(Refusal) as refusal:
                room.do(act.action, **given, reason=said)
            assert (refusal.value.code, refusal.value.status) == (code, 422)
        assert room.entries() == before
        room.do(act.action, **given, reason=f" 理由：{act.entry}\n")
        chain = room.sitting_id if act.about == "sitting" else terminal.attempt_id()
        last = room.journal(chain)[-1]
        now = room.clock.now()
        assert (last.kind, last.actor) == (act.entry, act.actor.actor)
        assert last.data["reason"] == f"理由：{act.entry}"
        assert (last.at_ms, last.boot_ms, last.boot) == (now.wall_ms, now.boot_ms, now.boot)


@pytest.mark.parametrize(
    ("kind", "actor"), [("granted", "candidate"), ("lost", PROCTOR.actor), ("pledged", "demo")]
)
def test_what_is_not_for_somebody_to_write_is_a_mistake_that_writes_nothing(
    room: RoomDay, kind: str, actor: str
) -> None:
    (terminal,) = room.begin(0)
    data = {"ms": 1, "reason": "自己补时"} if kind == "granted" else {}

    def alone(tx: Tx) -> None:
        chain = tx.session.get_one(Attempt, terminal.attempt_id())
        journal.append(tx, chain=chain, kind=kind, actor=actor, data=data)

    def with_others(tx: Tx) -> None:
        chain = tx.session.get_one(Attempt, terminal.attempt_id())
        journal.append_to_each(tx, kind=kind, actor=actor, turns=[journal.Turn(chain, data)])

    before = room.entries()
    for write in (alone, with_others):
        with pytest.raises(ValueError, match=f"{kind} is not for {actor} to write"):
            room.do(write)
    assert room.entries() == before
    assert terminal.answer(0, "a")["kept"] == "counted", "the chain goes on from where it was"
    room.verified()


def test_the_authority_does_not_act_in_the_room(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    before = room.entries()
    for act in ACTS:
        given = arguments(room, terminal, act) | {"actor": AUTHORITY}
        with pytest.raises(Refusal) as refusal:
            room.do(act.action, **given, reason="远程")
        assert (refusal.value.code, refusal.value.status) == ("forbidden", 403)
    assert room.entries() == before


@pytest.mark.parametrize("actor", [PROCTOR, CHIEF, ADMIN], ids=lambda staff: staff.login)
def test_nobody_in_the_room_rules_on_a_score(room: RoomDay, actor: Staff) -> None:
    (terminal,) = room.begin(0)
    terminal.answer_right()
    terminal.hand_in()
    room.tick()
    before = _scores(room)
    room.do(
        control.record_incident,
        sitting_id=room.sitting_id,
        candidate_id=terminal.person.id,
        kind="violation",
        text="夹带资料，建议按零分处理",
        actor=actor,
    )
    room.tick()
    params = LineParams(mode="line", line="0")
    forbidden: list[Callable[[Tx], Any]] = [
        lambda tx: release(tx, sitting_id=room.sitting_id, actor=actor),
        lambda tx: propose_line(
            tx, exam_id=room.exam_id, group="g", params=params, reason="零分", actor=actor
        ),
        lambda tx: approve_line(tx, line_id="any", actor=actor),
        lambda tx: rule(
            tx,
            candidate_id=terminal.person.id,
            subject="*",
            decision="void",
            reason="夹带资料",
            document="处理决定1号",
            actor=actor,
        ),
    ]
    for command in forbidden:
        with pytest.raises(Refusal, match="forbidden"):
            room.centre.store.write(command)
    assert _scores(room) == before == [("4", 1)]
    assert room.attempt(terminal.person).state == "submitted"
    assert room.kinds(terminal.attempt_id(2))[-1] == "incident"  # where the candidate is now


def _scores(room: RoomDay) -> list[tuple[str, int]]:
    return room.centre.store.read(
        lambda session: [(row.points, row.version) for row in session.query(Score)]
    )


def _findings(room: RoomDay, *outside: OutsideHead) -> set[str]:
    journal, scoring = room.export()
    return {
        finding.code for finding in verify(journal, outside=outside, scoring=[scoring]).findings
    }


def _change(room: RoomDay, sql: str, **values: Any) -> None:
    room.centre.store.write(lambda tx: tx.session.execute(text(sql), values))


FALSIFIED = {
    "an answer that counts": "UPDATE response SET options = 'd' WHERE attempt_id = :a",
    "an entry": "UPDATE journal SET at_ms = at_ms + 1 WHERE chain = :a AND seq = 3",
    "who did it": "UPDATE journal SET actor = 'system' WHERE chain = :a AND kind = 'submitted'",
    "an entry taken out": "DELETE FROM journal WHERE chain = :a AND kind = 'second_login'",
    "a score": "UPDATE score SET points = '3' WHERE attempt_id = :a",
    "the time granted": "UPDATE attempt SET granted_ms = 60000 WHERE id = :a",
    "the time spent": "UPDATE attempt SET spent_ms = spent_ms - 60000 WHERE id = :a",
    "the cause": "UPDATE attempt SET cause = 'time' WHERE id = :a",
}


@pytest.mark.parametrize("sql", FALSIFIED.values(), ids=FALSIFIED)
def test_whoever_changes_the_database_behind_the_journal_is_found(
    bare_room: RoomDay, sql: str
) -> None:
    room = bare_room
    (terminal,) = room.begin(0)
    with pytest.raises(Refusal, match="login_elsewhere"):
        room.terminal(0, name="t2").log_in()
    terminal.answer(0, "")
    terminal.answer_right()
    room.wait(minutes=2)
    terminal.hand_in()
    room.tick()
    room.verified()
    _change(room, sql, a=terminal.attempt_id())
    assert _findings(room)


def test_a_receipt_on_paper_finds_a_journal_that_was_written_anew(bare_room: RoomDay) -> None:
    """The whole answer is taken back and everything recomputed: only the paper remembers."""
    room = bare_room
    (terminal,) = room.begin(0)
    receipt = terminal.answer(0, "a")
    on_paper = OutsideHead.typed(receipt["digest"][:16], receipt["seq"])
    assert _findings(room, on_paper) == set()
    chain = terminal.attempt_id()
    before = room.journal(chain)[-2]
    _change(room, "DELETE FROM response WHERE attempt_id = :a", a=chain)
    _change(room, "DELETE FROM journal WHERE chain = :a AND kind = 'response'", a=chain)
    _change(
        room,
        "UPDATE attempt SET head_seq = :s, head = :h, answered = 0 WHERE id = :a",
        a=chain,
        s=before.seq,
        h=before.digest,
    )
    assert _findings(room) == set()
    assert _findings(room, on_paper)
