"""Points as exact decimals (DOMAIN D35): parsing and the one way to write them."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from question_bank.errors import BankError

_PLAIN = re.compile(r"\d{1,4}(\.\d{1,4})?", re.ASCII)


def points_of(text: str) -> Decimal:
    """The value of a plain, non-negative decimal string such as ``"1"`` or ``"0.5"``.

    BankError ``points_malformed`` for anything else: signs, exponents, separators.
    """
    if not _PLAIN.fullmatch(text):
        raise BankError("points_malformed", {"value": text})
    return Decimal(text)


def points_text(points: Decimal) -> str:
    """The canonical writing: no exponent, no trailing zeros, ``"0"`` for every zero."""
    text = format(points, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def share(points: Decimal, part: int | Decimal, whole: int | Decimal) -> Decimal:
    """``points × part / whole`` rounded half up to two places (DOMAIN D35: scale 2).

    The only division in scoring; rounding it per item (per section where one is scaled) keeps a
    form's score equal to the sum that a person can add by hand.
    """
    exact = Fraction(points) * Fraction(part) / Fraction(whole)
    hundredths = (exact * 200 + 1) // 2
    return Decimal(int(hundredths)).scaleb(-2)
