"""The shapes in which a plan is told: cards of a list, batches, rooms drawn seat by seat."""

from __future__ import annotations

import msgspec

from exam_server.desk.rules.needs import Needs
from exam_server.desk.rules.placement_remarks import Remark


class PlanCard(msgspec.Struct, frozen=True, kw_only=True):
    """A plan in a list. ``state``: proposed | fixed | dropped."""

    id: str
    state: str
    made_ms: int
    fixed_ms: int | None
    placed: int
    unplaced: int


class Occupant(msgspec.Struct, frozen=True, kw_only=True):
    """Who has a place. ``trade_number``: the trade's place in the batch, the largest is 0."""

    candidate_id: str
    name: str
    trade: str
    level_name: str
    city: str
    unit: str
    form: int
    by_hand: bool
    needs: Needs
    trade_number: int


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A seat of a room. ``use``: candidate | spare | out_of_use."""

    seat: int
    use: str
    aisle: bool  # the aisle runs behind it
    who: Occupant | None


class PlannedRoom(msgspec.Struct, frozen=True, kw_only=True):
    """One room of one batch, row by row."""

    batch: int
    floor: int
    centre: str
    room: str
    apart: bool
    people: int
    seats: int
    rows: list[list[Cell]]
    remarks: list[Remark]


class Trade(msgspec.Struct, frozen=True, kw_only=True):
    """A trade of a batch, for the legend; ``number`` as in :class:`Occupant`."""

    number: int
    name: str
    people: int


class BatchCard(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the time table. ``groups``: trade, level and how many. ``planned``: sittings of
    a fixed plan whose forms are not assigned yet."""

    index: int
    name: str
    start_ms: int
    end_ms: int
    people: int
    seats: int
    rooms: list[tuple[int, str, int, int]]  # index, room, people, seats
    groups: list[tuple[str, str, int]]
    trades: list[Trade]
    planned: int


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody without a place, and why (``desk.rules.placement.Plan.unplaced``, by_hand)."""

    candidate_id: str
    name: str
    trade: str
    level_name: str
    unit: str
    why: str


class PlanPage(msgspec.Struct, frozen=True, kw_only=True):
    """A whole plan. ``remarks``: of the plan and of each room, by batch and room."""

    id: str
    exam_id: str
    state: str
    seed: str
    made_ms: int
    forms: int
    minutes: int
    placed: int
    batches: list[BatchCard]
    waiting: list[Waiting]
    waiting_count: int
    remarks: list[Remark]
