"""Which of several answers to one item counts: the newest revision, exactly once."""

from __future__ import annotations

from typing import NamedTuple


class Revision(NamedTuple):
    """(fence, counter): the fence rises at a machine change, the counter with every choice."""

    fence: int
    counter: int


def newer(candidate: Revision, current: Revision | None) -> bool:
    """Whether ``candidate`` replaces ``current``."""
    return current is None or candidate > current
