"""Who enters a line 合格线, and with what (DOMAIN D18, D19, D30; pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum

import msgspec


class Standing(StrEnum):
    """How one person enters a line.

    ``VALID`` alone is in S. ``PARTIAL``: one subject has no score (absent or voided), so the
    rest is not compared. ``CONDITIONAL``: sat, but the registration is not yet cleared.
    ``PENDING``: the exam or the scoring is not over.
    """

    VALID = "valid"
    PARTIAL = "partial"
    ABSENT = "absent"
    VOIDED = "voided"
    CONDITIONAL = "conditional"
    PENDING = "pending"


PRESENT = frozenset({Standing.VALID, Standing.PARTIAL, Standing.VOIDED, Standing.CONDITIONAL})


class Entry(msgspec.Struct, frozen=True):
    """One person of a group. ``subjects``: points by subject id, only where there are any."""

    candidate_id: str
    standing: Standing
    subjects: dict[str, Decimal]


class Counts(msgspec.Struct, frozen=True):
    """Heads by standing. registered = present + absent + pending."""

    registered: int
    present: int
    valid: int
    absent: int
    partial: int
    voided: int
    conditional: int
    pending: int

    def base(self, name: str) -> int:
        """The denominator called valid, present or registered (DOMAIN D18).

        Conditional registrations are in none of them until they are cleared (D30).
        """
        heads = {"valid": self.valid, "present": self.present, "registered": self.registered}
        return heads[name] if name == "valid" else heads[name] - self.conditional


def compared(entry: Entry, basis: str) -> Decimal:
    """The figure that is held against the line: the sum, or the least subject."""
    points = entry.subjects.values()
    return sum(points, Decimal(0)) if basis == "sum" else min(points)


def count(entries: Iterable[Entry]) -> Counts:
    """Heads of a group by standing."""
    heads = Counter(entry.standing for entry in entries)
    return Counts(
        registered=heads.total(),
        present=sum(heads[standing] for standing in PRESENT),
        valid=heads[Standing.VALID],
        absent=heads[Standing.ABSENT],
        partial=heads[Standing.PARTIAL],
        voided=heads[Standing.VOIDED],
        conditional=heads[Standing.CONDITIONAL],
        pending=heads[Standing.PENDING],
    )
