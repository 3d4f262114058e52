"""The parameters of a line: which method, with which numbers (DOMAIN C10, D12–D18; pure)."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

Mode = Literal[
    "line", "fixed", "rate", "and", "or", "floor_then_rate", "bounds", "fail_cap", "angoff",
    "hofstee",
]  # fmt: skip
Rounding = Literal["floor", "round", "ceil"]

NEEDS: dict[str, tuple[str, ...]] = {
    "line": ("line",),
    "fixed": (),
    "rate": ("rate",),
    "and": ("line", "rate"),
    "or": ("line", "rate"),
    "floor_then_rate": ("line", "rate"),
    "bounds": ("rate", "low", "high"),
    "fail_cap": ("line", "fail_rate"),
    "angoff": ("panel",),
    "hofstee": ("panel", "grid"),
}
_FRACTIONS = ("rate", "fail_rate")
_FINEST = Decimal("0.01")  # points between lines that are tried: no score is finer (D35)
_BEYOND = 1_000_000  # points that no exam has
_NUMBERS = ("line", "rate", "fail_rate", "low", "high", "grid")


class LineParams(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a line is drawn. Decimals are strings, as they are stored.

    ``basis``: sum of the subjects, or each subject on its own (then the least of a person's
    subjects is what is compared). ``mode``: see :mod:`exam_server.results.rules.methods`, and
    ``NEEDS`` for the fields each one uses. ``rate``: the fraction that passes, "0.5";
    ``fail_rate``: the fraction that may fail at most. ``rounding``: which way the number of
    people of a rate, or the hundredths of an Angoff line, are rounded. ``low`` and ``high``:
    between which the quota's line stays. ``panel``: digest of the judges' sheet. ``grid``:
    points between the lines that Hofstee's method tries. ``minimum``: least points by subject
    id, in any mode.
    """

    basis: Literal["sum", "each_subject"] = "sum"
    mode: Mode = "line"
    line: str | None = None
    rate: str | None = None
    rounding: Rounding = "floor"
    tie: Literal["include", "exclude"] = "include"
    rate_base: Literal["valid", "present", "registered"] = "valid"
    fail_rate: str | None = None
    low: str | None = None
    high: str | None = None
    panel: str | None = None
    grid: str = "1"
    minimum: dict[str, str] = {}
    small_group: int = 10


class ImpossibleParams(ValueError):
    """Parameters that cannot draw a line; ``args[0]`` names the field."""


def refuse_impossible(params: LineParams) -> None:
    """Raise :class:`ImpossibleParams` for what is missing or is no usable number."""
    for field in NEEDS[params.mode]:
        if getattr(params, field) is None:
            raise ImpossibleParams(field)
    _refuse_no_numbers(params)
    found = {
        "minimum": params.mode == "fixed" and params.line is None and not params.minimum,
        "high": params.mode == "bounds" and Decimal(params.low or 0) > Decimal(params.high or 0),
        "grid": Decimal(params.grid) < _FINEST,
        # the judges rated the items of all subjects together
        "basis": params.mode == "angoff" and params.basis != "sum",
    }
    for field, holds in found.items():
        if holds:
            raise ImpossibleParams(field)


def eased(params: LineParams, least: dict[str, str]) -> dict[str, str]:
    """What of ``least``, the notice's minimums by subject id, ``params`` does not ask for."""
    return {
        subject: points
        for subject, points in least.items()
        if Decimal(params.minimum.get(subject, "0")) < Decimal(points)
    }


def _refuse_no_numbers(params: LineParams) -> None:
    for field in _NUMBERS:
        value = getattr(params, field)
        if value is None:
            continue
        number = _finite(value, field)
        if field in _FRACTIONS and not 0 <= number <= 1:
            raise ImpossibleParams(field)
    for value in params.minimum.values():
        _finite(value, "minimum")


def _finite(text: str, field: str) -> Decimal:
    try:
        number = Decimal(text)
    except ArithmeticError:
        raise ImpossibleParams(field) from None
    if not number.is_finite() or not -_BEYOND < number < _BEYOND:
        raise ImpossibleParams(field)
    return number
