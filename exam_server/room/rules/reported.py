"""Numbers that a terminal reports: kept, but never larger than every reader can hold."""

from __future__ import annotations

from math import isnan

LARGEST = 2**31 - 1  # what no honest terminal reaches, and every database's integer holds


def whole(value: object) -> int:
    """``value`` as an integer within ±``LARGEST``; 0 for what is no number."""
    if not isinstance(value, int | float) or (isinstance(value, float) and isnan(value)):
        return 0
    return int(max(-LARGEST, min(value, LARGEST)))
