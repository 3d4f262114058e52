"""The life of a recovery case 迟到证据 (DESIGN §5): one enum, one table (pure).

open → proposed_apply or proposed_refuse, by one person → applied or refused, by a second who
agrees; one who does not agree opens it again.
"""

from __future__ import annotations

from enum import StrEnum


class RecoveryState(StrEnum):
    """Where a recovery case stands; who proposed, and why, is in its row."""

    OPEN = "open"
    PROPOSED_APPLY = "proposed_apply"
    PROPOSED_REFUSE = "proposed_refuse"
    APPLIED = "applied"
    REFUSED = "refused"


_S = RecoveryState
# by the person's yes or no: of the first to "count the answers", of the second to the proposal
TRANSITIONS: dict[tuple[RecoveryState, bool], RecoveryState] = {
    (_S.OPEN, True): _S.PROPOSED_APPLY,
    (_S.OPEN, False): _S.PROPOSED_REFUSE,
    (_S.PROPOSED_APPLY, True): _S.APPLIED,
    (_S.PROPOSED_APPLY, False): _S.OPEN,
    (_S.PROPOSED_REFUSE, True): _S.REFUSED,
    (_S.PROPOSED_REFUSE, False): _S.OPEN,
}
PROPOSED = frozenset({_S.PROPOSED_APPLY, _S.PROPOSED_REFUSE})
UNDECIDED = frozenset({_S.OPEN, *PROPOSED})


def after(state: str, yes: bool) -> RecoveryState:
    """What an undecided case becomes by a person's yes or no; KeyError for a decided one."""
    return TRANSITIONS[RecoveryState(state), yes]
