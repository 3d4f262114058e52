"""Rulings as they are kept: each after the person's last, with what it could know."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_server.results.rules.ruling import Decision
from exam_server.results.tables import Ruling
from exam_server.room.tables import Incident


def add_ruling(
    session: Session,
    *,
    ident: str,
    candidate_id: str,
    subject: str,
    decision: Decision,
    reason: str,
    document: str,
    at_ms: int,
    staff_id: str,
) -> None:
    """The person's next ruling. ``at_ms`` says when; it decides nothing."""
    mine = Ruling.candidate_id == candidate_id
    last = session.scalar(select(func.max(Ruling.number)).where(mine)) or 0
    violations = (
        select(func.count())
        .select_from(Incident)
        .where(Incident.candidate_id == candidate_id, Incident.kind == "violation")
    )
    session.add(
        Ruling(
            id=ident,
            candidate_id=candidate_id,
            number=last + 1,
            subject=subject,
            decision=decision,
            reason=reason,
            document=document,
            settles=session.scalar(violations) or 0,
            at_ms=at_ms,
            staff_id=staff_id,
        )
    )
    session.flush()
