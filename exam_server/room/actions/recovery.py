"""Late evidence: two persons apply or refuse it; nothing is silently applied (DESIGN §5)."""

from __future__ import annotations

from sqlalchemy import select

from exam_server.auth.identity import Role, Staff, require
from exam_server.desk.rules import written
from exam_server.errors import Refusal, not_found
from exam_server.room import journal
from exam_server.room.actions.people import attempt
from exam_server.room.actions.responses_sql import upsert_responses
from exam_server.room.rules.revisions import Revision, newer
from exam_server.room.tables import Attempt, JournalEntry, RecoveryCase, Response
from exam_server.storage.tx import Tx

_DECIDERS = (Role.PROCTOR, Role.CHIEF_PROCTOR, Role.CENTRE_ADMIN)


def propose_recovery(tx: Tx, *, case_id: str, apply: bool, actor: Staff, reason: str) -> None:
    """The first person proposes to apply or to refuse."""
    require(actor, *_DECIDERS, action="recovery")
    case = _case(tx, case_id)
    if case.state != "open":
        raise Refusal("case_not_open", 409)
    case.state = "proposed_apply" if apply else "proposed_refuse"
    said = written.reason(reason, "recovery_proposed")
    case.first_staff_id, case.reason = actor.id, said
    journal.append(
        tx,
        chain=attempt(tx, case.attempt_id),
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
    case = _case(tx, case_id)
    if case.state not in ("proposed_apply", "proposed_refuse"):
        raise Refusal("case_not_proposed", 409)
    if case.first_staff_id == actor.id:
        raise Refusal("second_person_required", 403, {})
    found = attempt(tx, case.attempt_id)
    applied = agree and case.state == "proposed_apply"
    journal.append(
        tx,
        chain=found,
        kind="recovery_decided",
        actor=actor.actor,
        data={"case": case.id, "agree": agree, "reason": reason},
    )
    if not agree:
        case.state, case.first_staff_id = "open", None
        return False
    case.second_staff_id = actor.id
    case.state = "applied" if applied else "refused"
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


def _case(tx: Tx, case_id: str) -> RecoveryCase:
    case = tx.session.get(RecoveryCase, case_id)
    if case is None:
        raise not_found("recovery_case", case_id)
    return case
