"""What other scores do to a group: who rises, who falls, who crosses the line (pure).

The line is held where it is; what the same method would draw from the new scores is told beside
it (DOMAIN C10), because a rate moves with the scores.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec

from exam_server.results.rules.entries import Entry, Standing, compared
from exam_server.results.rules.lines import reaches
from exam_server.results.rules.params import LineParams

Points = Mapping[str, Mapping[str, Decimal]]  # candidate id → subject → points
COMPARED = (Standing.VALID, Standing.CONDITIONAL)


class Crossing(msgspec.Struct, frozen=True):
    """One person on the other side of the line. ``up``: reaches it now."""

    candidate_id: str
    up: bool
    before: Decimal
    after: Decimal


class Moved(msgspec.Struct, frozen=True):
    """How many of those who are compared have more, less or the same."""

    raised: int
    lowered: int
    same: int


def with_points(entries: Iterable[Entry], points: Points) -> list[Entry]:
    """The same people with these points in the place of theirs; a subject that does not count
    (absent, void) does not count for that."""
    return [
        Entry(one.candidate_id, one.standing, one.subjects | _counting(one, points))
        for one in entries
    ]


def _counting(entry: Entry, points: Points) -> dict[str, Decimal]:
    found = points.get(entry.candidate_id, {})
    return {subject: value for subject, value in found.items() if subject in entry.subjects}


def moved(before: Iterable[Entry], after: Iterable[Entry], basis: str) -> Moved:
    """``before`` and ``after``: the same people in the same order."""
    steps = [
        compared(new, basis) - compared(old, basis)
        for old, new in zip(before, after, strict=True)
        if old.standing in COMPARED
    ]
    raised, lowered = sum(step > 0 for step in steps), sum(step < 0 for step in steps)
    return Moved(raised, lowered, len(steps) - raised - lowered)


def crossings(
    before: Iterable[Entry], after: Iterable[Entry], line: Decimal | None, params: LineParams
) -> list[Crossing]:
    """Who is on the other side, those who fall below first; nobody where there is no line."""
    if line is None:
        return []
    found = [
        Crossing(
            old.candidate_id,
            not reaches(old, line, params),
            compared(old, params.basis),
            compared(new, params.basis),
        )
        for old, new in zip(before, after, strict=True)
        if old.standing in COMPARED and reaches(old, line, params) != reaches(new, line, params)
    ]
    return sorted(found, key=lambda one: (one.up, one.candidate_id))
