"""What a person needs to sit on equal terms 合理便利 (DOMAIN C12): approved, never assumed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

MOST = Decimal(2)  # twice the time; the models in use ask for 1.3 and 1.5


class Needs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``time_factor``: decimal text, "1" for the plain limit. ``separate_room``: seated only in
    a room set apart."""

    time_factor: str = "1"
    large_print: bool = False
    separate_room: bool = False

    @property
    def stored(self) -> dict[str, Any] | None:
        """The value for ``Candidate.needs``: None for who needs nothing."""
        return None if self == NONE else msgspec.to_builtins(self)

    def limit_ms(self, minutes: int) -> int:
        """The time limit of a subject of ``minutes``, in milliseconds."""
        return int(minutes * 60_000 * Decimal(self.time_factor))


NONE = Needs()


def needs_of(stored: Mapping[str, Any] | None) -> Needs:
    """What ``Candidate.needs`` holds."""
    return NONE if stored is None else msgspec.convert(dict(stored), Needs)


def time_factor(text: str) -> str | None:
    """``1.3``, ``130%``, ``+30%``, ``30%`` → ``"1.3"``; "" → ``"1"``; None: not understood.

    From 1 to twice the time.
    """
    if not text:
        return "1"
    bare = text.removesuffix("%").removeprefix("+")
    try:
        value = Decimal(bare)
    except InvalidOperation:
        return None
    if text.endswith("%"):
        value = value / 100
        value += 1 if value < 1 else 0
    if not value.is_finite() or not 1 <= value <= MOST:
        return None
    return format(value.normalize(), "f")
