"""Attempts and their scores wherever they were sat: in rooms of this machine, or at a centre
whose package counts.

Whoever reads results reads here. ``chosen``: conditions over :class:`Candidate`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, literal, null, select
from sqlalchemy.orm import Session

from exam_server.desk.tables import Candidate
from exam_server.results.corrected_keys import replaced_keys
from exam_server.results.tables import MergedAttempt, Score
from exam_server.room.tables import Attempt

SOURCES: tuple[type[Attempt] | type[MergedAttempt], ...] = (Attempt, MergedAttempt)
Chosen = Sequence[ColumnElement[bool]]


class AttemptRow(NamedTuple):
    """One attempt. ``imported_id``: the package it came in, "" for a room of this machine.
    ``corrected``: where a correction took another attempt's place (:class:`MergedAttempt`)."""

    id: str
    candidate_id: str
    subject: str
    ordinal: int
    form_id: str
    state: str
    cause: str | None
    answered: int
    started_ms: int | None
    submitted_ms: int | None
    imported_id: str
    corrected: dict[str, Any] | None


def attempt_rows(session: Session, chosen: Chosen) -> list[AttemptRow]:
    """In the block's order."""
    found = []
    for source in SOURCES:
        merged = source is MergedAttempt
        query = (
            select(
                *(source.id, source.candidate_id, source.subject, source.ordinal, source.form_id),
                *(source.state, source.cause, source.answered, source.started_ms),
                source.submitted_ms,
                (MergedAttempt.imported_id if merged else literal("")).label("imported_id"),
                (MergedAttempt.corrected if merged else null()).label("corrected"),
            )
            .join(Candidate, Candidate.id == source.candidate_id)
            .where(*chosen)
        )
        found += [AttemptRow(**row._mapping) for row in session.execute(query)]
    return sorted(found, key=lambda row: row.ordinal)


def scores_by_attempt(session: Session, chosen: Chosen) -> dict[str, list[Score]]:
    """Every version, the oldest first."""
    found: dict[str, list[Score]] = defaultdict(list)
    for source in SOURCES:
        query = (
            select(Score)
            .join(source, source.id == Score.attempt_id)
            .join(Candidate, Candidate.id == source.candidate_id)
            .where(*chosen)
            .order_by(Score.version)
        )
        for score in session.scalars(query):
            found[score.attempt_id].append(score)
    return found


def sat_rows(session: Session, chosen: Chosen) -> Iterable[Any]:
    """As little as lines need: candidate, subject, state, and each version with its points
    (both None without a score; no points by a key that was corrected since)."""
    old = replaced_keys(session)
    points: Any = Score.points
    if old:
        points = case((Score.scoring_digest.in_(old), null()), else_=points)
    return chain.from_iterable(
        session.execute(
            select(source.candidate_id, source.subject, source.state, Score.version, points)
            .join(Candidate, Candidate.id == source.candidate_id)
            .outerjoin(Score, Score.attempt_id == source.id)
            .where(*chosen)
        )
        for source in SOURCES
    )
