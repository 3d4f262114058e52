"""Late evidence: two persons apply or refuse it; nothing is silently applied (DESIGN §5)."""

from __future__ import annotations

from sqlalchemy import select

from exam_server.auth.identity import ROOM_STAFF, Role, Staff, require
from exam_server.desk.rules import written
from exam_server.errors import Refusal, not_found
from exam_server.room import journal
from exam_server.room.actions.people import attempt
from exam_server.room.actions.responses_sql import upsert_responses
from exam_server.room.rules.recovery_life import PROPOSED, RecoveryState, after
from exam_server.room.rules.revisions import Revision, newer
from exam_server.room.tables import Attempt, JournalEntry, RecoveryCase, Response
from exam_server.storage.tx import Tx


def propose_recovery(tx: Tx, *, case_id: str, apply: bool, actor: Staff, reason: str) -> None:
    """The first person proposes to apply or to refuse."""
    require(actor, *ROOM_STAFF, action="recovery")
    case, found = _case(tx, case_id)
    if case.state != RecoveryState.OPEN:
        raise Refusal("case_not_open", 409)
    case.state = after(case.state, apply).value
    said = written.reason(reason, "recovery_proposed")
    case.first_staff_id, case.reason = actor.id, said
    journal.append(
        tx,
        chain=found,
        kind="recovery_proposed",
        actor=actor.actor,
        data={"case": case.id, "apply": apply, "reason": said},
    )


def decide_recovery(tx: Tx, *, case_id: str, agree: bool, actor: Staff, reason: str) -> bool:
    """A second person agrees (the proposal is carried out) or not (the case is open again).

    Returns True when answers were applied and the attempt must be scored again.
    Refusal ``second_person_required`` when it is the same person.
    """
    require(actor, Role.CHIEF_PROCTOR, Role.CENTRE_ADMIN, action="recovery")
    case, found = _case(tx, case_id)
    if case.state not in PROPOSED:
        raise Refusal("case_not_proposed", 409)
    if case.first_staff_id == actor.id:
        raise Refusal("second_person_required", 403, {})
    case.state = after(case.state, agree).value
    journal.append(
        tx,
        chain=found,
        kind="recovery_decided",
        actor=actor.actor,
        data={"case": case.id, "agree": agree, "reason": reason},
    )
    if not agree:
        case.first_staff_id = None
        return False
    case.second_staff_id = actor.id
    applied = case.state == RecoveryState.APPLIED
    if applied:
        _apply(tx, case, found, actor)
    return applied


def _apply(tx: Tx, case: RecoveryCase, found: Attempt, actor: Staff) -> None:
    """Each late answer that is newer than what counts becomes what counts."""
    late = tx.session.scalars(
        select(JournalEntry)
        .where(JournalEntry.chain == found.id, JournalEntry.seq.in_(case.seqs))
        .order_by(JournalEntry.seq)
    ).all()
    for entry in late:
        data = entry.data
        current = tx.session.get(Response, (found.id, data["item"]))
        revision = Revision(*data["revision"])
        if not newer(revision, Revision(current.fence, current.counter) if current else None):
            continue
        kept = journal.append(
            tx,
            chain=found,
            kind="recovered",
            actor=actor.actor,
            data={
                "case": case.id,
                "item": data["item"],
                "options": data["options"],
                "marked": data["marked"],
                "revision": data["revision"],
                "first": f"staff:{case.first_staff_id}",
                "second": actor.actor,
            },
        )
        found.answered += bool(data["options"]) - bool(current and current.options)
        found.marked += bool(data["marked"]) - bool(current and current.marked)
        row = {
            "attempt_id": found.id,
            "item_id": data["item"],
            "fence": revision.fence,
            "counter": revision.counter,
            "options": data["options"],
            "marked": data["marked"],
            "seq": kept["seq"],
            "digest": kept["digest"],
        }
        upsert_responses(tx, [row])
        if current is not None:
            tx.session.expire(current)


def _case(tx: Tx, case_id: str) -> tuple[RecoveryCase, Attempt]:
    """The case as it stands now, and its attempt, which late answers lock before they reach it."""
    known = tx.session.get(RecoveryCase, case_id)
    if known is None:
        raise not_found("recovery_case", case_id)
    found = attempt(tx, known.attempt_id)
    (case,) = tx.lock(select(RecoveryCase).where(RecoveryCase.id == case_id))
    return case, found
