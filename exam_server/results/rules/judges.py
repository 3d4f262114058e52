"""What a panel of judges 评委 says, and the line that follows (DOMAIN C10.6, C10.7; pure).

Angoff: every judge says of every item how likely it is that a candidate who is just good
enough gets it right (or plainly yes or no); the line is Σ points × mean. Hofstee: every judge
names the lowest and highest line and the smallest and largest share of failures that they
could accept; the line is where the scores' own curve meets the diagonal between the two.
All arithmetic is exact; a mean of thirds is not a binary number.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

import msgspec

from exam_server.results.rules.params import ImpossibleParams

_HUNDRED = 100


class RatedItem(msgspec.Struct, frozen=True):
    """An item as the judges' sheet names it: subject id, number in the paper, points."""

    subject: str
    number: int
    points: Decimal


class AngoffPanel(msgspec.Struct, frozen=True, tag="angoff", tag_field="kind"):
    """``ratings``: one row per item, one probability 0…1 per judge; all 0 or 1 is yes/no."""

    judges: tuple[str, ...]
    items: tuple[RatedItem, ...]
    ratings: tuple[tuple[Decimal, ...], ...]

    @property
    def yes_no(self) -> bool:
        """Whether the judges only said yes or no."""
        return all(rating in (0, 1) for row in self.ratings for rating in row)


class Acceptable(msgspec.Struct, frozen=True):
    """One judge's four numbers: lines in points, shares of failures 0…1."""

    c_min: Decimal
    c_max: Decimal
    f_min: Decimal
    f_max: Decimal


class HofsteePanel(msgspec.Struct, frozen=True, tag="hofstee", tag_field="kind"):
    """One :class:`Acceptable` per judge; each has c_min ≤ c_max and f_min ≤ f_max."""

    judges: tuple[str, ...]
    accepts: tuple[Acceptable, ...]


Panel = AngoffPanel | HofsteePanel


class Crossing(msgspec.Struct, frozen=True):
    """Hofstee's line. ``met``: False when the curve never meets the segment."""

    line: Decimal
    met: bool
    too_few_fail: bool
    too_many_fail: bool


def angoff_line(panel: AngoffPanel, rounding: str) -> Decimal:
    """Σ points × mean over judges, rounded to hundredths of a point (DOMAIN D35)."""
    lines = judge_lines(panel)  # the mean of the sums is the sum of the means
    return hundredths(sum(lines, Fraction(0)) / len(lines), rounding)


def judge_lines(panel: AngoffPanel) -> tuple[Fraction, ...]:
    """The line that each judge alone would draw, in the order of ``panel.judges``."""
    points = [Fraction(item.points) for item in panel.items]
    columns = zip(*panel.ratings, strict=True)
    return tuple(
        sum((each * Fraction(p) for each, p in zip(points, column, strict=True)), Fraction(0))
        for column in columns
    )


def hofstee_line(panel: HofsteePanel, scores: Sequence[Decimal], grid: Decimal) -> Crossing:
    """The smallest multiple c of ``grid`` between the judges' mean c_min and c_max at which the
    share F(c) of ``scores`` below c is at least the segment from (c_min, f_max) to
    (c_max, f_min); else c_max. ``scores`` is not empty. Raises :class:`ImpossibleParams`
    ("grid") when no multiple lies between the two."""
    c_min, c_max, f_min, f_max = means(panel)
    step = Fraction(grid)
    first, last = ceil(c_min / step), floor(c_max / step)
    if first > last:
        raise ImpossibleParams("grid")
    ascending = sorted(Fraction(score) for score in scores)
    met = None
    for at in range(first, last + 1):
        if share_below(ascending, at * step) >= _segment(at * step, c_min, c_max, f_min, f_max):
            met = at * step
            break
    line = hundredths(c_max if met is None else met, "floor")
    return Crossing(
        line=line,
        met=met is not None,
        too_few_fail=met is None and share_below(ascending, c_max) < f_min,
        too_many_fail=share_below(ascending, c_min) > f_max,
    )


def means(panel: HofsteePanel) -> tuple[Fraction, Fraction, Fraction, Fraction]:
    """The judges' mean c_min, c_max, f_min, f_max."""
    return (
        mean([one.c_min for one in panel.accepts]),
        mean([one.c_max for one in panel.accepts]),
        mean([one.f_min for one in panel.accepts]),
        mean([one.f_max for one in panel.accepts]),
    )


def mean(values: Sequence[Decimal]) -> Fraction:
    """The exact mean of at least one value."""
    return sum((Fraction(value) for value in values), Fraction(0)) / len(values)


def share_below(ascending: Sequence[Fraction], line: Fraction) -> Fraction:
    """F(c): the share of the scores that lie below ``line``."""
    return Fraction(bisect_left(ascending, line), len(ascending))


def hundredths(value: Fraction, rounding: str) -> Decimal:
    """``value`` ≥ 0 to two places, floor, half up (``round``) or ceil."""
    scaled = value * _HUNDRED
    whole = {"floor": floor(scaled), "ceil": ceil(scaled), "round": floor(scaled + Fraction(1, 2))}
    return Decimal(whole[rounding]) / _HUNDRED


def _segment(
    line: Fraction, c_min: Fraction, c_max: Fraction, f_min: Fraction, f_max: Fraction
) -> Fraction:
    if c_min == c_max:
        return f_min
    return f_max + (f_min - f_max) * (line - c_min) / (c_max - c_min)
