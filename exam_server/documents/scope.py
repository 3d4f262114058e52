"""Whom a document is about: one person, a room, a unit, a county, a whole exam."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from exam_server.desk.rules.changes import Registration
from exam_server.desk.tables import Candidate, Sitting
from exam_server.errors import Refusal
from exam_server.storage.listed import listed

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


def members(session: Session, scope: Scope) -> list[Member]:
    """The scope's candidates whose registration holds, by start, room and seat.

    Refusal ``nobody_to_print`` 404 when there is nobody.
    """
    chosen = [
        Candidate.exam_id == scope.exam_id,
        Candidate.registration == Registration.IN_FORCE.value,
    ]
    for column, value in (
        (Candidate.sitting_id, scope.sitting_id),
        (Candidate.id, scope.candidate_id),
        (Candidate.unit, scope.unit),
        (Candidate.city, scope.city),
    ):
        if value is not None:
            chosen.append(column == value)
    found = _members(session, chosen)
    if scope.county is not None:
        found = [one for one in found if one.county == scope.county]
    if not found:
        raise Refusal("nobody_to_print", 404)
    return found


def members_named(session: Session, ids: Sequence[str]) -> list[Member]:
    """These candidates, in the same order as :func:`members` has them."""
    return _members(session, [Candidate.id.in_(listed("people"))], {"people": list(ids)})


def _members(
    session: Session,
    chosen: Sequence[ColumnElement[bool]],
    values: Mapping[str, object] | None = None,
) -> list[Member]:
    rows = session.execute(
        select(Candidate, Sitting)
        .outerjoin(Sitting, Sitting.id == Candidate.sitting_id)
        .where(*chosen)
        .order_by(
            Sitting.planned_start_ms, Sitting.room, Candidate.seat, Candidate.name, Candidate.id
        ),
        values or {},
    )
    return [Member(person, sitting) for person, sitting in rows]
