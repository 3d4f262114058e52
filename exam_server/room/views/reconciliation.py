"""The facts for 收场核对, one query per table, and what follows from them."""

from __future__ import annotations

from collections import defaultdict

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.desk.tables import Candidate, Sitting
from exam_server.errors import not_found
from exam_server.room.rules import reconciliation as rules
from exam_server.room.rules.lifecycle import AttemptState, Cause
from exam_server.room.rules.recovery_life import UNDECIDED
from exam_server.room.tables import (
    Attempt,
    Explanation,
    Incident,
    MachineChange,
    Presence,
    RecoveryCase,
    Terminal,
)
from exam_server.room.views.detail_shapes import CaseCard


class Reconciliation(msgspec.Struct, frozen=True):
    """``counts`` and ``rows`` as in ``room.rules.reconciliation``; a case's row holds its state."""

    counts: rules.Counts
    rows: list[rules.Finding]
    cases: dict[str, CaseCard]


def reconciliation(session: Session, sitting_id: str) -> Reconciliation:
    """Who is accounted for by now, or Refusal 404."""
    if session.get(Sitting, sitting_id) is None:
        raise not_found("sitting", sitting_id)
    accounts = _accounts(session, sitting_id)
    found = rules.findings(accounts, _incidents(session, sitting_id, accounts))
    return Reconciliation(rules.counts(accounts), found, _cases(session, sitting_id))


def _accounts(session: Session, sitting_id: str) -> list[rules.Account]:
    attempts: dict[str, list[rules.AttemptAccount]] = defaultdict(list)
    explained, cases = _explained(session, sitting_id), _open_cases(session, sitting_id)
    cut_short: dict[str, int] = defaultdict(int)  # when the server ended it, not the candidate
    for row in session.scalars(
        select(Attempt).where(Attempt.sitting_id == sitting_id).order_by(Attempt.ordinal)
    ):
        if row.started_ms is not None and row.cause in (Cause.TIME, Cause.PROCTOR):
            cut_short[row.candidate_id] = max(cut_short[row.candidate_id], row.submitted_ms or 0)
        attempts[row.candidate_id].append(
            rules.AttemptAccount(
                id=row.id,
                ordinal=row.ordinal,
                state=AttemptState(row.state),
                ending=row.cause,
                answered=row.answered,
                proposed_ms=row.proposed_ms,
                explained=frozenset(explained[row.id]),
                cases=tuple(cases[row.id]),
            )
        )
    people = session.execute(
        select(
            Candidate.id,
            Candidate.seat,
            Terminal.seat,
            Candidate.name,
            Presence,
            MachineChange.candidate_id,
        )
        .outerjoin(Terminal, Terminal.candidate_id == Candidate.id)
        .outerjoin(Presence, Presence.candidate_id == Candidate.id)
        .outerjoin(MachineChange, MachineChange.candidate_id == Candidate.id)
        .where(Candidate.sitting_id == sitting_id)
        .order_by(Candidate.seat)
    )
    return [
        rules.Account(
            candidate_id=ident,
            seat=(moved if moved is not None else seat) or 0,
            name=name,
            lost=_unheard(presence, cut_short[ident]),
            changing=changing is not None,
            attempts=tuple(attempts[ident]),
        )
        for ident, seat, moved, name, presence, changing in people
        if attempts[ident]
    ]


def _unheard(presence: Presence | None, cut_short_ms: int) -> bool:
    """Whether what the terminal still held can have come: it was lost at work and never came
    back, or it was not heard any more since the server ended the attempt by itself."""
    if presence is None:
        return False
    gone = not presence.connected and presence.heard_ms < cut_short_ms
    return gone or presence.lost_ms is not None


def _explained(session: Session, sitting_id: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for attempt_id, cause in session.execute(
        select(Explanation.attempt_id, Explanation.cause)
        .join(Attempt, Attempt.id == Explanation.attempt_id)
        .where(Attempt.sitting_id == sitting_id)
    ):
        found[attempt_id].append(cause)
    return found


def _open_cases(session: Session, sitting_id: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for row in _case_rows(session, sitting_id):
        found[row.attempt_id].append(row.id)
    return found


def _cases(session: Session, sitting_id: str) -> dict[str, CaseCard]:
    """What the console's decision about a case needs to show, by case id."""
    return {
        row.id: CaseCard(row.id, row.state, len(row.seqs), None)
        for row in _case_rows(session, sitting_id)
    }


def _case_rows(session: Session, sitting_id: str) -> list[RecoveryCase]:
    return list(
        session.scalars(
            select(RecoveryCase)
            .join(Attempt, Attempt.id == RecoveryCase.attempt_id)
            .where(Attempt.sitting_id == sitting_id, RecoveryCase.state.in_(UNDECIDED))
            .order_by(RecoveryCase.opened_ms)
        )
    )


def _incidents(
    session: Session, sitting_id: str, accounts: list[rules.Account]
) -> list[rules.OpenIncident]:
    people = {one.candidate_id: one for one in accounts}
    rows = session.scalars(
        select(Incident)
        .where(Incident.sitting_id == sitting_id, Incident.resolved_ms.is_(None))
        .order_by(Incident.at_ms)
    )
    return [
        rules.OpenIncident(
            id=row.id,
            seat=person.seat if (person := people.get(row.candidate_id or "")) else None,
            name=person.name if person else None,
            candidate_id=row.candidate_id,
            kind=row.kind,
        )
        for row in rows
    ]
