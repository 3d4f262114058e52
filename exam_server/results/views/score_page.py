"""The candidate's own score page (docs/reference/terminal-api.md, Result; DOMAIN D8–D10)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.tables import Candidate, Exam, Sitting
from exam_server.errors import Refusal, not_found
from exam_server.profiles.profile import Profile
from exam_server.results.records import Record, SubjectRecord, exam_and_profile, records
from exam_server.results.rules.showing import Sat, shown
from exam_server.results.rules.standing import plain_decimal, receipt_code
from exam_server.results.tables import Score
from exam_server.results.views.table import full_of
from exam_server.room.tables import Attempt, JournalEntry
from exam_server.storage.listed import listed

_SAT = (
    select(
        *(Attempt.candidate_id, Attempt.state, Candidate.exam_id),
        Sitting.state.label("sitting_state"),
        exists().where(Score.attempt_id == Attempt.id).label("scored"),
    )
    .join(Candidate, Candidate.id == Attempt.candidate_id)
    .outerjoin(Sitting, Sitting.id == Candidate.sitting_id)
    .where(Attempt.candidate_id.in_(listed("candidates")))
)
_DISPLAY = select(Exam.id, Exam.rules["score"]["display"].as_string().label("display"))


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


def score_page(session: Session, candidate_id: str) -> ScorePage:
    """The candidate's scores. Refusals: ``not_found`` 404; ``result_not_yet`` 409 while the
    profile does not show them yet, or a score is still missing."""
    person = session.get(Candidate, candidate_id)
    if person is None:
        raise not_found("candidate", candidate_id)
    _, profile = exam_and_profile(session, person.exam_id)
    (record,) = records(session, profile, exam_id=person.exam_id, candidate_id=candidate_id)
    if not _shown(record, profile):
        raise Refusal("result_not_yet", 409)
    released = record.sitting is not None and record.sitting.state == SittingState.RELEASED
    return ScorePage(
        provisional=not released,
        sum=plain_decimal(record.sum)
        if record.sum is not None and profile.score.show_sum
        else None,
        full=full_of(profile),
        subjects=tuple(_line(found, profile) for found in record.subjects),
        receipt=receipt_of(session, [found.attempt.id for found in record.subjects]),
        publish_days=profile.publish.working_days,
    )


def results_ready(session: Session, candidate_ids: Collection[str]) -> set[str]:
    """Those of the candidates whom :func:`score_page` would answer."""
    display = {row.id: row.display for row in session.execute(_DISPLAY)}
    sat: dict[str, list[Any]] = defaultdict(list)
    for row in session.execute(_SAT, {"candidates": list(candidate_ids)}):
        sat[row.candidate_id].append(row)
    return {
        ident
        for ident, rows in sat.items()
        if shown(
            display[rows[0].exam_id],
            [Sat(row.state, row.scored) for row in rows],
            rows[0].sitting_state,
        )
    }


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


def _shown(record: Record, profile: Profile) -> bool:
    return shown(
        profile.score.display,
        [Sat(found.attempt.state, found.score is not None) for found in record.subjects],
        record.sitting.state if record.sitting is not None else None,
    )


def _line(found: SubjectRecord, profile: Profile) -> ScoreLine:
    subject = profile.subjects[found.attempt.subject]
    return ScoreLine(
        ordinal=found.attempt.ordinal,
        name=subject.name,
        name_en=subject.name_en,
        points=None if found.points is None else plain_decimal(found.points),
        full=subject.full_mark,
        state=found.attempt.state,
        submitted_ms=found.attempt.submitted_ms,
        cause=found.attempt.cause,
    )
