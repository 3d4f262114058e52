"""From attempts to a person's standing, sum and receipt (DOMAIN D8, D19; pure)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

import msgspec

from exam_server.results.rules.entries import Standing
from question_bank.canonical import canonical

T = TypeVar("T")
_RECEIPT_DIGITS = 16


class Sat(msgspec.Struct, frozen=True):
    """One subject of one person. ``state``: the attempt's state, or ``unassigned`` before it
    has one; ``points``: None until scored."""

    subject: str
    state: str
    points: Decimal | None


def counting(state: str, points: T | None) -> T | None:
    """The points that count: an absent or voided attempt has none, whatever was stored."""
    return points if state == "submitted" else None


def standing_of(sat: Sequence[Sat], *, conditional: bool, sitting_ended: bool) -> Standing:
    """How the person enters the line.

    Without attempts: absent once the sitting has ended, pending before. One absent or voided
    subject among others makes the whole partial; all absent is absent; all voided voided.
    """
    if not sat:
        return Standing.ABSENT if sitting_ended else Standing.PENDING
    states = [subject.state for subject in sat]
    if any(_open(subject) for subject in sat):
        return Standing.PENDING
    if all(state == "absent" for state in states):
        return Standing.ABSENT
    if all(state in ("voided", "absent") for state in states):
        return Standing.VOIDED
    if any(state in ("voided", "absent") for state in states):
        return Standing.PARTIAL
    return Standing.CONDITIONAL if conditional else Standing.VALID


def sum_of(sat: Sequence[Sat]) -> Decimal | None:
    """The sum, only when every subject has counted points (absent is not 0)."""
    points = [subject.points for subject in sat if subject.state == "submitted"]
    if not sat or len(points) < len(sat):
        return None
    known = [value for value in points if value is not None]
    return sum(known, Decimal(0)) if len(known) == len(sat) else None


def receipt_code(submitted_digests: Sequence[tuple[str, str]]) -> str:
    """``7F3A 91C2 5D08 E6B4``: what terminal and room sheet both show.

    ``submitted_digests``: (attempt id, digest of its ``submitted`` entry) in the order of the
    block. SHA-256 over their canonical JSON, the first 16 hex digits in groups of four.
    """
    pairs = [[attempt_id, digest] for attempt_id, digest in submitted_digests]
    digits = hashlib.sha256(canonical(pairs)).hexdigest()[:_RECEIPT_DIGITS].upper()
    return " ".join(digits[at : at + 4] for at in range(0, _RECEIPT_DIGITS, 4))


def plain_decimal(value: Decimal) -> str:
    """``63.50`` → ``63.5``, ``100`` → ``100``: exact, no exponent (DOMAIN D35)."""
    text = format(value, "f")
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def _open(subject: Sat) -> bool:
    if subject.state == "submitted":
        return subject.points is None
    return subject.state not in ("absent", "voided")
