"""The life of a correction 更正 (DOMAIN D11): one enum, one table (pure).

proposed 提出 → tried 试算 → approved 一人批准 → applied 生效, by the second person's approval.
Until then nobody's score changes. Tried again, what one person had approved is approved no more:
each approves the consequences that were shown.
"""

from __future__ import annotations

from enum import StrEnum


class CorrectionState(StrEnum):
    """Where a correction stands. Why one was rejected or withdrawn is in its steps."""

    PROPOSED = "proposed"
    TRIED = "tried"
    APPROVED = "approved"
    APPLIED = "applied"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


_C = CorrectionState
TRANSITIONS: dict[CorrectionState, frozenset[CorrectionState]] = {
    _C.PROPOSED: frozenset({_C.TRIED, _C.REJECTED, _C.WITHDRAWN}),
    _C.TRIED: frozenset({_C.TRIED, _C.APPROVED, _C.REJECTED, _C.WITHDRAWN}),
    _C.APPROVED: frozenset({_C.TRIED, _C.APPLIED, _C.REJECTED, _C.WITHDRAWN}),
    _C.APPLIED: frozenset(),
    _C.REJECTED: frozenset(),
    _C.WITHDRAWN: frozenset(),
}
OPEN = (_C.PROPOSED, _C.TRIED, _C.APPROVED)


def may_go(state: CorrectionState, to: CorrectionState) -> bool:
    """Whether the table has this step."""
    return to in TRANSITIONS[state]
