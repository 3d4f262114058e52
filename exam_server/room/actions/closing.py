"""收场核对: give the reasons that are missing, settle incidents, close (DOMAIN C4, `end`)."""

from __future__ import annotations

from sqlalchemy import select

from exam_server.auth.identity import ROOM_STAFF, Staff, require
from exam_server.desk.rules import written
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.rules.lifecycle import advance as advance_sitting
from exam_server.desk.tables import Sitting
from exam_server.errors import Refusal, not_found
from exam_server.room import journal
from exam_server.room.actions.heads import take_heads
from exam_server.room.actions.people import attempt, attempts_of, current_attempt, sitting
from exam_server.room.rules.reconciliation import EXPLAINABLE, Finding
from exam_server.room.tables import Attempt, Explanation, Incident
from exam_server.room.views.reconciliation import reconciliation
from exam_server.storage.tx import Tx


def close_sitting(tx: Tx, *, sitting_id: str, actor: Staff) -> None:
    """running → closed, once everyone is accounted for; the counts go into the journal.

    Refusal ``unexplained`` (409): one row per thing to be done, worst first; its code is
    ``close_`` and the cause.
    """
    require(actor, *ROOM_STAFF, action="close")
    where = sitting(tx, sitting_id)
    tx.session.flush()
    found = reconciliation(tx.session, sitting_id)
    if found.rows:
        rows = [_row(one) for one in found.rows]
        raise Refusal("unexplained", 409, {"count": len(rows)}, rows)
    where.state = advance_sitting(where.state, SittingState.CLOSED)
    journal.append(
        tx, chain=where, kind="closed", actor=actor.actor, data=dict(found.counts.at_close())
    )
    take_heads(tx, where)


def explain(tx: Tx, *, attempt_id: str, cause: str, actor: Staff, reason: str) -> None:
    """Why an attempt ended as it did: without an answer, or with its terminal lost.

    Refusal ``nothing_to_explain`` 409 when that is not asked for.
    """
    require(actor, *ROOM_STAFF, action="explain")
    found = attempt(tx, attempt_id)
    asked = {
        (one.about, one.cause.value)
        for one in reconciliation(tx.session, found.sitting_id).rows
        if one.cause in EXPLAINABLE
    }
    if (attempt_id, cause) not in asked:
        raise Refusal("nothing_to_explain", 409)
    said = written.reason(reason, "explained")
    tx.session.add(
        Explanation(
            attempt_id=attempt_id,
            cause=cause,
            reason=said,
            at_ms=tx.now.wall_ms,
            staff_id=actor.id,
        )
    )
    data = {"cause": cause, "reason": said}
    journal.append(tx, chain=found, kind="explained", actor=actor.actor, data=data)


def settle_incident(tx: Tx, *, incident_id: str, actor: Staff, reason: str) -> None:
    """An incident is settled on the spot or handed on; ``reason`` says how. Never a ruling."""
    require(actor, *ROOM_STAFF, action="incident")
    known = tx.session.get(Incident, incident_id)
    if known is None:
        raise not_found("incident", incident_id)
    where = _chain_of(tx, known)
    (row,) = tx.lock(select(Incident).where(Incident.id == incident_id))
    if row.resolved_ms is not None:
        raise Refusal("incident_settled", 409)
    said = written.reason(reason, "incident_settled")
    row.resolved_ms, row.outcome = tx.now.wall_ms, said
    data = {"id": row.id, "reason": said}
    journal.append(tx, chain=where, kind="incident_settled", actor=actor.actor, data=data)


def _chain_of(tx: Tx, incident: Incident) -> Attempt | Sitting:
    """Where a fact about it belongs: this command's alone, as is the incident only after it."""
    if incident.candidate_id is not None:
        return current_attempt(attempts_of(tx, incident.candidate_id))
    (where,) = tx.lock(select(Sitting).where(Sitting.id == incident.sitting_id))
    return where


def _row(found: Finding) -> dict[str, object]:
    facts: dict[str, object] = {"cause": found.cause.value}
    if found.ordinal is not None:
        facts["ordinal"] = found.ordinal
    return {
        "row": found.seat,
        "column": found.name,
        "code": f"close_{found.cause.value}",
        "facts": facts,
    }
