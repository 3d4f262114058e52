"""Taking a roster into an exam: whole or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.auth.identity import OFFICE, Staff, require
from exam_server.clock import china_day
from exam_server.desk.actions.bars import barred_rows
from exam_server.desk.roster import problems_found
from exam_server.desk.rules import id_number
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.rules.photo import media_type
from exam_server.desk.rules.roster_pairs import doubles, spelt_twice
from exam_server.desk.rules.roster_row import RosterRow, room_number, row_problem
from exam_server.desk.tables import Candidate, Exam, Seat, Sitting
from exam_server.errors import Refusal, not_found
from exam_server.ids import new_id
from exam_server.keys import FieldCipher
from exam_server.profiles.profile import of_exam
from exam_server.storage.acts import record
from exam_server.storage.tx import Tx

PhotoSource = Callable[[RosterRow], bytes | None]
_OPEN_FOR_ROSTER = frozenset({SittingState.PLANNED})


@dataclass(frozen=True, slots=True)
class ImportReceipt:
    """What an import did. ``not_sitting``: by special routes, on the list but not seated;
    ``unpaid``: the same for want of the fee; ``doubtful``: with a condition not met."""

    registered: int
    seated: int
    not_sitting: int
    unpaid: int
    conditional: int
    doubtful: int
    candidate_ids: tuple[str, ...]


def no_photos(_row: RosterRow) -> bytes | None:
    """The photo source of a roster that comes without photos."""
    return None


def photo_source(photos: Mapping[str, bytes]) -> PhotoSource:
    """Photos by ID number or ticket number, as files are named."""

    def found(row: RosterRow) -> bytes | None:
        return photos.get(row.id_number) or (photos.get(row.ticket) if row.ticket else None)

    return found


def import_roster(
    tx: Tx,
    *,
    exam_id: str,
    sitting_ids: Mapping[str, str],
    rows: Sequence[RosterRow],
    fields: FieldCipher,
    actor: Staff,
    photos: PhotoSource = no_photos,
) -> ImportReceipt:
    """Register every row or none.

    ``sitting_ids``: room as printed → sitting; ``fields``: encrypts ID numbers and photos.
    Refusals: ``forbidden`` 403; ``not_found`` 404; ``roster_sitting_begun`` 409;
    ``roster_problems`` 422 with every problem by row and column (double registrations in
    the roster and in the exam, persons who are barred, tickets and seats taken, rooms and
    seats that are not there, photos that are no pictures).
    """
    require(actor, *OFFICE, action="import_roster")
    exam = tx.session.get(Exam, exam_id)
    if exam is None:
        raise not_found("exam", exam_id)
    rooms = _rooms(tx.session, exam_id, sitting_ids)
    _refuse_begun(rows, rooms)
    profile = of_exam(exam)
    pictures = {row.row: photos(row) for row in rows}
    lookups = {row.row: fields.lookup(row.id_number) for row in rows}
    today = china_day(tx.now.wall_ms)
    problems = _problems(tx.session, exam_id, rows, rooms, lookups, today)
    problems += [
        row_problem(row.row, "name", "roster_photo")
        for row in rows
        if (picture := pictures[row.row]) is not None and media_type(picture) is None
    ]
    if problems:
        raise problems_found(problems)
    people = [
        _candidate(exam_id, row, rooms, lookups[row.row], fields, pictures[row.row]) for row in rows
    ]
    tx.session.add_all(people)
    tx.session.flush()
    record(
        tx,
        kind="roster_imported",
        actor=actor.actor,
        data={"exam": exam_id, "registered": len(people)},
    )
    return ImportReceipt(
        registered=len(people),
        seated=sum(person.seat is not None for person in people),
        not_sitting=sum(not profile.sits(row.route) for row in rows),
        unpaid=sum(not row.paid for row in rows),
        conditional=sum(row.conditional for row in rows),
        doubtful=sum("doubts" in row.details for row in rows),
        candidate_ids=tuple(person.id for person in people),
    )


def roster_refusal(
    session: Session,
    *,
    exam_id: str,
    sitting_ids: Mapping[str, str],
    rows: Sequence[RosterRow],
    fields: FieldCipher,
    today: date,
) -> Refusal | None:
    """What an import would refuse now, without importing anything: for the preview."""
    try:
        rooms = _rooms(session, exam_id, sitting_ids)
        _refuse_begun(rows, rooms)
    except Refusal as refusal:
        return refusal
    lookups = {row.row: fields.lookup(row.id_number) for row in rows}
    problems = _problems(session, exam_id, rows, rooms, lookups, today)
    return problems_found(problems) if problems else None


def _problems(
    session: Session,
    exam_id: str,
    rows: Sequence[RosterRow],
    rooms: Mapping[str, Sitting],
    lookups: Mapping[int, str],
    today: date,
) -> list[dict[str, Any]]:
    """Everything by row and column that the file alone does not show."""
    cities = session.scalars(select(Candidate.city).where(Candidate.exam_id == exam_id).distinct())
    return [
        *doubles(rows),
        *spelt_twice(rows, cities),
        *_already_there(session, exam_id, rows, lookups),
        *_seat_problems(session, rows, rooms),
        *barred_rows(session, rows, lookups, today),
    ]


def _rooms(session: Session, exam_id: str, sitting_ids: Mapping[str, str]) -> dict[str, Sitting]:
    """Sittings by comparable room number."""
    rooms: dict[str, Sitting] = {}
    for room, sitting_id in sitting_ids.items():
        sitting = session.get(Sitting, sitting_id)
        if sitting is None or sitting.exam_id != exam_id:
            raise not_found("sitting", sitting_id)
        rooms[room_number(room)] = sitting
    return rooms


def _refuse_begun(rows: Sequence[RosterRow], rooms: Mapping[str, Sitting]) -> None:
    """Once a sitting's papers are assigned nobody is added to it."""
    for number in sorted({room_number(row.room) for row in rows if row.room is not None}):
        sitting = rooms.get(number)
        if sitting is not None and SittingState(sitting.state) not in _OPEN_FOR_ROSTER:
            raise Refusal("roster_sitting_begun", 409, {"sitting": sitting.name})


def _already_there(
    session: Session, exam_id: str, rows: Sequence[RosterRow], lookups: Mapping[int, str]
) -> list[dict[str, Any]]:
    registered = session.execute(
        select(Candidate.id_lookup, Candidate.ticket).where(Candidate.exam_id == exam_id)
    ).all()
    known_people = {lookup for lookup, _ in registered}
    known_tickets = {ticket for _, ticket in registered if ticket is not None}
    problems = [
        row_problem(row.row, "id_number", "roster_id_registered")
        for row in rows
        if lookups[row.row] in known_people
    ]
    return problems + [
        row_problem(row.row, "ticket", "roster_ticket_registered")
        for row in rows
        if row.ticket in known_tickets
    ]


def _seat_problems(
    session: Session, rows: Sequence[RosterRow], rooms: Mapping[str, Sitting]
) -> list[dict[str, Any]]:
    wanted = [sitting.id for sitting in rooms.values()]
    uses = {
        (sitting_id, number): use
        for sitting_id, number, use in session.execute(
            select(Seat.sitting_id, Seat.number, Seat.use).where(Seat.sitting_id.in_(wanted))
        )
    }
    taken = {
        (sitting_id, seat)
        for sitting_id, seat in session.execute(
            select(Candidate.sitting_id, Candidate.seat).where(Candidate.sitting_id.in_(wanted))
        )
    }
    problems = []
    for row in rows:
        if row.room is None:
            continue
        sitting = rooms.get(room_number(row.room))
        if sitting is None:
            known = "、".join(sitting.room for sitting in rooms.values())
            problems.append(
                row_problem(row.row, "room", "roster_room_unknown", value=row.room, known=known)
            )
        elif (sitting.id, row.seat) in taken:
            problems.append(row_problem(row.row, "seat", "roster_seat_taken", value=row.seat))
        elif uses.get((sitting.id, row.seat or 0)) != "candidate":
            use = uses.get((sitting.id, row.seat or 0))
            code = "roster_seat_unknown" if use is None else "roster_seat_unused"
            problems.append(row_problem(row.row, "seat", code, value=row.seat, room=sitting.room))
    return problems


def _candidate(
    exam_id: str,
    row: RosterRow,
    rooms: Mapping[str, Sitting],
    lookup: str,
    fields: FieldCipher,
    photo: bytes | None,
) -> Candidate:
    ident = new_id()
    number = row.id_number.encode()
    return Candidate(
        id=ident,
        exam_id=exam_id,
        sitting_id=None if row.room is None else rooms[room_number(row.room)].id,
        seat=row.seat,
        ticket=row.ticket,
        name=row.name,
        sex=row.sex,
        id_cipher=fields.seal(number, f"candidate.id:{ident}"),
        id_lookup=lookup,
        id_masked=id_number.masked(row.id_number),
        photo_cipher=None if photo is None else fields.seal(photo, f"candidate.photo:{ident}"),
        city=row.city,
        unit=row.unit,
        trade=row.trade,
        level=row.level,
        route=row.route,
        conditional=row.conditional,
        paid=row.paid,
        needs=row.needs.stored,
        details=dict(row.details),
    )
