"""How scores are spread, for drawing and for seeing what a line would do (pure)."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal

import msgspec

from exam_server.results.rules.entries import Entry, Standing
from exam_server.results.rules.lines import figures_of, meets, minimums
from exam_server.results.rules.params import LineParams


class Bin(msgspec.Struct, frozen=True):
    """Scores from ``low`` up to but not including ``high`` (the last bin includes it)."""

    low: Decimal
    high: Decimal
    count: int


class Step(msgspec.Struct, frozen=True):
    """``at_least``: how many have ``score`` or more; ``ties``: how many exactly."""

    score: Decimal
    at_least: int
    ties: int


class Nearby(msgspec.Struct, frozen=True):
    """What a line some points up or down would do. ``difference``: against the middle."""

    line: Decimal
    reached: int
    difference: int
    ties: int


class Summary(msgspec.Struct, frozen=True):
    """Figures of a group; ``mean`` to two places, None without scores."""

    count: int
    mean: Decimal | None
    highest: Decimal | None
    lowest: Decimal | None


def histogram(scores: Sequence[Decimal], full: Decimal, width: Decimal) -> list[Bin]:
    """Bins of ``width`` from 0 to ``full``; a score below 0 counts in the first bin."""
    if width <= 0 or full <= 0:
        raise ValueError("full mark and width of a bin are positive")
    places = int((full / width).to_integral_value(ROUND_FLOOR))
    places += 0 if places * width == full else 1
    counts = Counter(_place(score, width, places) for score in scores)
    return [
        Bin(number * width, min(full, (number + 1) * width), counts[number])
        for number in range(places)
    ]


def cumulative(scores: Sequence[Decimal]) -> list[Step]:
    """One step per distinct score, ascending; the first has everybody at or above it."""
    ties = Counter(scores)
    above = len(scores)
    steps = []
    for score in sorted(ties):
        steps.append(Step(score, above, ties[score]))
        above -= ties[score]
    return steps


def around(
    entries: Sequence[Entry], params: LineParams, line: Decimal, *, span: int = 5
) -> list[Nearby]:
    """The table ±``span`` points around ``line``, by the same basis and minimums."""
    valid = figures_of(entries, params, Standing.VALID)
    minimum = minimums(params)
    all_figures = Counter(figure for _, figure in valid)
    passing = sorted(figure for entry, figure in valid if meets(entry, minimum))
    here = _at_least(passing, line)
    return [
        Nearby(
            line=(moved := line + offset),
            reached=(reached := _at_least(passing, moved)),
            difference=reached - here,
            ties=all_figures[moved],
        )
        for offset in range(-span, span + 1)
    ]


def summary(scores: Sequence[Decimal]) -> Summary:
    """Mean, highest and lowest of ``scores``."""
    if not scores:
        return Summary(0, None, None, None)
    mean = (sum(scores, Decimal(0)) / len(scores)).quantize(Decimal("0.01"))
    return Summary(len(scores), mean, max(scores), min(scores))


def _place(score: Decimal, width: Decimal, places: int) -> int:
    number = int((score / width).to_integral_value(ROUND_FLOOR))
    return max(0, min(number, places - 1))


def _at_least(ascending: Sequence[Decimal], line: Decimal) -> int:
    return len(ascending) - bisect_left(ascending, line)
