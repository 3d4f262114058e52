"""The room as a seat plan: one query per table, however many seats (look 07)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import median_high

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.clock import Instant
from exam_server.desk.rules.lifecycle import ENDED
from exam_server.desk.tables import Exam, Seat, Sitting
from exam_server.errors import not_found
from exam_server.profiles.profile import of_exam
from exam_server.room.rules.seating import TROUBLE, SeatState
from exam_server.room.views.tiles import BoardSeat, Person, left_ms, people_of, tile


class BoardSitting(msgspec.Struct, frozen=True):
    """The header. ``subject``: the one most people are in; ``left_ms``: what most have left."""

    id: str
    name: str
    exam: str
    centre: str
    room: str
    mode: str
    state: str
    rows: int
    columns: int
    aisle_after: int
    planned_start_ms: int
    bell_ms: int | None
    paused: bool
    subject: str | None
    subject_en: str | None
    left_ms: int | None

    @property
    def ended(self) -> bool:
        """Whether no more results come."""
        return self.state in ENDED


class BoardCounts(msgspec.Struct, frozen=True):
    """The figures of the header."""

    expected: int
    arrived: int
    waiting: int
    answering: int
    paused: int
    submitted: int
    not_arrived: int
    absent: int
    trouble: int


class Board(msgspec.Struct, frozen=True):
    """All a proctor sees at a glance. ``trouble``: candidate ids, worst first."""

    sitting: BoardSitting
    now_ms: int
    counts: BoardCounts
    seats: tuple[BoardSeat, ...]
    trouble: tuple[str, ...]
    head: dict[str, object]


def board(session: Session, sitting_id: str, now: Instant) -> Board:
    """The Board of a sitting, or Refusal 404."""
    where = session.get(Sitting, sitting_id)
    if where is None:
        raise not_found("sitting", sitting_id)
    exam = session.get(Exam, where.exam_id)
    assert exam is not None  # foreign key
    rules = of_exam(exam)
    people = people_of(session, sitting_id)
    at_seat = {person.at: person for person in people.values()}
    left = {p.row.seat: p.at for p in people.values() if p.at != p.row.seat}
    seats = tuple(
        tile(seat, at_seat.get(seat.number), left.get(seat.number), where, rules, now)
        for seat in session.scalars(
            select(Seat).where(Seat.sitting_id == sitting_id).order_by(Seat.number)
        )
    )
    subject, most_left_ms = _room_subject(people, now)
    named = rules.subjects[subject] if subject else None
    return Board(
        BoardSitting(
            where.id,
            where.name,
            exam.name,
            where.centre,
            where.room,
            exam.mode,
            where.state,
            where.rows,
            where.columns,
            where.aisle_after,
            where.planned_start_ms,
            where.bell_ms,
            where.paused_boot_ms is not None,
            named.name if named else None,
            named.name_en if named else None,
            most_left_ms,
        ),
        now.wall_ms,
        _counts(seats),
        seats,
        tuple(_worst_first(seats)),
        {"seq": where.head_seq, "digest": where.head},
    )


def _room_subject(people: Mapping[str, Person], now: Instant) -> tuple[str | None, int | None]:
    """The subject most people are in, and what most of them have left in it: the time of the one
    in the middle, which no single grant and no late arrival moves."""
    under_way: dict[str, list[int]] = defaultdict(list)
    for person in people.values():
        for attempt in person.attempts:
            left = left_ms(attempt, now)
            if left is not None:
                under_way[attempt.subject].append(left)
    if not under_way:
        return None, None
    subject = max(under_way, key=lambda name: len(under_way[name]))
    return subject, median_high(under_way[subject])


def _counts(seats: Sequence[BoardSeat]) -> BoardCounts:
    taken = [seat for seat in seats if seat.candidate_id is not None]

    def number(*states: SeatState) -> int:
        return sum(seat.state in states for seat in taken)

    not_arrived = number(SeatState.NOT_ARRIVED)
    absent = number(SeatState.ABSENT)
    return BoardCounts(
        expected=len(taken),
        arrived=len(taken) - not_arrived - absent,
        waiting=number(SeatState.WAITING, SeatState.BETWEEN),
        answering=number(SeatState.WORKING, SeatState.IDLE),
        paused=number(SeatState.PAUSED),
        submitted=number(SeatState.FINISHED, SeatState.SUBMITTED),
        not_arrived=not_arrived,
        absent=absent,
        trouble=number(*TROUBLE),
    )


def _worst_first(seats: Sequence[BoardSeat]) -> list[str]:
    """Whoever waits for a machine, then lost before paused before idle, longest first; then
    raised hands, then time that somebody should grant or not."""
    rank = {state.value: place for place, state in enumerate(TROUBLE)}

    def place(seat: BoardSeat) -> int:
        return -1 if seat.asks is not None else rank.get(seat.state, len(rank))

    bad = [
        seat
        for seat in seats
        if seat.candidate_id is not None
        and (seat.state in rank or seat.hand or needs_a_decision(seat))
    ]
    bad.sort(key=lambda seat: (place(seat), -(seat.since_ms or 0), not seat.hand, seat.seat))
    return [seat.candidate_id for seat in bad if seat.candidate_id is not None]


def needs_a_decision(seat: BoardSeat) -> bool:
    """Somebody asks for another machine, or lost time by changing one."""
    return seat.asks is not None or seat.proposed_ms > 0
