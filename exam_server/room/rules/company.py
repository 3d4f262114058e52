"""Does anybody serve the room while a process begins, or comes back from silence? Pure.

An outage is a time in which no process served (DESIGN §5): one of several that starts anew in
mid-exam gives nobody more time, and the first after all were gone gives it back in full.
"""

from __future__ import annotations

from enum import Enum, auto

DEAD_AFTER_MS = 10_000  # every process gives a sign of life each second, a busy one later


class Company(Enum):
    """ALONE: nobody serves. TOGETHER: somebody does. UNKNOWN: look again in a moment."""

    ALONE = auto()
    TOGETHER = auto()
    UNKNOWN = auto()


def company_of(others: bool, silent_ms: int, moved: bool) -> Company:
    """``others``: the database knows of other processes; it may not have noticed their end yet.

    ``silent_ms``: since the last sign of life of anybody. ``moved``: there was one since this
    process looked before, which proves that somebody lives.
    """
    if not others or silent_ms > DEAD_AFTER_MS:
        return Company.ALONE
    return Company.TOGETHER if moved else Company.UNKNOWN
