"""Whose results wait for a ruling 处理决定, and every ruling there was (DOMAIN D37)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.auth.identity import Staff
from exam_server.auth.views import staff_names
from exam_server.desk.tables import Candidate
from exam_server.results.beside import effects
from exam_server.results.records import exam_and_profile
from exam_server.results.rules.group import line_city
from exam_server.results.rules.ruling import ALL, NOTHING, Effect
from exam_server.results.tables import Ruling
from exam_server.results.views.table import SubjectColumn, columns_of
from exam_server.room.tables import Incident


class Said(msgspec.Struct, frozen=True):
    """A violation as it was recorded (decision ``violation``), or a ruling. ``subject``: its id,
    ``*`` for all, "" of a violation."""

    decision: str
    subject: str
    text: str
    document: str
    by: str
    at_ms: int


class RuledPerson(msgspec.Struct, frozen=True):
    """``held``: waits for a ruling; ``void``: subject ids whose score is void, ``*`` for all."""

    ticket: str
    name: str
    city: str
    trade: str
    level_name: str
    held: bool
    void: tuple[str, ...]
    said: tuple[Said, ...]


class RulingPage(msgspec.Struct, frozen=True):
    """Those who wait first."""

    columns: tuple[SubjectColumn, ...]
    people: tuple[RuledPerson, ...]


def ruling_page(session: Session, exam_id: str, *, viewer: Staff) -> RulingPage:
    """The exam's violations and rulings; a city's account sees its own people. ``not_found``
    404."""
    exam, profile = exam_and_profile(session, exam_id)
    chosen = [Candidate.exam_id == exam.id]
    found, said = effects(session, chosen), _said(session, exam.id)
    columns = columns_of(profile)
    rows = session.scalars(select(Candidate).where(*chosen, Candidate.id.in_(list(said))))
    people = [
        RuledPerson(
            ticket=row.ticket or "",
            name=row.name,
            city=row.city,
            trade=row.trade,
            level_name=profile.level_name(row.level),
            held=found.get(row.id, NOTHING).held,
            void=_void(found.get(row.id, NOTHING), [column.id for column in columns]),
            said=tuple(said[row.id]),
        )
        for row in rows
        if viewer.city in (None, line_city(row.city))
    ]
    ordered = sorted(people, key=lambda one: (not one.held, one.ticket))
    return RulingPage(columns, tuple(ordered))


def _void(effect: Effect, subjects: Sequence[str]) -> tuple[str, ...]:
    """In the block's order; ``*`` where it is every subject."""
    found = tuple(subject for subject in subjects if effect.voids(subject))
    return (ALL,) if len(found) == len(subjects) else found


def _said(session: Session, exam_id: str) -> dict[str, list[Said]]:
    """By candidate id: violations, then rulings in the order in which they were made."""
    violations = session.execute(
        select(Candidate.id, Incident)
        .join(Candidate, Candidate.id == Incident.candidate_id)
        .where(Incident.kind == "violation", Candidate.exam_id == exam_id)
        .order_by(Incident.at_ms)
    ).all()
    rulings = session.scalars(
        select(Ruling)
        .join(Candidate, Candidate.id == Ruling.candidate_id)
        .where(Candidate.exam_id == exam_id)
        .order_by(Ruling.number)
    ).all()
    ids = [*(found.staff_id for _, found in violations), *(row.staff_id for row in rulings)]
    names = staff_names(session, ids)
    said: dict[str, list[Said]] = defaultdict(list)
    for ident, one in violations:
        by = names.get(one.staff_id, one.staff_id)
        said[ident].append(Said("violation", "", one.text, "", by, one.at_ms))
    for row in rulings:
        by = names.get(row.staff_id, "")
        said[row.candidate_id].append(
            Said(row.decision, row.subject, row.reason, row.document, by, row.at_ms)
        )
    return said
