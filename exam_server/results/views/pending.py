"""What waits for a score: a query, swept every second (DESIGN §4)."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from sqlalchemy import Integer, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.tables import Sitting
from exam_server.results.tables import Score
from exam_server.room.rules.lifecycle import ENDED
from exam_server.room.rules.recovery_life import RecoveryState
from exam_server.room.tables import Attempt, JournalEntry, RecoveryCase, Response
from exam_server.storage.listed import listed, objects_of
from exam_server.vault.tables import Form, HeldSecret, Package

AT_ONCE = 400  # attempts per look: while these are told, the next are scored
# put together by the database: a hall's answers are a hundred thousand rows
_ANSWERS = (
    select(Response.attempt_id, objects_of(Response.item_id, Response.options).label("answers"))
    .where(Response.attempt_id.in_(listed("attempts")))
    .group_by(Response.attempt_id)
)


_WITHOUT_SCORE = ~exists().where(Score.attempt_id == Attempt.id)
# asked every second, so put together once
_PENDING = (
    select(
        *(Attempt.id, Attempt.sitting_id, Attempt.form_id),
        *(Attempt.head_seq, Attempt.head, Package.path),
    )
    .join(Form, Form.id == Attempt.form_id)
    .join(Package, Package.id == Form.package_id)
    .where(
        Attempt.state == "submitted",
        or_(_WITHOUT_SCORE, Attempt.id.in_(listed("rescored"))),
        Attempt.form_id.not_in(listed("failed")),
    )
    .order_by(Attempt.submitted_ms, Attempt.id)
    .limit(bindparam("at_once", type_=Integer))
)


class PendingAttempt(msgspec.Struct, frozen=True):
    """A submitted attempt without a score for what now counts.

    ``responses``: canonical letters by item id; a never-started attempt has none.
    ``reason``: None for the first score.
    """

    attempt_id: str
    sitting_id: str
    head_seq: int
    head: str
    responses: dict[str, str]
    reason: str | None


class ScoringJob(msgspec.Struct, frozen=True):
    """The pending attempts of one form. ``package_path``: relative to the data folder."""

    form_id: str
    package_path: str
    attempts: tuple[PendingAttempt, ...]


def pending_scores(session: Session, *, without: Collection[str] = ()) -> list[ScoringJob]:
    """All scoring that is due, by form; at most 400 attempts, oldest hand-in first.

    ``without``: forms that have just been found to be impossible to score.
    """
    reasons = _rescores(session)
    asked = {"rescored": list(reasons), "failed": list(without), "at_once": AT_ONCE}
    found = session.execute(_PENDING, asked).all()
    answers = answers_of(session, [attempt.id for attempt in found])
    jobs: dict[tuple[str, str], list[PendingAttempt]] = {}
    for attempt in found:
        jobs.setdefault((attempt.form_id, attempt.path), []).append(
            PendingAttempt(
                attempt.id,
                attempt.sitting_id,
                attempt.head_seq,
                attempt.head,
                answers.get(attempt.id, {}),
                reasons.get(attempt.id),
            )
        )
    return [
        ScoringJob(form_id, path, tuple(attempts)) for (form_id, path), attempts in jobs.items()
    ]


def sittings_to_settle(session: Session) -> list[str]:
    """Closed sittings in which nothing waits for a score any more."""
    closed = session.scalars(
        select(Sitting.id).where(Sitting.state == SittingState.CLOSED.value).order_by(Sitting.id)
    )
    return [sitting_id for sitting_id in closed if not unscored_in(session, sitting_id)]


def forms_waiting(session: Session) -> set[str]:
    """The forms of which anything waits for a score: their secrets are still wanted."""
    reasons = list(_rescores(session))
    return set(
        session.scalars(
            select(Attempt.form_id)
            .where(
                Attempt.state == "submitted",
                or_(_WITHOUT_SCORE, Attempt.id.in_(listed("rescored"))),
            )
            .distinct(),
            {"rescored": reasons},
        )
    )


def recovered_without_key(session: Session, sitting_id: str) -> dict[str, str]:
    """Attempts whose recovered answers cannot be scored, as the secrets are gone; their forms."""
    held = exists().where(HeldSecret.form_id == Attempt.form_id, HeldSecret.purpose == "scoring")
    rows = session.execute(
        select(Attempt.id, Attempt.form_id).where(
            Attempt.sitting_id == sitting_id,
            Attempt.state == "submitted",
            Attempt.id.in_(list(_rescores(session))),
            ~held,
        )
    )
    return {row.id: row.form_id for row in rows}


def unscored_in(session: Session, sitting_id: str) -> int:
    """How many attempts of the sitting are not over or have no score yet."""
    unfinished = Attempt.state.not_in(ENDED)
    count = session.scalar(
        select(func.count())
        .select_from(Attempt)
        .where(
            Attempt.sitting_id == sitting_id,
            or_(unfinished, (Attempt.state == "submitted") & _WITHOUT_SCORE),
        )
    )
    return count or 0


def score_backlog(session: Session) -> int:
    """How many submitted attempts of the whole centre have no score yet."""
    waiting = select(func.count()).select_from(Attempt)
    return session.scalar(waiting.where(Attempt.state == "submitted", _WITHOUT_SCORE)) or 0


def _rescores(session: Session) -> dict[str, str]:
    """Attempts with answers recovered after their last score, with the reason."""
    cases = session.scalars(
        select(RecoveryCase)
        .where(RecoveryCase.state == RecoveryState.APPLIED)
        .order_by(RecoveryCase.id)
    ).all()
    reasons = {case.attempt_id: f"recovery {case.id}: {case.reason or ''}" for case in cases}
    last = {
        (chain, kind): seq
        for chain, kind, seq in session.execute(
            select(JournalEntry.chain, JournalEntry.kind, func.max(JournalEntry.seq))
            .where(
                JournalEntry.chain.in_(list(reasons)),
                JournalEntry.kind.in_(("recovered", "scored")),
            )
            .group_by(JournalEntry.chain, JournalEntry.kind)
        )
    }
    return {
        attempt_id: reason
        for attempt_id, reason in reasons.items()
        if last.get((attempt_id, "recovered"), 0) > last.get((attempt_id, "scored"), 0) > 0
    }


def answers_of(session: Session, attempt_ids: list[str]) -> dict[str, dict[str, str]]:
    """What counts of each attempt: canonical letters by item id; none of one without answers."""
    return {
        row.attempt_id: row.answers for row in session.execute(_ANSWERS, {"attempts": attempt_ids})
    }
