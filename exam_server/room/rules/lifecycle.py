"""The life of an attempt: one enum, one table of transitions (DESIGN §4)."""

from __future__ import annotations

from enum import StrEnum

from exam_server.errors import Refusal


class AttemptState(StrEnum):
    """States of an attempt 作答; *why* it ended is :class:`Cause`, not a state."""

    ASSIGNED = "assigned"
    CHECKED_IN = "checked_in"
    IN_PROGRESS = "in_progress"
    PAUSED = "paused"
    SUBMITTED = "submitted"
    ABSENT = "absent"
    VOIDED = "voided"


class Cause(StrEnum):
    """Why an attempt was submitted."""

    CANDIDATE = "candidate"
    TIME = "time"
    PROCTOR = "proctor"


_S = AttemptState
TRANSITIONS: dict[AttemptState, frozenset[AttemptState]] = {
    # a later subject starts straight from assigned: its candidate is already at the machine
    _S.ASSIGNED: frozenset({_S.CHECKED_IN, _S.IN_PROGRESS, _S.SUBMITTED, _S.ABSENT}),
    _S.CHECKED_IN: frozenset({_S.IN_PROGRESS, _S.SUBMITTED, _S.ABSENT}),
    _S.IN_PROGRESS: frozenset({_S.PAUSED, _S.SUBMITTED}),
    _S.PAUSED: frozenset({_S.IN_PROGRESS, _S.SUBMITTED}),
    _S.SUBMITTED: frozenset({_S.VOIDED}),
    _S.ABSENT: frozenset(),
    _S.VOIDED: frozenset(),
}

ENDED = frozenset({_S.SUBMITTED, _S.ABSENT, _S.VOIDED})
UNDER_WAY = frozenset({_S.IN_PROGRESS, _S.PAUSED})


def advance(state: str, to: AttemptState) -> str:
    """The new state, or Refusal ``wrong_state`` naming both."""
    if to not in TRANSITIONS[AttemptState(state)]:
        raise Refusal("wrong_state", 409, {"state": state, "wanted": to.value})
    return to.value
