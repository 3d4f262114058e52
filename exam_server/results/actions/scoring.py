"""Scores come in from the scorer; a sitting whose attempts all have one is scored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from exam_server.auth.identity import Role, Staff, require
from exam_server.desk.rules.lifecycle import SittingState, advance
from exam_server.desk.tables import Sitting
from exam_server.errors import not_found
from exam_server.ids import new_id
from exam_server.results.actions.golden import note_golden
from exam_server.results.rules.standing import plain_decimal
from exam_server.results.scorer_client import ScorerClient
from exam_server.results.tables import Score
from exam_server.results.views.pending import ScoringJob, unscored_in
from exam_server.room import journal
from exam_server.room.tables import Attempt, JournalEntry
from exam_server.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class ScoredAttempt:
    """What the scorer found for one attempt. ``head``: the chain head that was scored.

    ``golden_points``: what the same scorer gave the golden candidate of the same key.
    """

    attempt_id: str
    head_seq: int
    head: str
    points: str
    sections: list[dict[str, Any]]
    scoring_digest: str
    golden_points: str | None
    reason: str | None


def score_job(
    client: ScorerClient, job: ScoringJob, *, scoring_secret: bytes, data_folder: Path
) -> list[ScoredAttempt]:
    """Have one form's pending attempts scored (outside any transaction).

    ``data_folder``: what the package's path is relative to.
    :class:`exam_server.results.scorer_client.ScorerFailed` when the scorer cannot.
    """
    found = client.score(
        package_path=data_folder / job.package_path,
        form_id=job.form_id,
        scoring_secret=scoring_secret,
        responses={attempt.attempt_id: attempt.responses for attempt in job.attempts},
    )
    return [
        ScoredAttempt(
            attempt_id=attempt.attempt_id,
            head_seq=attempt.head_seq,
            head=attempt.head,
            points=plain_decimal(Decimal(found.scores[attempt.attempt_id]["points"])),
            sections=found.scores[attempt.attempt_id]["sections"],
            scoring_digest=found.scoring_digest,
            golden_points=found.golden_points and plain_decimal(Decimal(found.golden_points)),
            reason=attempt.reason,
        )
        for attempt in job.attempts
    ]


def store_scores(tx: Tx, *, scored: Iterable[ScoredAttempt]) -> list[str]:
    """Keep scores and journal them; the ids of the attempts that now have theirs.

    An attempt whose counted answers changed since they were read, or that is no longer
    submitted, is left out: the next sweep finds it again. Storing the same result twice
    changes nothing. The golden candidate of each form is in the record before its scores.
    """
    results = list(scored)
    _note_golden(tx, results)
    return [result.attempt_id for result in results if _store(tx, result)]


def _note_golden(tx: Tx, results: Sequence[ScoredAttempt]) -> None:
    seen: set[tuple[str, str, str]] = set()
    for result in results:
        attempt = tx.session.get(Attempt, result.attempt_id)
        if attempt is None:
            raise not_found("attempt", result.attempt_id)
        place = (attempt.sitting_id, attempt.form_id, result.scoring_digest)
        if place not in seen:
            seen.add(place)
            note_golden(
                tx,
                where=_sitting(tx, attempt.sitting_id),
                form_id=attempt.form_id,
                scoring_digest=result.scoring_digest,
                points=result.golden_points,
            )


def mark_scored(tx: Tx, *, sitting_id: str) -> bool:
    """closed → scored, once no attempt of the sitting waits for a score; whether it is so."""
    sitting = _sitting(tx, sitting_id)
    if sitting.state != SittingState.CLOSED or unscored_in(tx.session, sitting_id):
        return False
    sitting.state = advance(sitting.state, SittingState.SCORED)
    return True


def release(tx: Tx, *, sitting_id: str, actor: Staff) -> None:
    """scored → released: the authority makes the results official (DOMAIN D9).

    Refusals: ``forbidden`` 403, ``wrong_state`` 409.
    """
    require(actor, Role.AUTHORITY, action="release")
    sitting = _sitting(tx, sitting_id)
    sitting.state = advance(sitting.state, SittingState.RELEASED)
    journal.append(tx, chain=sitting, kind="released", actor=actor.actor)


def _store(tx: Tx, result: ScoredAttempt) -> bool:
    attempt = tx.session.get(Attempt, result.attempt_id)
    if attempt is None:
        raise not_found("attempt", result.attempt_id)
    if attempt.state != "submitted" or _recovered_since(tx, attempt.id, result.head_seq):
        return False
    newest = tx.session.scalars(
        select(Score).where(Score.attempt_id == attempt.id).order_by(Score.version.desc())
    ).first()
    if newest is not None and (newest.attempt_head == result.head or result.reason is None):
        return True
    version = 1 if newest is None else newest.version + 1
    reason = None if newest is None else result.reason
    tx.session.add(
        Score(
            id=new_id(),
            attempt_id=attempt.id,
            version=version,
            points=result.points,
            sections=result.sections,
            attempt_head=result.head,
            scoring_digest=result.scoring_digest,
            scored_ms=tx.now.wall_ms,
            reason=reason,
        )
    )
    data: dict[str, Any] = {
        "points": result.points,
        "version": version,
        "scoring_digest": result.scoring_digest,
        "head": result.head,
    }
    if reason is not None:
        data["reason"] = reason
    journal.append(tx, chain=attempt, kind="scored", actor="system", data=data)
    tx.session.flush()
    return True


def _recovered_since(tx: Tx, attempt_id: str, head_seq: int) -> bool:
    later: Sequence[int] = tx.session.scalars(
        select(func.count())
        .select_from(JournalEntry)
        .where(
            JournalEntry.chain == attempt_id,
            JournalEntry.seq > head_seq,
            JournalEntry.kind == "recovered",
        )
    ).all()
    return bool(later[0])


def _sitting(tx: Tx, sitting_id: str) -> Sitting:
    sitting = tx.session.get(Sitting, sitting_id)
    if sitting is None:
        raise not_found("sitting", sitting_id)
    return sitting
