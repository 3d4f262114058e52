"""How far the judges of a panel agree (pure).

The spread of the judges' own lines with its standard error, and for ratings of items the
intraclass correlation for absolute agreement of one judge and of their mean, ICC(2,1) and
ICC(2,k): two-way random effects, Shrout and Fleiss 1979. 1 is full agreement; near 0 the
judges differ as much about one item as the items differ from each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction

import msgspec

from exam_server.results.rules.judges import (
    Acceptable,
    AngoffPanel,
    HofsteePanel,
    Panel,
    RatedItem,
    hundredths,
    judge_lines,
)

_THOUSAND = 1000
_WIDEST = 5  # items shown for discussion


class Judge(msgspec.Struct, frozen=True):
    """A judge and the line they alone would draw (Angoff), or their four numbers (Hofstee)."""

    name: str
    line: Decimal | None = None
    accepts: Acceptable | None = None


class Disputed(msgspec.Struct, frozen=True):
    """An item on which the judges lie far apart: their lowest and highest rating."""

    item: RatedItem
    lowest: Decimal
    highest: Decimal


class Spread(msgspec.Struct, frozen=True):
    """Of one number named by every judge, to thousandths. ``deviation``: n − 1; ``error``:
    deviation / √judges. Both None for a single judge."""

    mean: Decimal
    deviation: Decimal | None
    error: Decimal | None


class Agreement(msgspec.Struct, frozen=True):
    """``spread`` by name: ``line`` for Angoff; c_min, c_max, f_min, f_max for Hofstee.
    ``icc_one``, ``icc_mean``: None where there is nothing to compare. ``unanimous``: the share
    of items that all rated alike. ``disputed``: widest first."""

    judges: tuple[Judge, ...]
    spread: dict[str, Spread]
    icc_one: Decimal | None = None
    icc_mean: Decimal | None = None
    unanimous: Decimal | None = None
    disputed: tuple[Disputed, ...] = ()


def agreement(panel: Panel) -> Agreement:
    """The figures for one judges' sheet."""
    return _of_angoff(panel) if isinstance(panel, AngoffPanel) else _of_hofstee(panel)


def intraclass(rows: Sequence[Sequence[Decimal]]) -> tuple[Fraction, Fraction] | None:
    """ICC(2,1) and ICC(2,k) of ``rows`` (one per item, one column per judge).

    None with fewer than two of either, or when all ratings are equal.
    """
    table = [[Fraction(value) for value in row] for row in rows]
    n, k = len(table), len(table[0]) if table else 0
    if n < 2 or k < 2:
        return None
    grand = sum(map(sum, table)) / Fraction(n * k)
    by_item = [sum(row) / Fraction(k) for row in table]
    by_judge = [sum(column) / Fraction(n) for column in zip(*table, strict=True)]
    total = sum((value - grand) ** 2 for row in table for value in row)
    items = k * sum((each - grand) ** 2 for each in by_item)
    judges = n * sum((each - grand) ** 2 for each in by_judge)
    ms_item = items / Fraction(n - 1)
    ms_judge = judges / Fraction(k - 1)
    ms_error = (total - items - judges) / Fraction((n - 1) * (k - 1))
    one = ms_item + (k - 1) * ms_error + k * (ms_judge - ms_error) / Fraction(n)
    mean_of_all = ms_item + (ms_judge - ms_error) / Fraction(n)
    if one == 0 or mean_of_all == 0:
        return None
    return (ms_item - ms_error) / one, (ms_item - ms_error) / mean_of_all


def _of_angoff(panel: AngoffPanel) -> Agreement:
    lines = judge_lines(panel)
    found = intraclass(panel.ratings)
    alike = sum(len(set(row)) == 1 for row in panel.ratings)
    apart = sorted(
        (
            Disputed(item, min(row), max(row))
            for item, row in zip(panel.items, panel.ratings, strict=True)
            if min(row) < max(row)
        ),
        key=lambda one: one.lowest - one.highest,
    )
    return Agreement(
        judges=tuple(
            Judge(name, line=hundredths(line, "round"))
            for name, line in zip(panel.judges, lines, strict=True)
        ),
        spread={"line": _spread(lines)},
        icc_one=None if found is None else thousandths(found[0]),
        icc_mean=None if found is None else thousandths(found[1]),
        unanimous=thousandths(Fraction(alike, len(panel.items))),
        disputed=tuple(apart[:_WIDEST]),
    )


def _of_hofstee(panel: HofsteePanel) -> Agreement:
    return Agreement(
        judges=tuple(
            Judge(name, accepts=accepts)
            for name, accepts in zip(panel.judges, panel.accepts, strict=True)
        ),
        spread={
            field: _spread([Fraction(getattr(one, field)) for one in panel.accepts])
            for field in Acceptable.__struct_fields__
        },
    )


def _spread(values: Sequence[Fraction]) -> Spread:
    count = len(values)
    middle = sum(values, Fraction(0)) / count
    if count < 2:
        return Spread(thousandths(middle), None, None)
    variance = sum((value - middle) ** 2 for value in values) / Fraction(count - 1)
    return Spread(thousandths(middle), _root(variance), _root(variance / count))


def thousandths(value: Fraction) -> Decimal:
    """``value`` to three places, half to even."""
    return Decimal(round(value * _THOUSAND)) / _THOUSAND


def _root(value: Fraction) -> Decimal:
    with localcontext(prec=28):
        root = (Decimal(value.numerator) / Decimal(value.denominator)).sqrt()
        return root.quantize(Decimal("0.001"))
