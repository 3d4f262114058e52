"""The candidate's own score page (docs/reference/terminal-api.md, Result; DOMAIN D8–D10)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.tables import Candidate, Exam, Sitting
from exam_server.profiles.profile import Profile
from exam_server.results.rules.showing import shown
from exam_server.results.rules.standing import Sat, plain_decimal, receipt_code, sum_of
from exam_server.results.tables import Score
from exam_server.results.views.table import full_of
from exam_server.room.tables import Attempt, JournalEntry
from exam_server.room.views.shelves import Shelves
from exam_server.storage.listed import listed

_SUBJECTS = (
    select(
        *(Attempt.candidate_id, Attempt.id, Attempt.ordinal, Attempt.subject, Attempt.state),
        *(Attempt.cause, Attempt.submitted_ms, Candidate.exam_id, Score.points),
        *(Attempt.sitting_id, Sitting.state.label("sitting_state")),
    )
    .join(Candidate, Candidate.id == Attempt.candidate_id)
    .join(Sitting, Sitting.id == Attempt.sitting_id)
    .outerjoin(Score, Score.attempt_id == Attempt.id)
    .where(Attempt.candidate_id.in_(listed("candidates")))
    .order_by(Attempt.ordinal, Score.version)
)
_DISPLAY = select(Exam.id, Exam.rules["score"]["display"].as_string().label("display"))
# by sitting and kind, for which there is an index: a chain holds a hundred answers
_HANDED_IN = select(JournalEntry.chain, JournalEntry.digest).where(
    JournalEntry.sitting_id.in_(listed("sittings")),
    JournalEntry.kind == "submitted",
    JournalEntry.chain.in_(listed("attempts")),
)


class ScoreLine(msgspec.Struct, frozen=True):
    """One subject; ``points`` None when there are none (absent, voided, not scored yet)."""

    ordinal: int
    name: str
    name_en: str
    points: str | None
    full: str
    state: str
    submitted_ms: int | None
    cause: str | None


class ScorePage(msgspec.Struct, frozen=True):
    """Scores without a verdict. ``provisional`` until the results are released."""

    provisional: bool
    sum: str | None
    full: str
    subjects: tuple[ScoreLine, ...]
    receipt: str
    publish_days: int | None


def score_pages(
    session: Session, candidate_ids: Collection[str], shelves: Shelves
) -> dict[str, ScorePage]:
    """The scores of these candidates, by candidate id.

    Who may not see them yet is not there: the profile does not show them at this moment, or
    a score is still missing (DOMAIN D8).
    """
    people = _ready(session, candidate_ids)
    digests = _digests(session, [row for rows in people.values() for row in rows])
    return {
        ident: _page(rows, shelves.exam(session, rows[0].exam_id).rules, digests)
        for ident, rows in people.items()
    }


def _ready(session: Session, candidate_ids: Collection[str]) -> dict[str, list[Any]]:
    """Who may see their points: their attempts, each with its newest score."""
    display = {row.id: row.display for row in session.execute(_DISPLAY)}
    people: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in session.execute(_SUBJECTS, {"candidates": list(candidate_ids)}):
        people[row.candidate_id][row.id] = row  # the last version wins
    found = {ident: list(attempts.values()) for ident, attempts in people.items()}
    return {
        ident: rows
        for ident, rows in found.items()
        if shown(display[rows[0].exam_id], [_sat(row) for row in rows], rows[0].sitting_state)
    }


def _sat(row: Any) -> Sat:
    """The points count only for what was handed in."""
    counts = row.state == "submitted" and row.points is not None
    return Sat(row.subject, row.state, Decimal(row.points) if counts else None)


def _digests(session: Session, rows: Collection[Any]) -> dict[str, str]:
    """The digest of each attempt's ``submitted`` entry."""
    wanted = {
        "sittings": list({row.sitting_id for row in rows}),
        "attempts": [row.id for row in rows],
    }
    return {row.chain: row.digest for row in session.execute(_HANDED_IN, wanted)}


def _page(rows: Sequence[Any], profile: Profile, digests: Mapping[str, str]) -> ScorePage:
    total = sum_of([_sat(row) for row in rows])
    return ScorePage(
        provisional=rows[0].sitting_state != SittingState.RELEASED,
        sum=plain_decimal(total) if total is not None and profile.score.show_sum else None,
        full=full_of(profile),
        subjects=tuple(_line(row, profile) for row in rows),
        receipt=receipt_code([(row.id, digests[row.id]) for row in rows if row.id in digests]),
        publish_days=profile.publish.working_days,
    )


def receipt_of(session: Session, attempt_ids: list[str]) -> str:
    """The receipt code of a person's attempts, as terminal and room sheet print it."""
    entries = session.scalars(
        select(JournalEntry).where(
            JournalEntry.chain.in_(attempt_ids), JournalEntry.kind == "submitted"
        )
    )
    digests = {entry.chain: entry.digest for entry in entries}
    return receipt_code(
        [(attempt, digests[attempt]) for attempt in attempt_ids if attempt in digests]
    )


def _line(row: Any, profile: Profile) -> ScoreLine:
    subject, points = profile.subjects[row.subject], _sat(row).points
    return ScoreLine(
        ordinal=row.ordinal,
        name=subject.name,
        name_en=subject.name_en,
        points=None if points is None else plain_decimal(points),
        full=subject.full_mark,
        state=row.state,
        submitted_ms=row.submitted_ms,
        cause=row.cause,
    )
