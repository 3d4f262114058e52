"""Pass lines 合格线 (DOMAIN C10 methods 1–4, D12–D19): pure, exact, inclusive.

S = the scores of a group's *valid* candidates. The quota line is the n-th highest of S
with n = round(rate × base); whoever reaches the line *and* every subject's minimum reaches
the line ("以上" includes the figure). Absent is not 0: it is no score at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Literal

import msgspec

_ROUNDING = {"floor": ROUND_FLOOR, "round": ROUND_HALF_UP, "ceil": ROUND_CEILING}


class Standing(StrEnum):
    """How one person enters a line (DOMAIN D18, D19, D30).

    ``VALID`` alone is in S. ``PARTIAL``: one subject has no score (absent or voided), so the
    rest is not compared. ``CONDITIONAL``: sat, but the registration is not yet cleared.
    ``PENDING``: the exam or the scoring is not over.
    """

    VALID = "valid"
    PARTIAL = "partial"
    ABSENT = "absent"
    VOIDED = "voided"
    CONDITIONAL = "conditional"
    PENDING = "pending"


PRESENT = frozenset({Standing.VALID, Standing.PARTIAL, Standing.VOIDED, Standing.CONDITIONAL})


class Entry(msgspec.Struct, frozen=True):
    """One person of a group. ``subjects``: points by subject id, only where there are any."""

    candidate_id: str
    standing: Standing
    subjects: dict[str, Decimal]


class LineParams(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a line is drawn. Decimals are strings, as they are stored.

    ``basis``: sum of the subjects, or each subject on its own (then the least of a person's
    subjects is what is compared). ``mode``: line (``line`` as given) | fixed (only
    ``minimum``) | rate (quota) | and (the higher of line and quota) | or (the lower).
    ``rate``: fraction "0.5". ``minimum``: least points by subject id.
    """

    basis: Literal["sum", "each_subject"] = "sum"
    mode: Literal["line", "fixed", "rate", "and", "or"] = "line"
    line: str | None = None
    rate: str | None = None
    rounding: Literal["floor", "round", "ceil"] = "floor"
    tie: Literal["include", "exclude"] = "include"
    rate_base: Literal["valid", "present", "registered"] = "valid"
    minimum: dict[str, str] = {}
    small_group: int = 10


class Counts(msgspec.Struct, frozen=True):
    """Heads by standing. registered = present + absent + pending."""

    registered: int
    present: int
    valid: int
    absent: int
    partial: int
    voided: int
    conditional: int
    pending: int

    def base(self, name: str) -> int:
        """The denominator called valid, present or registered (DOMAIN D18).

        Conditional registrations are in none of them until they are cleared (D30).
        """
        heads = {"valid": self.valid, "present": self.present, "registered": self.registered}
        return heads[name] if name == "valid" else heads[name] - self.conditional


class Outcome(msgspec.Struct, frozen=True):
    """What a line does.

    ``line``: None when nobody can reach it. ``quota``: n, and ``quota_line`` the line it
    gives, where a rate takes part. ``base``: the rate's denominator. ``reached``: ids at or
    above the line with every minimum; ``at_line``: how many of S stand exactly on it;
    ``below_minimum``: at or above the line but under a subject's minimum;
    ``conditional_reached``: would reach it once their registration is cleared.
    ``notes``: small_group, nobody, no_valid, rate_exceeded.
    """

    line: Decimal | None
    quota: int | None
    quota_line: Decimal | None
    base: int
    reached: tuple[str, ...]
    at_line: int
    below_minimum: tuple[str, ...]
    conditional_reached: tuple[str, ...]
    counts: Counts
    notes: tuple[str, ...]


class ImpossibleParams(ValueError):
    """Parameters that cannot draw a line; ``args[0]`` names the field."""


def draw_line(entries: Sequence[Entry], params: LineParams) -> Outcome:
    """Apply ``params`` to one group. Raises :class:`ImpossibleParams`; changes nothing."""
    _refuse_impossible(params)
    counts = count(entries)
    valid = [entry for entry in entries if entry.standing is Standing.VALID]
    scores = sorted((compared(entry, params.basis) for entry in valid), reverse=True)
    base = counts.base(params.rate_base)
    quota, quota_line = _quota(scores, base, params)
    line = _combined(params, quota_line, nothing=not scores)
    above = [entry for entry in valid if line is not None and _at_least(entry, line, params)]
    reached = tuple(entry.candidate_id for entry in above if _meets_minimum(entry, params))
    below = tuple(entry.candidate_id for entry in above if not _meets_minimum(entry, params))
    conditional = tuple(
        entry.candidate_id
        for entry in entries
        if entry.standing is Standing.CONDITIONAL
        and line is not None
        and _at_least(entry, line, params)
        and _meets_minimum(entry, params)
    )
    return Outcome(
        line=line,
        quota=quota,
        quota_line=quota_line,
        base=base,
        reached=reached,
        at_line=scores.count(line) if line is not None else 0,
        below_minimum=below,
        conditional_reached=conditional,
        counts=counts,
        notes=_notes(params, counts, line, quota, len(reached)),
    )


def reaches(entry: Entry, line: Decimal, params: LineParams) -> bool:
    """Whether this one person stands at or above a drawn line with every minimum."""
    return _at_least(entry, line, params) and _meets_minimum(entry, params)


def compared(entry: Entry, basis: str) -> Decimal:
    """The figure that is held against the line: the sum, or the least subject."""
    points = entry.subjects.values()
    return sum(points, Decimal(0)) if basis == "sum" else min(points)


def count(entries: Iterable[Entry]) -> Counts:
    """Heads of a group by standing."""
    standings = [entry.standing for entry in entries]
    return Counts(
        registered=len(standings),
        present=sum(standing in PRESENT for standing in standings),
        valid=standings.count(Standing.VALID),
        absent=standings.count(Standing.ABSENT),
        partial=standings.count(Standing.PARTIAL),
        voided=standings.count(Standing.VOIDED),
        conditional=standings.count(Standing.CONDITIONAL),
        pending=standings.count(Standing.PENDING),
    )


def quota_of(rate: Decimal, base: int, rounding: str) -> int:
    """n = rate × base, rounded floor, half up (``round``) or ceil."""
    return int((rate * base).to_integral_value(_ROUNDING[rounding]))


def _quota(
    scores: Sequence[Decimal], base: int, params: LineParams
) -> tuple[int | None, Decimal | None]:
    """n and its line; the line is None when n = 0 or ties leave nobody."""
    if params.mode not in ("rate", "and", "or"):
        return None, None
    n = quota_of(Decimal(params.rate or "0"), base, params.rounding)
    if n == 0 or not scores:
        return n, None
    line = scores[min(n, len(scores)) - 1]
    if params.tie == "exclude" and sum(score >= line for score in scores) > n:
        higher = [score for score in scores if score > line]
        return n, min(higher) if higher else None
    return n, line


def _combined(params: LineParams, quota_line: Decimal | None, *, nothing: bool) -> Decimal | None:
    """The line of the mode; None = nobody."""
    given = Decimal(params.line) if params.line is not None else None
    match params.mode:
        case "line":
            return given
        case "fixed":
            return given if given is not None else Decimal(0)
        case "rate":
            return quota_line
        case "and":
            return None if quota_line is None or given is None else max(given, quota_line)
        case "or":
            lines = [line for line in (given, quota_line) if line is not None]
            return None if nothing or not lines else min(lines)


def _at_least(entry: Entry, line: Decimal, params: LineParams) -> bool:
    return compared(entry, params.basis) >= line


def _meets_minimum(entry: Entry, params: LineParams) -> bool:
    """Every subject with a minimum has a score that reaches it (DOMAIN D12, D13)."""
    return all(
        subject in entry.subjects and entry.subjects[subject] >= Decimal(least)
        for subject, least in params.minimum.items()
    )


def _notes(
    params: LineParams, counts: Counts, line: Decimal | None, quota: int | None, reached: int
) -> tuple[str, ...]:
    found = {
        "no_valid": counts.valid == 0,
        "small_group": 0 < counts.valid < params.small_group,
        "nobody": counts.valid > 0 and (line is None or reached == 0),
        "rate_exceeded": quota is not None and params.mode == "rate" and reached > quota,
    }
    return tuple(note for note, holds in found.items() if holds)


def _refuse_impossible(params: LineParams) -> None:
    if params.mode in ("line", "and", "or") and params.line is None:
        raise ImpossibleParams("line")
    if params.mode == "fixed" and params.line is None and not params.minimum:
        raise ImpossibleParams("minimum")
    if params.mode in ("rate", "and", "or"):
        rate = _finite(params.rate, "rate")
        if not 0 <= rate <= 1:
            raise ImpossibleParams("rate")
    if params.line is not None:
        _finite(params.line, "line")
    for value in params.minimum.values():
        _finite(value, "minimum")


def _finite(text: str | None, field: str) -> Decimal:
    try:
        number = Decimal(text or "")
    except ArithmeticError:
        raise ImpossibleParams(field) from None
    if not number.is_finite():
        raise ImpossibleParams(field)
    return number
