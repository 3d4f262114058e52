"""A group's results as they would be published now, and what was published before."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.results.rules.official import WITHDRAWN, Official, withdrawn
from exam_server.results.rules.outcome import Status
from exam_server.results.tables import ReleasedResult, ResultsRelease
from exam_server.results.views.outcomes import PersonOutcome, outcomes
from question_bank.canonical import canonical


@dataclass(frozen=True, slots=True)
class Ready:
    """One person's result, ready to be published. ``shown``: points on the spot by subject;
    ``reasons``: what the record says of a change, by its field."""

    ticket: str | None
    official: Official
    shown: Mapping[str, str]
    reasons: Mapping[str, str]


def ready_results(
    session: Session, exam_id: str, groups: Collection[str], today: date
) -> dict[str, dict[str, Ready]]:
    """The results of these groups' people as they stand: group → candidate id → result."""
    only = next(iter(groups)) if len(groups) == 1 else None
    found: dict[str, dict[str, Ready]] = {group: {} for group in groups}
    for person in outcomes(session, exam_id, today=today, group=only).people:
        if person.group in found:
            found[person.group][person.candidate_id] = _ready(person)
    return found


def as_published(before: Mapping[str, Official], ready: Mapping[str, Ready]) -> dict[str, Official]:
    """What a release of ``ready`` would hold after ``before``: who has left the group since is
    there as withdrawn."""
    found = {ident: one.official for ident, one in ready.items()}
    return found | {ident: withdrawn(before[ident]) for ident in before.keys() - found.keys()}


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


def published(session: Session, candidate_id: str) -> bool:
    """Whether this person's result is published, and was not withdrawn since."""
    newest = session.scalars(
        select(ReleasedResult.official)
        .join(ResultsRelease, ResultsRelease.id == ReleasedResult.release_id)
        .where(ReleasedResult.candidate_id == candidate_id)
        .order_by(ResultsRelease.version.desc())
        .limit(1)
    ).first()
    return newest is not None and newest["status"] != WITHDRAWN


def released_in(session: Session, release: ResultsRelease) -> dict[str, Official]:
    """What one release published, by candidate id."""
    rows = session.execute(
        select(ReleasedResult.candidate_id, ReleasedResult.official).where(
            ReleasedResult.release_id == release.id
        )
    )
    return {ident: msgspec.convert(official, Official) for ident, official in rows}


def _ready(person: PersonOutcome) -> Ready:
    fields = {one.subject: f"points.{one.subject}" for one in person.subjects.values()}
    return Ready(
        ticket=person.ticket,
        official=_official(person),
        shown={
            subject: one.provisional
            for subject, one in person.subjects.items()
            if one.provisional is not None
        },
        reasons={
            fields.get(one.subject, one.subject): one.reason
            for one in person.differences
            if one.reason
        },
    )


def _official(person: PersonOutcome) -> Official:
    """While a violation waits for its ruling the score stays and is not published (D37)."""
    held = person.status is Status.HELD
    practical = person.practical
    return Official(
        subjects={
            subject: None if held else one.points for subject, one in person.subjects.items()
        },
        states={subject: one.state for subject, one in person.subjects.items()},
        sum=None if held else person.sum,
        practical=None if held or practical is None else practical.points or practical.result,
        line=person.line,
        status=person.status.value if person.status is not None else "undecided",
        reasons=person.reasons,
        valid_until=person.valid_until,
    )
