"""Decimals of a profile file: texts, so that no binary fraction creeps in."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation


def decimal_or_none(text: str) -> Decimal | None:
    """``text`` as a finite decimal, or None."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
