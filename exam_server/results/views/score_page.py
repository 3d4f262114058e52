"""The candidate's own score page (docs/reference/terminal-api.md, Result; DOMAIN D8–D10)."""

from __future__ import annotations

import msgspec
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from exam_server.desk.rules.lifecycle import ENDED, SittingState
from exam_server.desk.tables import Candidate
from exam_server.errors import Refusal, not_found
from exam_server.profiles.profile import Profile
from exam_server.results.records import Record, SubjectRecord, exam_and_profile, records
from exam_server.results.rules.standing import plain_decimal, receipt_code
from exam_server.results.tables import Score
from exam_server.results.views.table import full_of
from exam_server.room.tables import Attempt, JournalEntry

_WAITING = (
    select(Attempt.id)
    .outerjoin(Score, Score.attempt_id == Attempt.id)
    .where(
        Attempt.candidate_id == bindparam("candidate"),
        Attempt.state == "submitted",
        Score.attempt_id.is_(None),
    )
)
_OVER = frozenset({"submitted", "absent", "voided"})


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


def result_ready(session: Session, candidate_id: str) -> bool:
    """Whether :func:`score_page` would answer; quickly where a score is still missing."""
    if session.execute(_WAITING, {"candidate": candidate_id}).first() is not None:
        return False
    try:
        score_page(session, candidate_id)
    except Refusal:
        return False
    return True


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
    over = [found for found in record.subjects if found.attempt.state in _OVER]
    waiting = any(
        found.attempt.state == "submitted" and found.score is None for found in record.subjects
    )
    if waiting or not any(found.attempt.state == "submitted" for found in over):
        return False
    match profile.score.display:
        case "after_subject":
            return True
        case "after_block":
            return len(over) == len(record.subjects)
        case "after_room_end":
            return record.sitting is not None and record.sitting.state in ENDED
        case "hidden":
            return False


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
