"""A group's results as they would be published now, and what the record says of their changes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.desk.tables import Exam
from exam_server.profiles.profile import Profile
from exam_server.results.people import Person
from exam_server.results.rules.entries import Standing
from exam_server.results.rules.official import Official
from exam_server.results.rules.standing import plain_decimal
from exam_server.results.tables import CutScore, ReleasedResult, ResultsRelease, Score
from exam_server.results.views.table import decision_of
from exam_server.room.tables import Attempt
from exam_server.storage.listed import listed
from question_bank.canonical import canonical

# what a line in effect decides, as status and reason
_DECIDED: dict[str, tuple[str, tuple[str, ...]]] = {
    "qualified": ("pass", ()),
    "review": ("pass", ("review",)),
    "not_reached": ("fail", ("line",)),
    "undecided_practical": ("undecided", ("practical_missing",)),
    "undecided_conditional": ("conditional", ("documents",)),
}
_STANDS: dict[Standing, tuple[str, tuple[str, ...]]] = {
    Standing.ABSENT: ("absent", ()),
    Standing.VOIDED: ("void", ()),
    Standing.PARTIAL: ("fail", ("subject_missing",)),
}


def official_results(
    session: Session, exam: Exam, profile: Profile, line: CutScore | None, members: Sequence[Person]
) -> dict[str, Official]:
    """The results of a group's people under its line, by candidate id; ``line``: None where
    nobody has a valid score."""
    states = _states(session, [person.entry.candidate_id for person in members])
    until = f"{exam.year}-12-31" if profile.publish.validity == "calendar_year" else None
    return {
        person.entry.candidate_id: _official(
            person, profile, line, states.get(person.entry.candidate_id, {}), until
        )
        for person in members
    }


def digest_of(results: Mapping[str, Official]) -> str:
    """SHA-256 (hex) of the canonical results, by candidate id."""
    rows = [[ident, msgspec.to_builtins(one)] for ident, one in sorted(results.items())]
    return hashlib.sha256(canonical(rows)).hexdigest()


def newest_release(session: Session, exam_id: str, group: str) -> ResultsRelease | None:
    """The group's release that counts, None before the first."""
    return session.scalars(
        select(ResultsRelease)
        .where(ResultsRelease.exam_id == exam_id, ResultsRelease.group_key == group)
        .order_by(ResultsRelease.version.desc())
        .limit(1)
    ).first()


def released_in(session: Session, release: ResultsRelease) -> dict[str, Official]:
    """What one release published, by candidate id."""
    rows = session.execute(
        select(ReleasedResult.candidate_id, ReleasedResult.official).where(
            ReleasedResult.release_id == release.id
        )
    )
    return {ident: msgspec.convert(official, Official) for ident, official in rows}


def shown_first(session: Session, ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """The first score of every subject, as the machine showed it: candidate → subject → points."""
    rows = session.execute(
        select(Attempt.candidate_id, Attempt.subject, Score.points)
        .join(Score, Score.attempt_id == Attempt.id)
        .where(Attempt.candidate_id.in_(listed("people")), Score.version == 1),
        {"people": list(ids)},
    )
    found: dict[str, dict[str, str]] = {}
    for candidate_id, subject, points in rows:
        found.setdefault(candidate_id, {})[subject] = plain_decimal(Decimal(points))
    return found


def recorded_reasons(session: Session, ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """Why points are not the first ones, where scoring again has said so: candidate → field of a
    :class:`exam_server.results.rules.official.Change` → reason."""
    rows = session.execute(
        select(Attempt.candidate_id, Attempt.subject, Score.reason)
        .join(Score, Score.attempt_id == Attempt.id)
        .where(Attempt.candidate_id.in_(listed("people")), Score.reason.is_not(None))
        .order_by(Score.version),
        {"people": list(ids)},
    )
    found: dict[str, dict[str, str]] = {}
    for candidate_id, subject, reason in rows:
        found.setdefault(candidate_id, {})[f"points.{subject}"] = reason or ""
    return found


def _official(
    person: Person,
    profile: Profile,
    line: CutScore | None,
    states: Mapping[str, str],
    until: str | None,
) -> Official:
    entry = person.entry
    status, reasons = _decided(person, profile, line)
    points = {
        subject: None if subject not in entry.subjects else plain_decimal(entry.subjects[subject])
        for _, subject, _ in profile.ordered
    }
    whole = all(value is not None for value in points.values())
    return Official(
        subjects=points,
        states=dict(states),
        sum=plain_decimal(sum(entry.subjects.values(), Decimal(0))) if whole else None,
        line=None if line is None else line.line,
        status=status,
        reasons=reasons,
        valid_until=until,
    )


def _decided(
    person: Person, profile: Profile, line: CutScore | None
) -> tuple[str, tuple[str, ...]]:
    entry = person.entry
    if entry.standing in _STANDS:
        return _STANDS[entry.standing]
    if line is None:  # a registration that is not cleared, among nobody valid
        return _DECIDED["undecided_conditional"]
    return _DECIDED[decision_of(entry, person.level, profile, line) or "not_reached"]


def _states(session: Session, ids: Sequence[str]) -> dict[str, dict[str, str]]:
    rows = session.execute(
        select(Attempt.candidate_id, Attempt.subject, Attempt.state).where(
            Attempt.candidate_id.in_(listed("people"))
        ),
        {"people": list(ids)},
    )
    found: dict[str, dict[str, str]] = {}
    for candidate_id, subject, state in rows:
        found.setdefault(candidate_id, {})[subject] = state
    return found
