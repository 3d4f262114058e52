"""What one seat of the plan shows: pure, from the facts of its candidate."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from exam_server.room.rules.lifecycle import AttemptState

LOST_AFTER_MS = 20_000


class SeatState(StrEnum):
    """States of a seat (look: States)."""

    SPARE = "spare"
    OUT_OF_USE = "out_of_use"
    NOT_ARRIVED = "not_arrived"
    ABSENT = "absent"
    WAITING = "waiting"
    WORKING = "working"
    LOST = "lost"
    PAUSED = "paused"
    IDLE = "idle"
    BETWEEN = "between"
    SUBMITTED = "submitted"
    FINISHED = "finished"


# worst first; states that are not here are no trouble
TROUBLE = (SeatState.LOST, SeatState.PAUSED, SeatState.IDLE)


@dataclass(frozen=True, slots=True)
class SeatFacts:
    """``states``: of the candidate's attempts in order. ``since_*``: wall ms or None."""

    states: tuple[AttemptState, ...]
    logged_in: bool
    connected: bool
    silent_since_ms: int | None
    paused_room: bool
    last_sign_ms: int | None  # last saved answer, else the start


def seat_state(facts: SeatFacts, now_wall_ms: int, idle_after_ms: int) -> SeatState:
    """The one state a tile shows."""
    states = facts.states
    if states[0] is AttemptState.ABSENT:
        return SeatState.ABSENT
    if all(state in (AttemptState.SUBMITTED, AttemptState.VOIDED) for state in states):
        return SeatState.FINISHED
    if not facts.logged_in:
        return SeatState.NOT_ARRIVED
    if silence_ms(facts.connected, facts.silent_since_ms, now_wall_ms):
        return SeatState.LOST
    if AttemptState.PAUSED in states:
        return SeatState.PAUSED
    if AttemptState.IN_PROGRESS in states:
        if facts.paused_room:
            return SeatState.PAUSED
        idle_ms = now_wall_ms - (facts.last_sign_ms or now_wall_ms)
        return SeatState.IDLE if idle_ms > idle_after_ms else SeatState.WORKING
    return SeatState.WAITING if states[0] is not AttemptState.SUBMITTED else SeatState.BETWEEN


def silence_ms(connected: bool, heard_ms: int | None, now_wall_ms: int) -> int:
    """For how long a terminal is lost: 0 while its line is open or it was heard just now."""
    if connected or heard_ms is None or now_wall_ms - heard_ms <= LOST_AFTER_MS:
        return 0
    return now_wall_ms - heard_ms
