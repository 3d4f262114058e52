"""A fixed plan becomes sittings, seats and ticket numbers; who comes later gets a free seat."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec
from sqlalchemy import select

from exam_server.auth.identity import OFFICE, Staff, require
from exam_server.clock import china_time
from exam_server.desk.actions.exam import plan_sitting
from exam_server.desk.actions.placement import Asked, asked_of, open_plan
from exam_server.desk.placement_people import seekers
from exam_server.desk.rules import written
from exam_server.desk.rules.batches import Seeker
from exam_server.desk.rules.changes import kept_from_seat
from exam_server.desk.rules.floor import Floor
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.rules.seats import same_trade
from exam_server.desk.rules.ticket import Tickets
from exam_server.desk.tables import Candidate, Exam, Placed, Placement, Seat, Sitting
from exam_server.errors import Refusal, not_found
from exam_server.profiles.profile import Profile, of_exam
from exam_server.storage.acts import record
from exam_server.storage.tx import Tx


class Fixed(msgspec.Struct, frozen=True):
    """What fixing did. ``left_out``: placed, but they do not sit any more; ``unplaced``: without
    a seat in the plan."""

    sittings: tuple[str, ...]
    seated: int
    left_out: int
    unplaced: int


def fix_placement(tx: Tx, *, placement_id: str, actor: Staff) -> Fixed:
    """Make the plan's sittings, seat its people and give them ticket numbers.

    Whose registration has changed since, so that they do not sit, is left out. Refusals:
    ``forbidden`` 403; ``not_found`` 404; ``placement_fixed``, ``sitting_exists``,
    ``ticket_pattern_full`` 409; ``placement_elsewhere`` 409 for who sits another exam then.
    """
    require(actor, *OFFICE, action="fix_placement")
    plan = open_plan(tx, placement_id)
    exam = tx.session.get_one(Exam, plan.exam_id)
    asked, rules = asked_of(plan), of_exam(exam)
    sitting_still, _ = seekers(
        tx.session,
        rules,
        exam_id=exam.id,
        starts_ms=asked.starts_ms,
        placement_id=placement_id,
    )
    rows = tx.session.scalars(
        select(Placed)
        .where(Placed.placement_id == placement_id)
        .order_by(Placed.batch, Placed.floor, Placed.seat)
    ).all()
    placed = [row for row in rows if row.seat is not None]
    here = [row for row in placed if row.candidate_id in sitting_still]
    _refuse_elsewhere(here, sitting_still)
    sittings = _sittings(tx, plan, asked, here, actor)
    _seat(tx, exam, rules, here, sittings)
    plan.state, plan.fixed_by, plan.fixed_ms = "fixed", actor.id, tx.now.wall_ms
    tx.session.flush()
    done = Fixed(
        tuple(sittings.values()), len(here), len(placed) - len(here), len(rows) - len(placed)
    )
    facts = {
        "placement": plan.id,
        "exam": exam.id,
        "sittings": len(done.sittings),
        "seated": done.seated,
        "left_out": done.left_out,
    }
    record(tx, kind="placement_fixed", actor=actor.actor, data=facts)
    return done


def seat_person(
    tx: Tx, *, candidate_id: str, sitting_id: str, seat: int | None, reason: str, actor: Staff
) -> int:
    """A free seat of a planned sitting for who comes late or has to move; its number.

    ``seat``: None takes the one with the fewest neighbours of the same trade. A ticket number
    once given stays. Refusals: ``forbidden`` 403; ``not_found`` 404; ``reason_required``,
    ``id_number_in_text`` 422; ``kept_from_seat``, ``roster_sitting_begun``, ``seat_not_free``,
    ``sitting_full`` 409.
    """
    require(actor, *OFFICE, action="seat_person")
    said = written.reason(reason, "person_seated")
    person, where = tx.session.get(Candidate, candidate_id), tx.session.get(Sitting, sitting_id)
    if person is None or where is None or where.exam_id != person.exam_id:
        raise not_found("candidate" if person is None else "sitting", candidate_id)
    exam = tx.session.get_one(Exam, person.exam_id)
    rules = of_exam(exam)
    _refuse_kept(person, rules)
    _refuse_begun(tx, person, where)
    floor, free, seated = _room(tx, where, person)
    if seat is not None and seat not in free:
        raise Refusal("seat_not_free", 409, {"seat": seat})
    if not free:
        raise Refusal("sitting_full", 409, {"sitting": where.name})
    mine = _seeker(person)
    chosen = seat or min(free, key=lambda one: (_beside(seated, floor, one, mine), one))
    before = [person.sitting_id, person.seat]
    person.sitting_id, person.seat = where.id, chosen
    person.form_index = _other_form(tx, where, floor, chosen)
    if person.ticket is None:
        batch, room = _numbers(tx, where)
        person.ticket = _tickets(tx, exam, rules).next(
            level=person.level, batch=batch, room=room, seat=chosen
        )
    tx.session.flush()
    facts = {
        "candidate": person.id,
        "from": before,
        "to": [where.id, chosen],
        "reason": said,
    }
    record(tx, kind="person_seated", actor=actor.actor, data=facts)
    return chosen


def _refuse_elsewhere(here: Sequence[Placed], people: dict[str, Seeker]) -> None:
    rows: list[dict[str, object]] = [
        {
            "row": (row.batch or 0) + 1,
            "column": str(row.seat),
            "code": "placement_person_elsewhere",
            "facts": {"candidate": row.candidate_id},
        }
        for row in here
        if row.batch in people[row.candidate_id].elsewhere
    ]
    if rows:
        raise Refusal("placement_elsewhere", 409, {"count": len(rows)}, rows)


def _sittings(
    tx: Tx, plan: Placement, asked: Asked, here: Sequence[Placed], actor: Staff
) -> dict[tuple[int, int], str]:
    """A sitting for every room and batch in which somebody sits, by (batch, floor)."""
    used = sorted({(row.batch, row.floor) for row in here})
    given = {(row.batch, row.floor, row.seat) for row in here}
    names = sitting_names(asked.starts_ms)
    made = {}
    for batch, index in used:
        assert batch is not None and index is not None  # noqa: PT018  both or none
        floor = asked.floors[index]
        made[batch, index] = plan_sitting(
            tx,
            exam_id=plan.exam_id,
            name=names[batch],
            centre=floor.centre,
            room=floor.room,
            rows=floor.rows,
            columns=floor.columns,
            planned_start_ms=asked.starts_ms[batch],
            actor=actor,
            aisle_after=floor.aisle_after,
            spare=[seat for seat in floor.spare if (batch, index, seat) not in given],
            out_of_use=floor.out_of_use,
        )
    return made


def sitting_names(starts_ms: Sequence[int]) -> list[str]:
    """``6 月 20 日上午第 1 场``, one for each of the times."""
    names: list[str] = []
    counted: dict[str, int] = {}
    for start in starts_ms:
        at = china_time(start)
        half = "上午" if at.hour < 12 else "下午" if at.hour < 18 else "晚上"
        day = f"{at.month} 月 {at.day} 日{half}"
        counted[day] = counted.get(day, 0) + 1
        names.append(f"{day}第 {counted[day]} 场")
    return names


def _seat(
    tx: Tx,
    exam: Exam,
    rules: Profile,
    here: Sequence[Placed],
    sittings: dict[tuple[int, int], str],
) -> None:
    tickets = _tickets(tx, exam, rules)
    people = {
        one.id: one
        for one in tx.session.scalars(select(Candidate).where(Candidate.exam_id == exam.id))
    }
    for row in here:
        assert row.batch is not None and row.floor is not None and row.seat  # noqa: PT018
        person = people[row.candidate_id]
        person.sitting_id, person.seat = sittings[row.batch, row.floor], row.seat
        person.form_index = row.form
        if person.ticket is None:
            person.ticket = tickets.next(
                level=person.level, batch=row.batch + 1, room=row.floor + 1, seat=row.seat
            )
    tx.session.flush()


def _tickets(tx: Tx, exam: Exam, rules: Profile) -> Tickets:
    taken = tx.session.scalars(
        select(Candidate.ticket).where(Candidate.exam_id == exam.id, Candidate.ticket.is_not(None))
    )
    return Tickets(rules.login, exam.year, [one for one in taken if one is not None])


def _refuse_kept(person: Candidate, rules: Profile) -> None:
    why = kept_from_seat(
        rules, route=person.route, paid=person.paid, registration=person.registration
    )
    if why is not None:
        raise Refusal(f"kept_from_seat_{why}", 409, {"name": person.name})


def _refuse_begun(tx: Tx, person: Candidate, where: Sitting) -> None:
    """Neither the old nor the new sitting has assigned its papers."""
    old = None if person.sitting_id is None else tx.session.get(Sitting, person.sitting_id)
    for one in (where, old):
        if one is not None and one.state != SittingState.PLANNED:
            raise Refusal("roster_sitting_begun", 409, {"sitting": one.name})


def _room(tx: Tx, where: Sitting, person: Candidate) -> tuple[Floor, list[int], dict[int, Seeker]]:
    """The room as built, its free seats, and who sits where; ``person`` is left out."""
    seats = tx.session.scalars(select(Seat).where(Seat.sitting_id == where.id)).all()
    floor = Floor(
        centre=where.centre,
        room=where.room,
        rows=where.rows,
        columns=where.columns,
        aisle_after=where.aisle_after,
        spare_share=str(Decimal(0)),
    )
    others = tx.session.scalars(
        select(Candidate).where(Candidate.sitting_id == where.id, Candidate.id != person.id)
    )
    seated = {one.seat: _seeker(one) for one in others if one.seat is not None}
    free = sorted(
        one.number for one in seats if one.use == "candidate" and one.number not in seated
    )
    return floor, free, seated


def _numbers(tx: Tx, where: Sitting) -> tuple[int, int]:
    """Which batch of the exam a sitting belongs to, and which of its rooms it is, from 1."""
    planned = tx.session.execute(
        select(Sitting.planned_start_ms, Sitting.room, Sitting.id)
        .where(Sitting.exam_id == where.exam_id)
        .order_by(Sitting.planned_start_ms, Sitting.centre, Sitting.room)
    ).all()
    starts = sorted({start for start, _, _ in planned})
    rooms = [ident for start, _, ident in planned if start == where.planned_start_ms]
    return starts.index(where.planned_start_ms) + 1, rooms.index(where.id) + 1


def _seeker(person: Candidate) -> Seeker:
    return Seeker(id=person.id, city=person.city, trade=person.trade, level=person.level)


def _beside(seated: dict[int, Seeker], floor: Floor, seat: int, person: Seeker) -> int:
    return same_trade({**seated, seat: person}, floor, seat)


def _other_form(tx: Tx, where: Sitting, floor: Floor, seat: int) -> int:
    """The form that the fewest neighbours have, of those given in this sitting or two."""
    others = tx.session.execute(
        select(Candidate.seat, Candidate.form_index).where(
            Candidate.sitting_id == where.id, Candidate.seat != seat
        )
    ).all()
    given = {number: form for number, form in others if number is not None}
    beside = [given[one] for one in floor.neighbours(seat) if one in given]
    forms = range(max(1, *given.values(), 0) + 1)
    return min(forms, key=lambda form: (beside.count(form), form))
