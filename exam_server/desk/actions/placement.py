"""Placement 编排: proposed from a stored seed, put right by hand, fixed into sittings and seats.

A person who finds the proposal wrong moves people, with a reason; only what is fixed makes
sittings, seats and ticket numbers, and nothing that is fixed is moved by a later plan.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from itertools import pairwise

import msgspec
from sqlalchemy import select, update

from exam_server.auth.identity import OFFICE, Staff, require
from exam_server.clock import china_time
from exam_server.desk.placement_people import MINUTE_MS, seekers, taken_rooms
from exam_server.desk.rules import written
from exam_server.desk.rules.floor import Floor
from exam_server.desk.rules.placement import MOST_FORMS, Place, place
from exam_server.desk.rules.placement_remarks import span_minutes
from exam_server.desk.tables import Exam, Placed, Placement
from exam_server.errors import Refusal, not_found
from exam_server.ids import new_id
from exam_server.profiles.profile import of_exam
from exam_server.storage.acts import record
from exam_server.storage.tx import Tx

__all__ = ["Asked", "Place", "asked_of", "move_placed", "propose_placement"]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan is made for. ``starts_ms``: wall times, one for each possible batch.
    ``forms``: how many equal forms neighbours are given in turn; ``cities``: whose candidates,
    () = all."""

    floors: tuple[Floor, ...]
    starts_ms: tuple[int, ...]
    forms: int = 2
    cities: tuple[str, ...] = ()


def asked_of(plan: Placement) -> Asked:
    """What the stored plan was made for."""
    return msgspec.convert(plan.asked, Asked)


def propose_placement(
    tx: Tx, *, exam_id: str, asked: Asked, actor: Staff, seed: str | None = None
) -> str:
    """A proposal for everybody of the exam who sits and has no seat; its id.

    An earlier proposal of the exam is dropped. ``seed``: given only to make a known plan again.
    Refusals: ``forbidden`` 403; ``not_found`` 404; ``placement_asked``, ``placement_times``
    422; ``placement_rooms_taken`` 409 with rows; ``placement_nobody`` 409.
    """
    require(actor, *OFFICE, action="propose_placement")
    exam = tx.session.get(Exam, exam_id)
    if exam is None:
        raise not_found("exam", exam_id)
    rules = of_exam(exam)
    asked = msgspec.structs.replace(asked, starts_ms=tuple(sorted(asked.starts_ms)))
    people, factor = seekers(
        tx.session, rules, exam_id=exam_id, starts_ms=asked.starts_ms, cities=asked.cities
    )
    _refuse_asked(asked, span_minutes(rules, factor))
    if not people:
        raise Refusal("placement_nobody", 409, {"exam": exam.name})
    _refuse_taken(tx, asked, span_minutes(rules, factor) * MINUTE_MS)
    drawn = secrets.token_hex(16) if seed is None else seed
    plan = place(
        people.values(),
        asked.floors,
        times=len(asked.starts_ms),
        forms=asked.forms,
        seed=drawn,
    )
    tx.session.execute(
        update(Placement)
        .where(Placement.exam_id == exam_id, Placement.state == "proposed")
        .values(state="dropped")
    )
    ident = new_id()
    tx.session.add(
        Placement(
            id=ident,
            exam_id=exam_id,
            state="proposed",
            seed=drawn,
            asked=msgspec.to_builtins(asked),
            made_by=actor.id,
            made_ms=tx.now.wall_ms,
        )
    )
    tx.session.flush()
    tx.session.add_all(
        _placed(ident, one, plan.places.get(one), plan.unplaced.get(one)) for one in people
    )
    tx.session.flush()
    facts = {
        "placement": ident,
        "exam": exam_id,
        "seed": drawn,
        "placed": len(plan.places),
        "unplaced": len(plan.unplaced),
    }
    record(tx, kind="placement_proposed", actor=actor.actor, data=facts)
    return ident


def move_placed(
    tx: Tx,
    *,
    placement_id: str,
    candidate_id: str,
    to: Place | None,
    reason: str,
    actor: Staff,
) -> str | None:
    """Give somebody of a proposal another seat, or with None none; who sat there gets theirs.

    The id of the person they changed places with, if any. A wish that no longer holds is shown
    by the plan's remarks; it forbids nothing. Refusals: ``forbidden`` 403; ``not_found`` 404;
    ``placement_fixed`` 409; ``reason_required``, ``id_number_in_text``, ``placement_no_seat`` 422.
    """
    require(actor, *OFFICE, action="move_placed")
    said = written.reason(reason, "placement_moved")
    plan = open_plan(tx, placement_id)
    person = tx.session.get(Placed, (placement_id, candidate_id))
    if person is None:
        raise not_found("candidate", candidate_id)
    asked = asked_of(plan)
    before = (person.batch, person.floor, person.seat)
    other = None if to is None else _occupant(tx, placement_id, to)
    if to is not None and not _exists(asked, to):
        raise Refusal("placement_no_seat", 422, {"seat": to.seat})
    if other is person:
        return None
    for one in (person, other):  # nobody is on a seat while two change places
        if one is not None:
            one.batch = one.floor = one.seat = None
    tx.session.flush()
    _put(person, None if to is None else (to.batch, to.floor, to.seat), asked)
    if other is not None:
        _put(other, before, asked)
    tx.session.flush()
    facts = {
        "placement": placement_id,
        "candidate": candidate_id,
        "with": None if other is None else other.candidate_id,
        "from": list(before),
        "to": None if to is None else [to.batch, to.floor, to.seat],
        "reason": said,
    }
    record(tx, kind="placement_moved", actor=actor.actor, data=facts)
    return None if other is None else other.candidate_id


def open_plan(tx: Tx, placement_id: str) -> Placement:
    """The proposal, for this command alone; ``not_found`` 404, ``placement_fixed`` 409."""
    found = tx.lock(select(Placement).where(Placement.id == placement_id))
    if not found:
        raise not_found("placement", placement_id)
    if found[0].state != "proposed":
        raise Refusal("placement_fixed", 409, {"state": found[0].state})
    return found[0]


def _refuse_asked(asked: Asked, span: int) -> None:
    rooms = [(floor.centre, floor.room) for floor in asked.floors]
    if not rooms or len(set(rooms)) != len(rooms) or not 1 <= asked.forms <= MOST_FORMS:
        raise Refusal("placement_asked", 422, {"forms": asked.forms, "most": MOST_FORMS})
    starts = asked.starts_ms
    if not starts:
        raise Refusal("placement_times", 422, {"minutes": span, "first": "—", "next": "—"})
    for first, after in pairwise(starts):
        if after - first < span * MINUTE_MS:
            facts = {"minutes": span, "first": _clock(first), "next": _clock(after)}
            raise Refusal("placement_times", 422, {**facts})


def _refuse_taken(tx: Tx, asked: Asked, span_ms: int) -> None:
    rooms = [(floor.centre, floor.room) for floor in asked.floors]
    taken = taken_rooms(tx.session, rooms, asked.starts_ms, span_ms)
    if taken:
        rows: list[dict[str, object]] = [
            {
                "row": index + 1,
                "column": room,
                "code": "placement_room_taken",
                "facts": {"room": room, "start": _clock(asked.starts_ms[index])},
            }
            for index, _, room in taken
        ]
        raise Refusal("placement_rooms_taken", 409, {"count": len(rows)}, rows)


def _clock(wall_ms: int) -> str:
    return f"{china_time(wall_ms):%Y-%m-%d %H:%M}"


def _placed(plan: str, candidate: str, where: Place | None, why: str | None) -> Placed:
    return Placed(
        placement_id=plan,
        candidate_id=candidate,
        batch=where.batch if where else None,
        floor=where.floor if where else None,
        seat=where.seat if where else None,
        form=where.form if where else 0,
        why=why,
        by_hand=False,
    )


def _put(person: Placed, where: Sequence[int | None] | None, asked: Asked) -> None:
    batch, floor, seat = where if where is not None else (None, None, None)
    person.batch, person.floor, person.seat = batch, floor, seat
    person.by_hand = True
    person.why = "by_hand" if seat is None else None
    if floor is not None and seat is not None:
        person.form = asked.floors[floor].form(seat, asked.forms)


def _occupant(tx: Tx, placement_id: str, to: Place) -> Placed | None:
    return tx.session.scalars(
        select(Placed).where(
            Placed.placement_id == placement_id,
            Placed.batch == to.batch,
            Placed.floor == to.floor,
            Placed.seat == to.seat,
        )
    ).one_or_none()


def _exists(asked: Asked, to: Place) -> bool:
    return (
        0 <= to.batch < len(asked.starts_ms)
        and 0 <= to.floor < len(asked.floors)
        and to.seat in asked.floors[to.floor].usable
    )
