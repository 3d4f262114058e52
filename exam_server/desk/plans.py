"""Plans as they are looked at: batches, rooms with their seats, who has none, what to look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_server.clock import china_time
from exam_server.desk.actions.placement import Asked, asked_of
from exam_server.desk.actions.seating import sitting_names
from exam_server.desk.plan_shapes import (
    BatchCard,
    Cell,
    Occupant,
    PlanCard,
    PlannedRoom,
    PlanPage,
    Trade,
    Waiting,
)
from exam_server.desk.rooms_file import LABELS
from exam_server.desk.rules.batches import Seeker
from exam_server.desk.rules.floor import Floor
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.rules.needs import needs_of
from exam_server.desk.rules.placement import Place
from exam_server.desk.rules.placement_remarks import (
    Remark,
    room_remarks,
    span_minutes,
    split_remarks,
    time_remarks,
)
from exam_server.desk.tables import Candidate, Placed, Placement, Sitting
from exam_server.errors import not_found
from exam_server.profiles.profile import Profile

MOST_UNPLACED = 200


class _Person(msgspec.Struct, frozen=True):
    where: Place | None
    why: str
    by_hand: bool
    row: Any  # candidate columns

    @property
    def seeker(self) -> Seeker:
        apart = needs_of(self.row.needs).separate_room
        return Seeker(
            id=self.row.id,
            city=self.row.city,
            trade=self.row.trade,
            level=self.row.level,
            apart=apart,
        )


def plans_of(session: Session, exam_id: str) -> list[PlanCard]:
    """The exam's plans that stand or are proposed, newest first."""
    seated = select(Placed.placement_id, func.count(Placed.seat), func.count()).group_by(
        Placed.placement_id
    )
    counts = {ident: (placed, every) for ident, placed, every in session.execute(seated)}
    plans = session.scalars(
        select(Placement)
        .where(Placement.exam_id == exam_id, Placement.state != "dropped")
        .order_by(Placement.made_ms.desc())
    )
    return [
        PlanCard(
            id=plan.id,
            state=plan.state,
            made_ms=plan.made_ms,
            fixed_ms=plan.fixed_ms,
            placed=counts.get(plan.id, (0, 0))[0],
            unplaced=counts.get(plan.id, (0, 0))[1] - counts.get(plan.id, (0, 0))[0],
        )
        for plan in plans
    ]


def rooms_text(session: Session, exam_id: str) -> str:
    """A table of rooms to begin with: those of the exam's last plan, or an example's head."""
    last = session.scalars(
        select(Placement).where(Placement.exam_id == exam_id).order_by(Placement.made_ms.desc())
    ).first()
    head = ",".join(words[0] for words in LABELS.values())
    lines = [_room_line(floor) for floor in asked_of(last).floors] if last else []
    return "\n".join([head, *lines])


def _room_line(floor: Floor) -> str:
    broken = "、".join(map(str, floor.out_of_use))
    cells = [floor.centre, floor.room, floor.rows, floor.columns, floor.aisle_after, broken]
    return ",".join(map(str, [*cells, floor.spare_share, "是" if floor.apart else ""]))


def find_plan(session: Session, placement_id: str) -> Placement:
    """The plan; ``not_found`` 404."""
    plan = session.get(Placement, placement_id)
    if plan is None:
        raise not_found("placement", placement_id)
    return plan


def plan_page(session: Session, profile: Profile, placement_id: str) -> PlanPage:
    """The plan with its time table and everything a person should look at; ``not_found`` 404."""
    plan = find_plan(session, placement_id)
    asked, people = asked_of(plan), _people(session, placement_id)
    placed = [(one.seeker, one.where) for one in people if one.where is not None]
    factor = max(
        (Decimal(needs_of(one.row.needs).time_factor) for one in people), default=Decimal(1)
    )
    minutes = span_minutes(profile, factor)
    used = sorted({where.batch for _, where in placed})
    local = [china_time(asked.starts_ms[batch]) for batch in range(max(used, default=-1) + 1)]
    waiting = [one for one in people if one.where is None]
    return PlanPage(
        id=plan.id,
        exam_id=plan.exam_id,
        state=plan.state,
        seed=plan.seed,
        made_ms=plan.made_ms,
        forms=asked.forms,
        minutes=minutes,
        placed=len(placed),
        batches=[
            _batch(
                batch,
                people,
                asked,
                profile,
                minutes,
                len(planned_sittings(session, placement_id, batch)),
            )
            for batch in used
        ],
        waiting=[_waiting(one, profile) for one in waiting[:MOST_UNPLACED]],
        waiting_count=len(waiting),
        remarks=[
            *time_remarks(local, profile, factor),
            *split_remarks(placed),
            *_rooms_remarks(people, asked),
        ],
    )


def planned_sittings(session: Session, placement_id: str, batch: int) -> list[str]:
    """Ids of a fixed plan's sittings of this batch whose forms are not assigned yet."""
    plan = find_plan(session, placement_id)
    asked = asked_of(plan)
    if plan.state != "fixed" or not 0 <= batch < len(asked.starts_ms):
        return []
    rooms = {(floor.centre, floor.room) for floor in asked.floors}
    found = session.execute(
        select(Sitting.id, Sitting.centre, Sitting.room)
        .where(
            Sitting.exam_id == plan.exam_id,
            Sitting.planned_start_ms == asked.starts_ms[batch],
            Sitting.state == SittingState.PLANNED.value,
        )
        .order_by(Sitting.centre, Sitting.room)
    )
    return [ident for ident, centre, room in found if (centre, room) in rooms]


def planned_room(
    session: Session, profile: Profile, placement_id: str, batch: int, floor: int
) -> PlannedRoom:
    """One room of one batch, drawn seat by seat; ``not_found`` 404."""
    asked = asked_of(find_plan(session, placement_id))
    if not 0 <= floor < len(asked.floors) or not 0 <= batch < len(asked.starts_ms):
        raise not_found("room", f"{batch + 1}-{floor + 1}")
    people = _people(session, placement_id)
    mine = [one for one in people if one.where is not None and one.where.batch == batch]
    numbers = {one.name: one.number for one in _trades(mine)}
    here = {one.where.seat: one for one in mine if one.where and one.where.floor == floor}
    built = asked.floors[floor]
    return PlannedRoom(
        batch=batch,
        floor=floor,
        centre=built.centre,
        room=built.room,
        apart=built.apart,
        people=len(here),
        seats=len(built.seats),
        rows=_rows(built, here, numbers, profile),
        remarks=list(room_remarks(batch + 1, built, _seated(here))),
    )


def _people(session: Session, placement_id: str) -> list[_Person]:
    rows = session.execute(
        select(
            Placed,
            Candidate.id, Candidate.name, Candidate.city, Candidate.unit, Candidate.trade,
            Candidate.level, Candidate.needs,
        )
        .join(Candidate, Candidate.id == Placed.candidate_id)
        .where(Placed.placement_id == placement_id)
        .order_by(Placed.batch, Placed.floor, Placed.seat, Candidate.unit, Candidate.name)
    )  # fmt: skip
    return [_Person(_where(row[0]), row[0].why or "", row[0].by_hand, row) for row in rows]


def _where(one: Placed) -> Place | None:
    if one.batch is None or one.floor is None or one.seat is None:
        return None
    return Place(batch=one.batch, floor=one.floor, seat=one.seat, form=one.form)


def _batch(
    batch: int,
    people: Sequence[_Person],
    asked: Asked,
    profile: Profile,
    minutes: int,
    planned: int,
) -> BatchCard:
    mine = [one for one in people if one.where is not None and one.where.batch == batch]
    rooms = Counter(one.where.floor for one in mine if one.where)
    groups = Counter((one.row.trade, profile.level_name(one.row.level)) for one in mine)
    return BatchCard(
        index=batch,
        name=sitting_names(asked.starts_ms)[batch],
        start_ms=asked.starts_ms[batch],
        end_ms=asked.starts_ms[batch] + minutes * 60_000,
        people=len(mine),
        seats=sum(len(asked.floors[floor].seats) for floor in rooms),
        rooms=[
            (floor, asked.floors[floor].room, rooms[floor], len(asked.floors[floor].seats))
            for floor in sorted(rooms)
        ],
        groups=[(trade, level, count) for (trade, level), count in sorted(groups.items())],
        trades=_trades(mine),
        planned=planned,
    )


def _trades(people: Sequence[_Person]) -> list[Trade]:
    counted = Counter(one.row.trade for one in people)
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return [
        Trade(number=number, name=name, people=count) for number, (name, count) in enumerate(ranked)
    ]


def _rows(
    built: Floor, here: Mapping[int, _Person], numbers: Mapping[str, int], profile: Profile
) -> list[list[Cell]]:
    broken, spare = set(built.out_of_use), set(built.spare)

    def cell(seat: int) -> Cell:
        use = "out_of_use" if seat in broken else "spare" if seat in spare else "candidate"
        _, column = built.at(seat)
        who = None if seat not in here else _occupant(here[seat], numbers, profile)
        return Cell(seat=seat, use=use, aisle=column + 1 == built.aisle_after, who=who)

    return [
        [cell(row * built.columns + column + 1) for column in range(built.columns)]
        for row in range(built.rows)
    ]


def _occupant(one: _Person, numbers: Mapping[str, int], profile: Profile) -> Occupant:
    return Occupant(
        candidate_id=one.row.id,
        name=one.row.name,
        trade=one.row.trade,
        level_name=profile.level_name(one.row.level),
        city=one.row.city,
        unit=one.row.unit,
        form=one.where.form if one.where else 0,
        by_hand=one.by_hand,
        needs=needs_of(one.row.needs),
        trade_number=numbers[one.row.trade],
    )


def _waiting(one: _Person, profile: Profile) -> Waiting:
    return Waiting(
        candidate_id=one.row.id,
        name=one.row.name,
        trade=one.row.trade,
        level_name=profile.level_name(one.row.level),
        unit=one.row.unit,
        why=one.why,
    )


def _rooms_remarks(people: Sequence[_Person], asked: Asked) -> list[Remark]:
    rooms: dict[tuple[int, int], dict[int, _Person]] = {}
    for one in people:
        if one.where is not None:
            rooms.setdefault((one.where.batch, one.where.floor), {})[one.where.seat] = one
    return [
        remark
        for (batch, floor), here in sorted(rooms.items())
        for remark in room_remarks(batch + 1, asked.floors[floor], _seated(here))
    ]


def _seated(here: Mapping[int, _Person]) -> dict[int, tuple[Seeker, int]]:
    return {seat: (one.seeker, one.where.form) for seat, one in here.items() if one.where}
