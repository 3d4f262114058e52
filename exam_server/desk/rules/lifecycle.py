"""The life of a sitting 场次: one enum, one table (DESIGN §4)."""

from __future__ import annotations

from enum import StrEnum

from exam_server.errors import Refusal


class SittingState(StrEnum):
    """Where a sitting stands. *Why* it got there is in the journal, not here."""

    PLANNED = "planned"
    READY = "ready"
    UNSEALED = "unsealed"
    RUNNING = "running"
    CLOSED = "closed"
    SCORED = "scored"
    RELEASED = "released"


TRANSITIONS: dict[SittingState, frozenset[SittingState]] = {
    SittingState.PLANNED: frozenset({SittingState.READY}),
    # back to planned: the assigned package is taken away again
    SittingState.READY: frozenset({SittingState.UNSEALED, SittingState.PLANNED}),
    # back to ready: until the bell secrets are in memory only, a restart asks again
    SittingState.UNSEALED: frozenset({SittingState.RUNNING, SittingState.READY}),
    SittingState.RUNNING: frozenset({SittingState.CLOSED}),
    SittingState.CLOSED: frozenset({SittingState.SCORED}),
    SittingState.SCORED: frozenset({SittingState.RELEASED}),
    SittingState.RELEASED: frozenset(),
}

ENDED = frozenset({SittingState.CLOSED, SittingState.SCORED, SittingState.RELEASED})


def advance(state: str, to: SittingState) -> str:
    """The new state, or Refusal ``wrong_state`` naming both."""
    if to not in TRANSITIONS[SittingState(state)]:
        raise Refusal("wrong_state", 409, {"state": state, "wanted": to.value})
    return to.value
