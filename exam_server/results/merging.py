"""What of the centres' packages counts at the hub: read, and written in batches.

Rows of :class:`MergedAttempt` are made from packages and from nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Table, delete, insert, select
from sqlalchemy.orm import Session

from exam_server.desk.tables import Candidate
from exam_server.ids import new_id
from exam_server.results.attempts import attempt_rows, scores_by_attempt
from exam_server.results.corrected_keys import corrected_keys
from exam_server.results.package_file import ResultFile
from exam_server.results.packed import people_in
from exam_server.results.ruled import add_ruling
from exam_server.results.rules.merging import Registered, Sat
from exam_server.results.rules.ruling import ALL
from exam_server.results.rules.standing import counting
from exam_server.results.tables import MergedAttempt, Ruling, Score
from exam_server.storage.base import Base
from exam_server.storage.listed import listed


class Here(msgspec.Struct, frozen=True):
    """What counts already of some people. ``sat``: by ticket and subject, the package ("" for a
    room of this machine) and what it says; ``versions``: by attempt, points and scoring digest,
    as its centre scored it; ``all_versions``: by attempt, the points of every version, those by
    keys that were corrected here among them."""

    sat: dict[tuple[str, str], tuple[str, Sat]]
    versions: dict[str, list[tuple[str, str]]]
    all_versions: dict[str, list[str]]

    @property
    def own(self) -> frozenset[str]:
        """The attempts that were sat in rooms of this machine."""
        return frozenset(sat.attempt for imported, sat in self.sat.values() if not imported)


def roster_of(session: Session, exam_id: str, tickets: Iterable[str]) -> dict[str, Registered]:
    """The hub's own candidates by ticket."""
    rows = session.execute(
        select(
            *(Candidate.ticket, Candidate.id, Candidate.id_masked),
            *(Candidate.trade, Candidate.level),
        ).where(Candidate.exam_id == exam_id, Candidate.ticket.in_(listed("tickets"))),
        {"tickets": list(tickets)},
    )
    return {str(ticket): Registered(*facts) for ticket, *facts in rows}


def here_of(session: Session, roster: Mapping[str, Registered]) -> Here:
    """What counts already of these people. What was corrected here is no contradiction: a package
    is held against what its centre said before."""
    ticket_of = {known.candidate_id: ticket for ticket, known in roster.items()}
    chosen = [Candidate.id.in_(list(ticket_of))]
    made_here, stored = corrected_keys(session), scores_by_attempt(session, chosen)
    versions = {
        attempt: [
            (score.points, score.scoring_digest)
            for score in scores
            if score.scoring_digest not in made_here
        ]
        for attempt, scores in stored.items()
    }
    sat = {
        (ticket_of[row.candidate_id], row.subject): (
            row.imported_id,
            Sat(row.id, row.state, counting(row.state, _newest(versions.get(row.id)))),
        )
        for row in attempt_rows(session, chosen)
    }
    points = {attempt: [score.points for score in scores] for attempt, scores in stored.items()}
    return Here(sat, versions, points)


def put(
    session: Session,
    file: ResultFile,
    imported_id: str,
    roster: Mapping[str, Registered],
    here: Here,
    corrected: Mapping[str, dict[str, Any]] | None = None,
) -> None:
    """Make the package count for its people, in place of what counted of them from others.

    ``corrected``: by attempt, what is noted beside an attempt that takes another's place.
    """
    attempts = _attempts(file, imported_id, roster, here.own, corrected or {})
    if not attempts:
        return
    connection = session.connection()
    people = {"people": sorted({row["candidate_id"] for row in attempts})}
    connection.execute(
        delete(MergedAttempt).where(MergedAttempt.candidate_id.in_(listed("people"))), people
    )
    connection.execute(insert(_table(MergedAttempt)), attempts)
    if scores := _scores(file, {row["id"] for row in attempts}, here):
        connection.execute(insert(_table(Score)), scores)
    _hold(session, file, roster)


def left_of(session: Session, imported_id: str) -> bool:
    """Whether anything of a package still counts."""
    query = select(MergedAttempt.id).where(MergedAttempt.imported_id == imported_id).limit(1)
    return session.scalars(query).first() is not None


def _attempts(
    file: ResultFile,
    imported_id: str,
    roster: Mapping[str, Registered],
    own: frozenset[str],
    corrected: Mapping[str, dict[str, Any]],
) -> list[dict[str, Any]]:
    ordinals = {column.id: column.ordinal for column in file.results.table.columns}
    forms = {score.attempt: score.form for score in file.results.scores}
    return [
        {
            "id": found.attempt_id,
            "imported_id": imported_id,
            "candidate_id": roster[ticket].candidate_id,
            "subject": subject,
            "ordinal": ordinals[subject],
            "form_id": forms.get(found.attempt_id, ""),
            "state": found.state,
            "cause": found.cause,
            "answered": found.answered,
            "started_ms": found.started_ms,
            "submitted_ms": found.submitted_ms,
            "head": file.manifest.heads[found.attempt_id][1],
            "corrected": corrected.get(found.attempt_id),
        }
        for ticket, row in people_in(file)
        for subject, found in row.subjects.items()
        if found.attempt_id not in own
    ]


def _scores(file: ResultFile, attempts: set[str], here: Here) -> list[dict[str, Any]]:
    """The versions that are not here yet, after those that are."""
    return [
        {
            "id": new_id(),
            "attempt_id": score.attempt,
            "version": score.version + _made_here(here, score.attempt),
            "points": score.points,
            "sections": score.sections,
            "attempt_head": score.head,
            "scoring_digest": score.scoring_digest,
            "scored_ms": score.scored_ms,
            "reason": score.reason,
        }
        for score in file.results.scores
        if score.attempt in attempts and score.version > len(here.versions.get(score.attempt, ()))
    ]


def _made_here(here: Here, attempt: str) -> int:
    """How many versions of an attempt's score no centre knows of."""
    return len(here.all_versions.get(attempt, ())) - len(here.versions.get(attempt, ()))


def _hold(session: Session, file: ResultFile, roster: Mapping[str, Registered]) -> None:
    """A violation that a centre recorded holds the score until the authority has ruled."""
    ids = [one.id for one in file.results.violations]
    known = set(session.scalars(select(Ruling.id).where(Ruling.id.in_(ids))))
    for one in file.results.violations:
        if one.id not in known and one.ticket in roster:
            add_ruling(
                session,
                ident=one.id,
                candidate_id=roster[one.ticket].candidate_id,
                subject=ALL,
                decision="held",
                reason=one.text,
                document="",
                at_ms=one.at_ms,
                staff_id="system",
            )


def _newest(versions: list[tuple[str, str]] | None) -> str | None:
    return versions[-1][0] if versions else None


def _table(model: type[Base]) -> Table:
    return Base.metadata.tables[model.__tablename__]
