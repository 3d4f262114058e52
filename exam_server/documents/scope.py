"""Whom a document is about: one person, a room, a unit, a county, a whole exam."""

from __future__ import annotations

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.desk.tables import Candidate, Sitting
from exam_server.errors import Refusal

COUNTY = "county"  # in Candidate.details


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What is named narrows the exam's candidates. ``city``: a city's office sees its own."""

    exam_id: str
    sitting_id: str | None = None
    candidate_id: str | None = None
    unit: str | None = None
    county: str | None = None
    city: str | None = None


class Member(msgspec.Struct, frozen=True):
    """A candidate and the sitting they are placed in."""

    person: Candidate
    sitting: Sitting | None

    @property
    def county(self) -> str:
        """县区 as the roster has it, "" where it has none."""
        return str(self.person.details.get(COUNTY, ""))


def members(session: Session, scope: Scope, *, placed: bool = False) -> list[Member]:
    """The scope's candidates by start, room and seat; ``placed``: only who has ticket and seat.

    Refusal ``nobody_to_print`` 404 when there is nobody.
    """
    chosen = [Candidate.exam_id == scope.exam_id]
    if scope.sitting_id is not None:
        chosen.append(Candidate.sitting_id == scope.sitting_id)
    if scope.candidate_id is not None:
        chosen.append(Candidate.id == scope.candidate_id)
    if scope.unit is not None:
        chosen.append(Candidate.unit == scope.unit)
    if scope.city is not None:
        chosen.append(Candidate.city == scope.city)
    rows = session.execute(
        select(Candidate, Sitting)
        .outerjoin(Sitting, Sitting.id == Candidate.sitting_id)
        .where(*chosen)
        .order_by(
            Sitting.planned_start_ms, Sitting.room, Candidate.seat, Candidate.name, Candidate.id
        )
    )
    found = [Member(person, sitting) for person, sitting in rows]
    if scope.county is not None:
        found = [one for one in found if one.county == scope.county]
    if placed:
        found = [one for one in found if one.sitting is not None and one.person.ticket]
    if not found:
        raise Refusal("nobody_to_print", 404)
    return found
