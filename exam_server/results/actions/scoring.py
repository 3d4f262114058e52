"""Scores come in from the scorer; a sitting whose attempts all have one is scored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from exam_server.auth.identity import Role, Staff, require
from exam_server.desk.rules.lifecycle import SittingState, advance
from exam_server.desk.tables import Sitting
from exam_server.errors import not_found
from exam_server.ids import new_id
from exam_server.results.actions.golden import note_golden
from exam_server.results.corrections import NEVER_CORRECTED, Versions
from exam_server.results.rules.standing import plain_decimal
from exam_server.results.scorer_client import ScorerClient
from exam_server.results.tables import Score
from exam_server.results.views.pending import ScoringJob, unscored_in
from exam_server.room import journal
from exam_server.room.tables import Attempt, JournalEntry
from exam_server.storage.base import Base
from exam_server.storage.listed import listed
from exam_server.storage.tx import Tx

_ATTEMPTS = select(
    *(Attempt.id, Attempt.sitting_id, Attempt.candidate_id, Attempt.form_id),
    *(Attempt.state, Attempt.head_seq, Attempt.head),
).where(Attempt.id.in_(listed("attempts")))
_SCORES = (  # the last version wins
    select(Score.attempt_id, Score.version, Score.attempt_head)
    .where(Score.attempt_id.in_(listed("attempts")))
    .order_by(Score.version)
)
_INSERT = insert(Base.metadata.tables[Score.__tablename__])


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
    client: ScorerClient,
    job: ScoringJob,
    *,
    scoring_secret: bytes,
    data_folder: Path,
    corrections: Versions = NEVER_CORRECTED,
) -> list[ScoredAttempt]:
    """Have one form's pending attempts scored (outside any transaction).

    ``data_folder``: what the package's path is relative to. ``corrections``: of the form's key,
    those in force: what is scored late is scored by the same key as everybody else.
    :class:`exam_server.results.scorer_client.ScorerFailed` when the scorer cannot.
    """
    found = client.score(
        package_path=data_folder / job.package_path,
        form_id=job.form_id,
        scoring_secret=scoring_secret,
        responses={attempt.attempt_id: attempt.responses for attempt in job.attempts},
        corrections=corrections,
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
    results = list({result.attempt_id: result for result in scored}.values())
    wanted = {"attempts": [result.attempt_id for result in results]}
    attempts = {row.id: row for row in tx.session.execute(_ATTEMPTS, wanted)}
    for result in results:
        if result.attempt_id not in attempts:
            raise not_found("attempt", result.attempt_id)
    _note_golden(tx, results, attempts)
    newest = {row.attempt_id: row for row in tx.session.execute(_SCORES, wanted)}
    current = [one for one in results if _is_current(tx, one, attempts[one.attempt_id])]
    new = [one for one in current if _says_more(one, newest.get(one.attempt_id))]
    rows = [_row(tx, one, newest.get(one.attempt_id)) for one in new]
    if rows:
        tx.session.connection().execute(_INSERT, rows)
    turns = [journal.Turn(attempts[row["attempt_id"]], told(row)) for row in rows]
    journal.append_to_each(tx, kind="scored", actor="system", turns=turns)
    return [one.attempt_id for one in current]


def _note_golden(tx: Tx, results: Sequence[ScoredAttempt], attempts: Mapping[str, Any]) -> None:
    seen: set[tuple[str, str, str]] = set()
    for result in results:
        attempt = attempts[result.attempt_id]
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


def _is_current(tx: Tx, result: ScoredAttempt, attempt: Any) -> bool:
    """Whether what was scored is what counts: mostly nothing has been appended since."""
    if attempt.state != "submitted":
        return False
    return attempt.head == result.head or not _recovered_since(tx, attempt.id, result.head_seq)


def _says_more(result: ScoredAttempt, newest: Any) -> bool:
    """Whether this is no repetition of the newest score."""
    if newest is None:
        return True
    return newest.attempt_head != result.head and result.reason is not None


def _row(tx: Tx, result: ScoredAttempt, newest: Any) -> dict[str, Any]:
    """The score's row."""
    return {
        "id": new_id(),
        "attempt_id": result.attempt_id,
        "version": 1 if newest is None else newest.version + 1,
        "points": result.points,
        "sections": result.sections,
        "attempt_head": result.head,
        "scoring_digest": result.scoring_digest,
        "scored_ms": tx.now.wall_ms,
        "reason": None if newest is None else result.reason,
    }


def told(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the journal says of a score."""
    data = {name: row[name] for name in ("points", "version", "scoring_digest")}
    data["head"] = row["attempt_head"]
    return data if row["reason"] is None else {**data, "reason": row["reason"]}


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
    require(actor, Role.AUTHORITY, action="release", of_city=True)
    sitting = _sitting(tx, sitting_id)
    sitting.state = advance(sitting.state, SittingState.RELEASED)
    journal.append(tx, chain=sitting, kind="released", actor=actor.actor)


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
