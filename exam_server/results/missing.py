"""Who of some people should have come in a centre's package that is not there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.results.late import late_people
from exam_server.results.people import Person
from exam_server.results.rules.entries import Standing
from exam_server.results.tables import Announcement


class MissingCentre(msgspec.Struct, frozen=True):
    """A centre whose package is missing, and how many of the people in question are in it."""

    centre: str
    people: int


def missing_centres(
    session: Session, exam_id: str, members: Iterable[Person]
) -> tuple[MissingCentre, ...]:
    """By centre's name; whoever has results is not asked about."""
    counted = Counter(_announced(session, exam_id, members).values())
    return tuple(MissingCentre(centre, people) for centre, people in sorted(counted.items()))


def missing_people(session: Session, exam_id: str, members: Iterable[Person]) -> frozenset[str]:
    """Candidate ids of those who wait for nothing but their centre's package."""
    waiting = list(members)
    of_ticket = {person.ticket: person.entry.candidate_id for person in waiting}
    return frozenset(of_ticket[ticket] for ticket in _announced(session, exam_id, waiting))


def _announced(session: Session, exam_id: str, members: Iterable[Person]) -> dict[str, str]:
    """Centre by ticket, of those of ``members`` without results who were announced."""
    pending = {
        person.entry.candidate_id: person.ticket
        for person in members
        if person.ticket is not None and person.entry.standing is Standing.PENDING
    }
    late = late_people(session, pending)  # they are here, and wait for another key
    waiting = {ticket for ident, ticket in pending.items() if ident not in late}
    if not waiting:
        return {}
    rows = session.execute(
        select(Announcement.centre, Announcement.seats).where(Announcement.exam_id == exam_id)
    )
    return {ticket: centre for centre, seats in rows for ticket in waiting & seats.keys()}
