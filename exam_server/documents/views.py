"""What the page that prints can be asked for."""

from __future__ import annotations

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.auth.identity import Staff
from exam_server.desk.tables import Candidate
from exam_server.desk.views import sittings_of, whole_rules
from exam_server.documents.papers.rosters import roster_forms
from exam_server.documents.scope import COUNTY
from exam_server.errors import not_found


class Room(msgspec.Struct, frozen=True):
    """A sitting to choose."""

    id: str
    centre: str
    room: str
    name: str
    start_ms: int
    people: int


class Choices(msgspec.Struct, frozen=True):
    """What an exam can be narrowed to. ``forms``: rosters by id and name."""

    rooms: tuple[Room, ...]
    units: tuple[str, ...]
    counties: tuple[str, ...]
    forms: tuple[tuple[str, str], ...]


def choices(session: Session, exam_id: str, staff: Staff) -> Choices:
    """Of the exam, for this member of staff: a city's office sees no rooms and its own units.
    ``not_found`` 404."""
    own = [] if staff.city is None else [Candidate.city == staff.city]
    people = session.execute(
        select(Candidate.unit, Candidate.details).where(Candidate.exam_id == exam_id, *own)
    ).all()
    rooms = () if staff.city is not None else sittings_of(session, exam_id)
    return Choices(
        rooms=tuple(
            Room(one.id, one.centre, one.room, one.name, one.planned_start_ms, one.candidates)
            for one in rooms
            if one.candidates
        ),
        units=tuple(sorted({unit for unit, _ in people})),
        counties=tuple(sorted({str(one[COUNTY]) for _, one in people if one.get(COUNTY)})),
        forms=tuple(
            (ident, form.name)
            for ident, form in roster_forms(whole_rules(session, exam_id)).items()
        ),
    )


def candidate_with(session: Session, exam_id: str, ticket: str) -> str:
    """The id of who has this ticket number; ``not_found`` 404."""
    found = session.scalars(
        select(Candidate.id).where(Candidate.exam_id == exam_id, Candidate.ticket == ticket)
    ).first()
    if found is None:
        raise not_found("ticket", ticket)
    return found
