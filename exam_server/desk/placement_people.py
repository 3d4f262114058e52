"""Who is to be seated, and at which of the times they sit another exam: plain queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from exam_server.desk.rules.batches import Seeker
from exam_server.desk.rules.changes import kept_from_seat
from exam_server.desk.rules.needs import needs_of
from exam_server.desk.rules.placement_remarks import span_minutes
from exam_server.desk.tables import Candidate, Exam, Placed, Sitting
from exam_server.profiles.profile import Profile, of_exam

MINUTE_MS = 60_000


def seekers(
    session: Session,
    profile: Profile,
    *,
    exam_id: str,
    starts_ms: Sequence[int],
    cities: Sequence[str] = (),
    placement_id: str | None = None,
) -> tuple[dict[str, Seeker], Decimal]:
    """Who sits and has no seat yet, by id, and the largest time factor among them.

    ``cities``: only of these; () = all. ``placement_id``: only of this plan.
    """
    query = select(Candidate).where(Candidate.exam_id == exam_id, Candidate.seat.is_(None))
    if cities:
        query = query.where(Candidate.city.in_(cities))
    if placement_id is not None:
        query = query.join(Placed, Placed.candidate_id == Candidate.id).where(
            Placed.placement_id == placement_id
        )
    elsewhere = _elsewhere(session, profile, exam_id, starts_ms)
    found: dict[str, Seeker] = {}
    factor = Decimal(1)
    for person in session.scalars(query):
        if kept_from_seat(
            profile, route=person.route, paid=person.paid, registration=person.registration
        ):
            continue
        needs = needs_of(person.needs)
        factor = max(factor, Decimal(needs.time_factor))
        found[person.id] = Seeker(
            id=person.id,
            city=person.city,
            trade=person.trade,
            level=person.level,
            apart=needs.separate_room,
            elsewhere=elsewhere.get(person.id, frozenset()),
        )
    return found, factor


def _elsewhere(
    session: Session, profile: Profile, exam_id: str, starts_ms: Sequence[int]
) -> dict[str, frozenset[int]]:
    """By person the times, by index, at which they are seated in another exam (DOMAIN D36)."""
    if not starts_ms:
        return {}
    other = aliased(Candidate)
    rows = session.execute(
        select(Candidate.id, Sitting.planned_start_ms, Sitting.exam_id)
        .join(other, other.id_lookup == Candidate.id_lookup)
        .join(Sitting, Sitting.id == other.sitting_id)
        .where(Candidate.exam_id == exam_id, other.exam_id != exam_id)
    ).all()
    spans = _spans(session, {exam for _, _, exam in rows})
    mine = span_minutes(profile) * MINUTE_MS
    found: dict[str, set[int]] = {}
    for ident, start, exam in rows:
        for index, at in enumerate(starts_ms):
            if at < start + spans[exam] and start < at + mine:
                found.setdefault(ident, set()).add(index)
    return {ident: frozenset(indexes) for ident, indexes in found.items()}


def taken_rooms(
    session: Session, rooms: Sequence[tuple[str, str]], starts_ms: Sequence[int], span_ms: int
) -> list[tuple[int, str, str]]:
    """(index of the time, centre, room) for every room in which another sitting is planned."""
    wanted = set(rooms)
    planned = session.execute(
        select(Sitting.centre, Sitting.room, Sitting.planned_start_ms, Sitting.exam_id).where(
            Sitting.centre.in_({centre for centre, _ in wanted})
        )
    ).all()
    spans: Mapping[str, int] = _spans(session, {row.exam_id for row in planned})
    return [
        (index, row.centre, row.room)
        for row in planned
        if (row.centre, row.room) in wanted
        for index, at in enumerate(starts_ms)
        if at < row.planned_start_ms + spans[row.exam_id] and row.planned_start_ms < at + span_ms
    ]


def _spans(session: Session, exam_ids: set[str]) -> dict[str, int]:
    exams = session.scalars(select(Exam).where(Exam.id.in_(exam_ids)))
    return {exam.id: span_minutes(of_exam(exam)) * MINUTE_MS for exam in exams}
