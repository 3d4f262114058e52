"""The room as a seat plan: one query per table, however many seats (look 07)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median_high

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_server.clock import Instant
from exam_server.desk.tables import Candidate, Exam, Seat, Sitting
from exam_server.errors import not_found
from exam_server.profiles.profile import Profile, of_exam
from exam_server.room.rules.catalogue import KINDS
from exam_server.room.rules.lifecycle import ENDED, AttemptState
from exam_server.room.rules.seating import TROUBLE, SeatFacts, SeatState, seat_state
from exam_server.room.tables import Attempt, JournalEntry, Presence, Terminal

UNUSUAL = sorted(name for name, kind in KINDS.items() if kind.unusual)


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
    left_ms: int | None


class BoardSeat(msgspec.Struct, frozen=True, kw_only=True):
    """One tile. ``since_ms``: how long its trouble lasts. No answer content, ever."""

    seat: int
    use: str
    state: str
    candidate_id: str | None = None
    name: str | None = None
    ticket: str | None = None
    answered: int = 0
    count: int = 0
    marked: int = 0
    subject_ordinal: int | None = None
    left_ms: int | None = None
    granted_ms: int = 0
    since_ms: int | None = None
    hand: bool = False
    events: int = 0
    note: str | None = None


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


@dataclass(frozen=True, slots=True)
class _Person:
    row: Candidate
    attempts: Sequence[Attempt]
    terminal: Terminal | None
    presence: Presence | None
    events: int


def board(session: Session, sitting_id: str, now: Instant) -> Board:
    """The Board of a sitting, or Refusal 404."""
    where = session.get(Sitting, sitting_id)
    if where is None:
        raise not_found("sitting", sitting_id)
    exam = session.get(Exam, where.exam_id)
    assert exam is not None  # foreign key
    rules = of_exam(exam)
    people = _people(session, sitting_id)
    # a candidate who moved is shown at the machine they sit at
    at_seat = {
        (p.terminal.seat if p.terminal and p.terminal.seat else p.row.seat): p
        for p in people.values()
    }
    seats = tuple(
        _tile(seat, at_seat.get(seat.number), where, rules, now)
        for seat in session.scalars(
            select(Seat).where(Seat.sitting_id == sitting_id).order_by(Seat.number)
        )
    )
    subject, left_ms = _room_subject(people, rules, now)
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
            subject,
            left_ms,
        ),
        now.wall_ms,
        _counts(seats),
        seats,
        tuple(_worst_first(seats)),
        {"seq": where.head_seq, "digest": where.head},
    )


def _people(session: Session, sitting_id: str) -> dict[str, _Person]:
    rows = {
        row.id: row
        for row in session.scalars(select(Candidate).where(Candidate.sitting_id == sitting_id))
    }
    attempts: dict[str, list[Attempt]] = defaultdict(list)
    for attempt in session.scalars(
        select(Attempt).where(Attempt.sitting_id == sitting_id).order_by(Attempt.ordinal)
    ):
        attempts[attempt.candidate_id].append(attempt)
    seated = select(Candidate.id).where(Candidate.sitting_id == sitting_id)
    terminals = {
        row.candidate_id: row
        for row in session.scalars(select(Terminal).where(Terminal.candidate_id.in_(seated)))
    }
    presences = {
        row.candidate_id: row
        for row in session.scalars(select(Presence).where(Presence.candidate_id.in_(seated)))
    }
    events = _unusual_events(session, sitting_id)
    return {
        ident: _Person(
            row,
            attempts[ident],
            terminals.get(ident),
            presences.get(ident),
            sum(events.get(attempt.id, 0) for attempt in attempts[ident]),
        )
        for ident, row in rows.items()
    }


def _unusual_events(session: Session, sitting_id: str) -> Mapping[str, int]:
    rows = session.execute(
        select(JournalEntry.chain, func.count())
        .where(JournalEntry.sitting_id == sitting_id, JournalEntry.kind.in_(UNUSUAL))
        .group_by(JournalEntry.chain)
    )
    return {row[0]: row[1] for row in rows}


def _tile(
    seat: Seat, person: _Person | None, where: Sitting, rules: Profile, now: Instant
) -> BoardSeat:
    if person is None:
        use = seat.use if seat.use != "candidate" else "spare"
        state = SeatState.OUT_OF_USE if use == "out_of_use" else SeatState.SPARE
        return BoardSeat(seat=seat.number, use=use, state=state.value)
    if not person.attempts:  # not made ready yet
        return BoardSeat(
            seat=seat.number,
            use="candidate",
            state=SeatState.NOT_ARRIVED.value,
            candidate_id=person.row.id,
            name=person.row.name,
            ticket=person.row.ticket,
        )
    facts = _facts(person, where)
    state = seat_state(facts, now.wall_ms, rules.room.idle_minutes * 60_000)
    current = _current(person.attempts)
    moved = person.terminal is not None and person.terminal.seat not in (None, person.row.seat)
    return BoardSeat(
        seat=seat.number,
        use="candidate",
        state=state.value,
        candidate_id=person.row.id,
        name=person.row.name,
        ticket=person.row.ticket,
        answered=current.answered,
        count=rules.subjects[current.subject].count,
        marked=current.marked,
        subject_ordinal=current.ordinal,
        left_ms=_left_ms(current, now),
        granted_ms=sum(attempt.granted_ms for attempt in person.attempts),
        since_ms=_since_ms(state, facts, where, now),
        hand=_hand_up(person, state),
        events=person.events,
        note="moved" if moved else None,
    )


def _hand_up(person: _Person, state: SeatState) -> bool:
    """A hand that was never lowered means nothing once everything is handed in."""
    up = person.presence is not None and person.presence.hand_raised_ms is not None
    return up and state not in (SeatState.FINISHED, SeatState.ABSENT)


def _facts(person: _Person, where: Sitting) -> SeatFacts:
    presence = person.presence
    current = _current(person.attempts)
    return SeatFacts(
        states=tuple(AttemptState(attempt.state) for attempt in person.attempts),
        logged_in=person.terminal is not None,
        connected=bool(presence and presence.connected),
        silent_since_ms=presence.heard_ms if presence else None,
        paused_room=where.paused_boot_ms is not None,
        last_sign_ms=max(
            (ms for ms in (current.last_saved_ms, current.started_ms) if ms is not None),
            default=None,
        ),
    )


def _current(attempts: Sequence[Attempt]) -> Attempt:
    for attempt in attempts:
        if AttemptState(attempt.state) not in ENDED:
            return attempt
    return attempts[-1]


def _left_ms(attempt: Attempt, now: Instant) -> int | None:
    if attempt.started_ms is None or AttemptState(attempt.state) in ENDED:
        return None
    return max(0, attempt.timing.left(now))


def _since_ms(state: SeatState, facts: SeatFacts, where: Sitting, now: Instant) -> int | None:
    if state is SeatState.LOST and facts.silent_since_ms is not None:
        return now.wall_ms - facts.silent_since_ms
    if state is SeatState.IDLE and facts.last_sign_ms is not None:
        return now.wall_ms - facts.last_sign_ms
    if state is SeatState.PAUSED and where.paused_boot_ms is not None:
        return now.since(where.paused_boot_ms)
    return None


def _room_subject(
    people: Mapping[str, _Person], rules: Profile, now: Instant
) -> tuple[str | None, int | None]:
    """The subject most people are in, and what most of them have left in it: the time of the one
    in the middle, which no single grant and no late arrival moves."""
    under_way: dict[str, list[int]] = defaultdict(list)
    for person in people.values():
        for attempt in person.attempts:
            left_ms = _left_ms(attempt, now)
            if left_ms is not None:
                under_way[attempt.subject].append(left_ms)
    if not under_way:
        return None, None
    subject = max(under_way, key=lambda name: len(under_way[name]))
    return rules.subjects[subject].name, median_high(under_way[subject])


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
    """Lost before paused before idle, longest first; then raised hands."""
    rank = {state.value: place for place, state in enumerate(TROUBLE)}
    bad = [seat for seat in seats if seat.state in rank or (seat.hand and seat.candidate_id)]
    bad.sort(key=lambda seat: (rank.get(seat.state, len(rank)), -(seat.since_ms or 0), seat.seat))
    return [seat.candidate_id for seat in bad if seat.candidate_id is not None]
