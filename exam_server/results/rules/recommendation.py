"""How many a unit may put forward 推荐, and who of those who passed (DOMAIN A5; pure).

Hebei: units recommend at 1 : 1.2 of the approved quota from those who passed. The notice states
neither the rounding nor what happens to equal scores. Read here: *at most* that many, so the
number is rounded down; people of equal score are never told apart by the program, the unit
decides between them and says how.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from itertools import groupby


class Place(StrEnum):
    """``WITHIN``: inside the unit's number with everybody of equal score. ``TIED``: the number
    ends among equals, the unit decides. ``BEYOND``: after it."""

    WITHIN = "within"
    TIED = "tied"
    BEYOND = "beyond"


@dataclass(frozen=True, slots=True)
class Passed:
    """One person who passed. ``points``: what is compared, higher first."""

    candidate_id: str
    unit: str
    points: Decimal


@dataclass(frozen=True, slots=True)
class Ranked:
    """``rank``: from 1; equals share one and the next is after all of them."""

    person: Passed
    rank: int
    place: Place


@dataclass(frozen=True, slots=True)
class UnitList:
    """``quota``: vacancies approved, None where none was given: nobody is put forward then.
    ``most``: how many the unit may put forward."""

    unit: str
    quota: int | None
    most: int
    people: tuple[Ranked, ...]


def most_of(quota: int, ratio: Decimal) -> int:
    """⌊quota × ratio⌋: 1 → 1, 4 → 4, 5 → 6 at 1.2."""
    if quota < 0 or ratio < 1:
        raise ValueError("a quota is not negative and a ratio is at least 1")
    return int((quota * ratio).to_integral_value(ROUND_FLOOR))


def recommendation(
    people: Iterable[Passed], quotas: dict[str, int], ratio: Decimal
) -> list[UnitList]:
    """One list per unit that has a quota or somebody who passed, by the unit's name."""
    by_unit: dict[str, list[Passed]] = {unit: [] for unit in quotas}
    for person in people:
        by_unit.setdefault(person.unit, []).append(person)
    return [_unit(unit, quotas.get(unit), found, ratio) for unit, found in sorted(by_unit.items())]


def _unit(unit: str, quota: int | None, found: Sequence[Passed], ratio: Decimal) -> UnitList:
    most = 0 if quota is None else most_of(quota, ratio)
    ranked: list[Ranked] = []
    ordered = sorted(found, key=lambda one: (-one.points, one.candidate_id))
    for _, equals in groupby(ordered, key=lambda one: one.points):
        together = list(equals)
        before, after = len(ranked), len(ranked) + len(together)
        place = Place.WITHIN if after <= most else Place.TIED if before < most else Place.BEYOND
        ranked += [Ranked(person, before + 1, place) for person in together]
    return UnitList(unit, quota, most, tuple(ranked))
