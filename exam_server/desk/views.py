"""What the desk can be asked before the day. Names and masked ID numbers only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.rules.photo import data_url
from exam_server.desk.tables import Barred, Candidate, Exam, Seat, Sitting
from exam_server.errors import Refusal, not_found
from exam_server.keys import FieldCipher
from exam_server.profiles.profile import Profile, of_exam, whole
from exam_server.profiles.trade_file import read_catalogue


class ExamCard(msgspec.Struct, frozen=True):
    """An exam in a list. ``mode``: formal | trial | practice."""

    id: str
    name: str
    year: int
    mode: str
    profile: str
    sittings: int
    candidates: int


class SittingPlan(msgspec.Struct, frozen=True):
    """A sitting as it is planned. Seats by use: candidate | spare | out_of_use."""

    id: str
    exam_id: str
    name: str
    centre: str
    room: str
    rows: int
    columns: int
    aisle_after: int
    planned_start_ms: int
    state: str
    candidates: int
    seats: dict[str, int]


def exams(session: Session) -> list[ExamCard]:
    """All exams, newest year first."""
    sittings = _counts(session, Sitting.exam_id)
    people = _counts(session, Candidate.exam_id)
    found = session.scalars(select(Exam).order_by(Exam.year.desc(), Exam.name))
    return [
        ExamCard(
            exam.id,
            exam.name,
            exam.year,
            exam.mode,
            exam.profile,
            sittings[exam.id],
            people[exam.id],
        )
        for exam in found
    ]


def find_exam(session: Session, name: str) -> Exam:
    """The exam with this id or name, the newest year when several; ``not_found`` 404."""
    exam = (
        session.get(Exam, name)
        or session.scalars(select(Exam).where(Exam.name == name).order_by(Exam.year.desc())).first()
    )
    if exam is None:
        raise not_found("exam", name)
    return exam


def whole_rules(session: Session, exam_id: str) -> Profile:
    """The exam's frozen rules with what only the office needs; ``not_found`` 404.

    An exam of a program that did not freeze the catalogue yet goes by the program's own.
    """
    found = session.execute(select(Exam.rules, Exam.office).where(Exam.id == exam_id)).one_or_none()
    if found is None:
        raise not_found("exam", exam_id)
    if found.office is not None:
        return whole(found.rules, found.office)
    profile = of_exam(found)
    name = profile.trade_catalogue
    trades = read_catalogue(name) if name is not None else ()
    return msgspec.structs.replace(profile, trades=trades)


def find_sitting(session: Session, sitting_id: str) -> Sitting:
    """The sitting; ``not_found`` 404."""
    sitting = session.get(Sitting, sitting_id)
    if sitting is None:
        raise not_found("sitting", sitting_id)
    return sitting


def sittings_by_room(
    session: Session, exam_id: str, chosen: Collection[str] = ()
) -> dict[str, str]:
    """Room as printed → its sitting that has not been made ready; ``chosen``: only these.

    Refusal ``room_has_several`` 409 when a room has more than one and none is chosen.
    """
    query = select(Sitting).where(
        Sitting.exam_id == exam_id, Sitting.state == SittingState.PLANNED.value
    )
    rooms: dict[str, str] = {}
    for sitting in session.scalars(query):
        if chosen and sitting.id not in chosen:
            continue
        if sitting.room in rooms:
            raise Refusal("room_has_several", 409, {"room": sitting.room})
        rooms[sitting.room] = sitting.id
    return rooms


def sittings_of(session: Session, exam_id: str) -> list[SittingPlan]:
    """The exam's sittings by planned start and room."""
    people = _counts(session, Candidate.sitting_id)
    seats: dict[str, dict[str, int]] = {}
    for sitting_id, use, count in session.execute(
        select(Seat.sitting_id, Seat.use, func.count())
        .join(Sitting, Sitting.id == Seat.sitting_id)
        .where(Sitting.exam_id == exam_id)
        .group_by(Seat.sitting_id, Seat.use)
    ):
        seats.setdefault(sitting_id, {})[use] = count
    found = session.scalars(
        select(Sitting)
        .where(Sitting.exam_id == exam_id)
        .order_by(Sitting.planned_start_ms, Sitting.room)
    )
    return [
        SittingPlan(
            id=sitting.id,
            exam_id=sitting.exam_id,
            name=sitting.name,
            centre=sitting.centre,
            room=sitting.room,
            rows=sitting.rows,
            columns=sitting.columns,
            aisle_after=sitting.aisle_after,
            planned_start_ms=sitting.planned_start_ms,
            state=sitting.state,
            candidates=people[sitting.id],
            seats=seats.get(sitting.id, {}),
        )
        for sitting in found
    ]


class BarCard(msgspec.Struct, frozen=True):
    """A bar in the list. ``until``: ISO; ``lift_reason``: None while it has not been lifted."""

    id: str
    name: str
    id_masked: str
    until: str
    reason: str
    source: str
    lift_reason: str | None


def bars(session: Session) -> list[BarCard]:
    """All bars, those that end last first."""
    found = session.scalars(select(Barred).order_by(Barred.until.desc(), Barred.name))
    return [
        BarCard(bar.id, bar.name, bar.id_masked, bar.until, bar.reason, bar.source, bar.lift_reason)
        for bar in found
    ]


def photo_url_of(person: Candidate, fields: FieldCipher) -> str | None:
    """The candidate's photo as a ``data:`` URL, None without one."""
    if person.photo_cipher is None:
        return None
    return data_url(fields.open(person.photo_cipher, f"candidate.photo:{person.id}"))


def id_number_of(person: Candidate, fields: FieldCipher) -> str:
    """The whole ID number: only for the candidate's own confirmation page and statutory forms
    (invariant 11)."""
    return fields.open(person.id_cipher, f"candidate.id:{person.id}").decode()


def _counts(session: Session, column: InstrumentedAttribute[Any]) -> Counter[str]:
    rows = session.execute(select(column, func.count()).group_by(column))
    return Counter({key: count for key, count in rows if key is not None})
