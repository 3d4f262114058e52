"""Drawing a pass line 合格线 for one group: pure, exact, inclusive (DOMAIN C10, D12–D19).

One interface for every method: :func:`draw_line`. S = the scores of a group's *valid*
candidates. Whoever reaches the line *and* every subject's minimum reaches the line ("以上"
includes the figure). Absent is not 0: it is no score at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from exam_server.results.rules.entries import Counts, Entry, Standing, compared, count
from exam_server.results.rules.judges import Panel
from exam_server.results.rules.methods import Case, cut
from exam_server.results.rules.params import LineParams, refuse_impossible

_RATES = ("rate", "and", "or", "floor_then_rate", "bounds")


class Outcome(msgspec.Struct, frozen=True):
    """What a line does.

    ``line``: None when nobody can reach it. ``quota``: n, and ``quota_line`` the line it
    gives, where a rate takes part (:class:`exam_server.results.rules.methods.Cut`). ``base``:
    the rate's denominator. ``named_reached``: how many of S stand at or above the line that was
    named, before the method moves it. ``reached``: ids at or above the line with every
    minimum; ``at_line``: how many of S stand exactly on it; ``below_minimum``: at or above the
    line but under a subject's minimum; ``conditional_reached``: would reach it once their
    registration is cleared. ``notes``: no_valid, small_group, nobody, rate_exceeded,
    cap_exceeded, and the method's own.
    """

    line: Decimal | None
    quota: int | None
    quota_line: Decimal | None
    base: int
    named_reached: int | None
    reached: tuple[str, ...]
    at_line: int
    below_minimum: tuple[str, ...]
    conditional_reached: tuple[str, ...]
    counts: Counts
    notes: tuple[str, ...]


def draw_line(entries: Sequence[Entry], params: LineParams, panel: Panel | None = None) -> Outcome:
    """Apply ``params`` to one group; ``panel``: the judges' sheet that ``params.panel`` names.

    Raises :class:`exam_server.results.rules.params.ImpossibleParams`; changes nothing.
    """
    refuse_impossible(params)
    counts = count(entries)
    minimum = minimums(params)
    valid = figures_of(entries, params, Standing.VALID)
    scores = sorted((figure for _, figure in valid), reverse=True)
    base = counts.base(params.rate_base)
    found = cut(Case(scores, base, params, panel, floor_of(entries, params)))
    line = found.line
    above = [entry for entry, figure in valid if line is not None and figure >= line]
    reached = tuple(entry.candidate_id for entry in above if meets(entry, minimum))
    named = None if params.line is None else Decimal(params.line)
    return Outcome(
        line=line,
        quota=found.quota,
        quota_line=found.quota_line,
        base=base,
        named_reached=None if named is None else sum(score >= named for score in scores),
        reached=reached,
        at_line=scores.count(line) if line is not None else 0,
        below_minimum=tuple(one.candidate_id for one in above if not meets(one, minimum)),
        conditional_reached=tuple(
            entry.candidate_id
            for entry, figure in figures_of(entries, params, Standing.CONDITIONAL)
            if line is not None and figure >= line and meets(entry, minimum)
        ),
        counts=counts,
        notes=_notes(params, counts, line, found.quota, len(reached)) + found.notes,
    )


def reaches(entry: Entry, line: Decimal, params: LineParams) -> bool:
    """Whether this one person stands at or above a drawn line with every minimum."""
    return compared(entry, params.basis) >= line and meets(entry, minimums(params))


def figures_of(
    entries: Sequence[Entry], params: LineParams, standing: Standing
) -> list[tuple[Entry, Decimal]]:
    """Those of one standing with the figure that is held against the line."""
    return [
        (entry, compared(entry, params.basis)) for entry in entries if entry.standing is standing
    ]


def minimums(params: LineParams) -> dict[str, Decimal]:
    """Least points by subject."""
    return {subject: Decimal(least) for subject, least in params.minimum.items()}


def floor_of(entries: Sequence[Entry], params: LineParams) -> Decimal:
    """The least figure of anybody who meets every minimum; 0 where a subject has none."""
    minimum = minimums(params)
    subjects = {subject for entry in entries for subject in entry.subjects}
    if not minimum or not subjects <= minimum.keys():
        return Decimal(0)
    return sum(minimum.values(), Decimal(0)) if params.basis == "sum" else min(minimum.values())


def meets(entry: Entry, minimum: dict[str, Decimal]) -> bool:
    """Every subject with a minimum has a score that reaches it (DOMAIN D12, D13)."""
    return all(
        subject in entry.subjects and entry.subjects[subject] >= least
        for subject, least in minimum.items()
    )


def _notes(
    params: LineParams, counts: Counts, line: Decimal | None, quota: int | None, reached: int
) -> tuple[str, ...]:
    failed = counts.valid - reached
    found = {
        "no_valid": counts.valid == 0,
        "small_group": 0 < counts.valid < params.small_group,
        "nobody": counts.valid > 0 and (line is None or reached == 0),
        "rate_exceeded": quota is not None and params.mode in _RATES and reached > quota,
        "cap_exceeded": quota is not None and params.mode == "fail_cap" and failed > quota,
    }
    return tuple(note for note, holds in found.items() if holds)
