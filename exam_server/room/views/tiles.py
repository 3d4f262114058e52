"""The tiles of the seat plan: what is known of each seat and of who sits there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_server.clock import Instant
from exam_server.desk.tables import Candidate, Seat, Sitting
from exam_server.profiles.profile import Profile
from exam_server.room.rules.catalogue import KINDS
from exam_server.room.rules.lifecycle import ENDED, AttemptState
from exam_server.room.rules.seating import SeatFacts, SeatState, seat_state
from exam_server.room.tables import Attempt, JournalEntry, MachineChange, Presence, Terminal

UNUSUAL = sorted(name for name, kind in KINDS.items() if kind.unusual)


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
    # machine changes: where they asked from or are sent to, where they came from or went to
    asks: int | None = None
    sent: bool = False
    sent_to: int | None = None
    came_from: int | None = None
    went_to: int | None = None
    proposed_ms: int = 0


@dataclass(frozen=True, slots=True)
class Person:
    """A candidate and the rows their tile needs. ``paused_at_ms``: wall, their own pause."""

    row: Candidate
    attempts: Sequence[Attempt]
    terminal: Terminal | None
    presence: Presence | None
    events: int
    paused_at_ms: int | None
    change: MachineChange | None

    @property
    def at(self) -> int | None:
        """The seat they sit at: a candidate who moved is shown at the machine they went to."""
        moved = self.terminal is not None and self.terminal.seat is not None
        return self.terminal.seat if moved and self.terminal else self.row.seat


def people_of(session: Session, sitting_id: str) -> dict[str, Person]:
    """Everybody who is seated in the sitting, by candidate id."""
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
    changes = {
        row.candidate_id: row
        for row in session.scalars(
            select(MachineChange).where(MachineChange.candidate_id.in_(seated))
        )
    }
    events = _unusual_events(session, sitting_id)
    pauses = _pauses(session, sitting_id, [one for mine in attempts.values() for one in mine])
    return {
        ident: Person(
            row,
            attempts[ident],
            terminals.get(ident),
            presences.get(ident),
            sum(events.get(attempt.id, 0) for attempt in attempts[ident]),
            next((pauses[one.id] for one in attempts[ident] if one.id in pauses), None),
            changes.get(ident),
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


def _pauses(session: Session, sitting_id: str, attempts: Sequence[Attempt]) -> Mapping[str, int]:
    """Attempt id → wall ms at which its own pause began, of those that are paused."""
    paused = [one.id for one in attempts if one.state == AttemptState.PAUSED]
    if not paused:
        return {}
    rows = session.execute(
        select(JournalEntry.chain, func.max(JournalEntry.at_ms))
        .where(
            JournalEntry.sitting_id == sitting_id,
            JournalEntry.kind == "paused",
            JournalEntry.chain.in_(paused),
        )
        .group_by(JournalEntry.chain)
    )
    return {row[0]: row[1] for row in rows}


def tile(
    seat: Seat,
    person: Person | None,
    went_to: int | None,
    where: Sitting,
    rules: Profile,
    now: Instant,
) -> BoardSeat:
    """The seat as the plan draws it. ``person``: who sits there; ``went_to``: where went who
    is registered for it."""
    if person is None:
        use = seat.use if seat.use != "candidate" else "spare"
        state = SeatState.OUT_OF_USE if use == "out_of_use" else SeatState.SPARE
        return BoardSeat(seat=seat.number, use=use, state=state.value, went_to=went_to)
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
    change = person.change
    sent = change is not None and change.released_ms is not None
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
        left_ms=left_ms(current, now),
        granted_ms=sum(attempt.granted_ms for attempt in person.attempts),
        since_ms=_since_ms(state, facts, person.paused_at_ms, where, now),
        hand=_hand_up(person, state),
        events=person.events,
        asks=change.asked_seat if change and change.asked_ms and not sent else None,
        sent=sent,
        sent_to=change.to_seat if change and sent else None,
        came_from=person.row.seat if person.at != person.row.seat else None,
        proposed_ms=sum(attempt.proposed_ms for attempt in person.attempts),
    )


def _hand_up(person: Person, state: SeatState) -> bool:
    """A hand that was never lowered means nothing once everything is handed in."""
    up = person.presence is not None and person.presence.hand_raised_ms is not None
    return up and state not in (SeatState.FINISHED, SeatState.ABSENT)


def _facts(person: Person, where: Sitting) -> SeatFacts:
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


def left_ms(attempt: Attempt, now: Instant) -> int | None:
    """Milliseconds left of an attempt under way; None before and after."""
    if attempt.started_ms is None or AttemptState(attempt.state) in ENDED:
        return None
    return max(0, attempt.timing.left(now))


def _since_ms(
    state: SeatState, facts: SeatFacts, paused_at_ms: int | None, where: Sitting, now: Instant
) -> int | None:
    if state is SeatState.LOST and facts.silent_since_ms is not None:
        return now.wall_ms - facts.silent_since_ms
    if state is SeatState.IDLE and facts.last_sign_ms is not None:
        return now.wall_ms - facts.last_sign_ms
    if state is SeatState.PAUSED and paused_at_ms is not None:
        return max(0, now.wall_ms - paused_at_ms)
    if state is SeatState.PAUSED and where.paused_boot_ms is not None:
        return now.since(where.paused_boot_ms)
    return None
