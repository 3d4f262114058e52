"""The methods of drawing a line, one function each: scores in, a line out (DOMAIN C10; pure).

S, highest first; N the base of a rate. A line above everybody's score (a quota of nobody, or
ties that are left out) is None, and is treated as what it is: higher than any number.

* ``line`` the authority names it · ``fixed`` the minimums of the subjects decide: where none is
  named the line is the floor, what nobody who meets them all can be under
* ``rate`` the n-th highest of S, n = round(rate × N); ties at it all in, or all out
* ``and``, ``floor_then_rate`` the higher of a named line and the quota's · ``or`` the lower
* ``bounds`` the quota's line, clipped to [low, high]
* ``fail_cap`` the named line, lowered as far as needed for no more than a share to fail
* ``angoff``, ``hofstee`` what a panel of judges says (:mod:`exam_server.results.rules.judges`)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

import msgspec

from exam_server.results.rules.judges import (
    AngoffPanel,
    HofsteePanel,
    Panel,
    angoff_line,
    hofstee_line,
)
from exam_server.results.rules.params import ImpossibleParams, LineParams

_ROUNDING = {"floor": ROUND_FLOOR, "round": ROUND_HALF_UP, "ceil": ROUND_CEILING}


class Case(msgspec.Struct, frozen=True):
    """What a line is drawn from: S in falling order, N, checked parameters, the judges' sheet
    that they name, if any. ``floor``: the least figure that every minimum together allow."""

    scores: Sequence[Decimal]
    base: int
    params: LineParams
    panel: Panel | None = None
    floor: Decimal = Decimal(0)

    @property
    def named(self) -> Decimal:
        """The line that the parameters name; 0 without one."""
        return Decimal(self.params.line or 0)


class Cut(msgspec.Struct, frozen=True):
    """A line and where it comes from. ``quota``: n of a rate (for ``fail_cap``: how many may
    fail), ``quota_line``: the line it alone would give. ``notes``: what must be said."""

    line: Decimal | None
    quota: int | None = None
    quota_line: Decimal | None = None
    notes: tuple[str, ...] = ()


def cut(case: Case) -> Cut:
    """The line by the method that the parameters name."""
    return _METHODS[case.params.mode](case)


def quota_of(rate: Decimal, base: int, rounding: str) -> int:
    """n = rate × base, rounded floor, half up (``round``) or ceil."""
    return int((rate * base).to_integral_value(_ROUNDING[rounding]))


def _named(case: Case) -> Cut:
    return Cut(case.named)


def _fixed(case: Case) -> Cut:
    return Cut(case.floor if case.params.line is None else case.named)


def _rate(case: Case) -> Cut:
    n, line = _quota(case)
    return Cut(line, n, line)


def _and(case: Case) -> Cut:
    n, quota_line = _quota(case)
    return Cut(None if quota_line is None else max(case.named, quota_line), n, quota_line)


def _or(case: Case) -> Cut:
    n, quota_line = _quota(case)
    return Cut(case.named if quota_line is None else min(case.named, quota_line), n, quota_line)


def _bounds(case: Case) -> Cut:
    n, quota_line = _quota(case)
    low, high = Decimal(case.params.low or 0), Decimal(case.params.high or 0)
    if quota_line is None or quota_line > high:
        return Cut(high, n, quota_line, ("bound_high",))
    if quota_line < low:
        return Cut(low, n, quota_line, ("bound_low",))
    return Cut(quota_line, n, quota_line)


def _fail_cap(case: Case) -> Cut:
    # "not more than x %": the number who may fail is always rounded down
    may_fail = quota_of(Decimal(case.params.fail_rate or 0), case.base, "floor")
    if may_fail >= len(case.scores):
        return Cut(case.named, may_fail)
    cap_line = case.scores[len(case.scores) - 1 - may_fail]
    notes = ("capped",) if cap_line < case.named else ()
    return Cut(min(case.named, cap_line), may_fail, cap_line, notes)


def _angoff(case: Case) -> Cut:
    if not isinstance(case.panel, AngoffPanel):
        raise ImpossibleParams("panel")
    return Cut(angoff_line(case.panel, case.params.rounding))


def _hofstee(case: Case) -> Cut:
    if not isinstance(case.panel, HofsteePanel):
        raise ImpossibleParams("panel")
    if not case.scores:
        return Cut(None)
    found = hofstee_line(case.panel, case.scores, Decimal(case.params.grid))
    said = {
        "hofstee_not_met": not found.met,
        "hofstee_few": found.too_few_fail,
        "hofstee_many": found.too_many_fail,
    }
    return Cut(found.line, notes=tuple(note for note, holds in said.items() if holds))


def _quota(case: Case) -> tuple[int, Decimal | None]:
    """n and its line; the line is None when n = 0 or ties leave nobody."""
    scores, params = case.scores, case.params
    n = quota_of(Decimal(params.rate or 0), case.base, params.rounding)
    if n == 0 or not scores:
        return n, None
    line = scores[min(n, len(scores)) - 1]
    if params.tie == "exclude" and n < len(scores) and scores[n] == line:
        return n, next((score for score in reversed(scores[:n]) if score > line), None)
    return n, line


_METHODS: dict[str, Callable[[Case], Cut]] = {
    "line": _named,
    "fixed": _fixed,
    "rate": _rate,
    "and": _and,
    "or": _or,
    "floor_then_rate": _and,
    "bounds": _bounds,
    "fail_cap": _fail_cap,
    "angoff": _angoff,
    "hofstee": _hofstee,
}
