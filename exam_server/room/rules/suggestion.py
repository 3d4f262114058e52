"""What the console proposes to a person, from time that was measured (pure; DESIGN §5, D38)."""

from __future__ import annotations

LEAST_PROPOSED_MS = 1_000


def to_propose(lost_ms: int) -> int:
    """What of a measured loss is put before a person: a grant is whole seconds, so that what is
    under one could be neither given nor, by anybody's watch, missed."""
    return lost_ms if lost_ms >= LEAST_PROPOSED_MS else 0
