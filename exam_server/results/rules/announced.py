"""Is a result package what the authority announced? Pure: facts in, problems out.

The authority announces to each centre one sealed package, the digests of its scoring keys, what the
golden candidate gets under each, which builds of the program may be used, and who sits. A result
package that says anything else is refused whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation


@dataclass(frozen=True, slots=True)
class AnnouncedForm:
    """``golden``: the points the golden candidate must get, None when not announced."""

    scoring_digest: str
    golden: str | None


@dataclass(frozen=True, slots=True)
class Announced:
    """``builds``: empty when any build may be used. ``seats``: ticket → room, empty when no
    roster was announced."""

    package: str
    forms: Mapping[str, AnnouncedForm]
    builds: Sequence[str]
    seats: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Subject:
    """One subject of one row."""

    attempt: str
    state: str
    points: str | None
    version: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """One person of the package. ``subjects`` by name; ``sum`` as the package says it."""

    ticket: str | None
    status: str
    sum: str | None
    subjects: Mapping[str, Subject]


@dataclass(frozen=True, slots=True)
class ScoreFact:
    """One version of one score."""

    attempt: str
    form: str
    version: int
    points: str
    scoring_digest: str


@dataclass(frozen=True, slots=True)
class Packed:
    """What the result package says. ``golden``: (form, scoring digest) → points; ``chains``: the
    attempts and sittings whose heads it names; ``counted``: rows by its manifest."""

    packages: Sequence[str]
    forms: Mapping[str, str]
    build: str
    golden: Mapping[tuple[str, str], str | None]
    rooms: frozenset[str]
    subjects: Sequence[str]
    rows: Sequence[Row]
    counted: int
    scores: Sequence[ScoreFact]
    chains: frozenset[str]


@dataclass(frozen=True, slots=True)
class Problem:
    """``code``: of the refusal; ``who``: ticket, attempt, form … it is about."""

    code: str
    who: str


def problems(packed: Packed, announced: Announced) -> list[Problem]:
    """The problems of the first check that finds any, [] when all is as announced."""
    for check in (_paper, _keys, _build, _golden, _complete, _agreeing):
        if found := list(check(packed, announced)):
            return found
    return []


def _paper(packed: Packed, announced: Announced) -> Iterator[Problem]:
    for package in packed.packages:
        if package != announced.package:
            yield Problem("result_package_other_paper", package)
    for form in packed.forms:
        if form not in announced.forms:
            yield Problem("result_package_other_paper", form)


def _keys(packed: Packed, announced: Announced) -> Iterator[Problem]:
    for form, digest in packed.forms.items():
        if digest != announced.forms[form].scoring_digest:
            yield Problem("result_package_other_key", form)
    for score in packed.scores:
        known = announced.forms.get(score.form)
        if known is None or score.scoring_digest != known.scoring_digest:
            yield Problem("result_package_other_key", score.attempt)


def _build(packed: Packed, announced: Announced) -> Iterator[Problem]:
    if announced.builds and packed.build not in announced.builds:
        yield Problem("result_package_other_build", packed.build)


def _golden(packed: Packed, announced: Announced) -> Iterator[Problem]:
    """Every key that scored somebody has scored its golden candidate, and as announced."""
    for form, digest in sorted({(score.form, score.scoring_digest) for score in packed.scores}):
        found, known = packed.golden.get((form, digest)), announced.forms[form].golden
        if known is not None and (found is None or _number(found) != _number(known)):
            yield Problem("result_package_golden", form)


def _complete(packed: Packed, announced: Announced) -> Iterator[Problem]:
    if packed.counted != len(packed.rows):
        yield Problem("result_package_incomplete", str(packed.counted))
    there = {row.ticket for row in packed.rows if row.ticket is not None}
    for ticket, room in sorted(announced.seats.items()):
        if room in packed.rooms and ticket not in there:
            yield Problem("result_package_incomplete", ticket)
    if announced.seats:
        yield from (
            Problem("result_package_incomplete", ticket)
            for ticket in sorted(there - announced.seats.keys())
        )
    scored = {score.attempt for score in packed.scores}
    for row in packed.rows:
        if row.status not in ("not_sitting", "disqualified") and not _is_whole(row, packed, scored):
            yield Problem("result_package_incomplete", row.ticket or "–")


def _is_whole(row: Row, packed: Packed, scored: set[str]) -> bool:
    """Every subject has its attempt, its head and, when handed in, its score."""
    return row.status != "pending" and all(
        name in row.subjects
        and row.subjects[name].attempt in packed.chains
        and (row.subjects[name].state != "submitted" or row.subjects[name].attempt in scored)
        for name in packed.subjects
    )


def _agreeing(packed: Packed, _announced: Announced) -> Iterator[Problem]:
    """Rows and scores of the same package say the same."""
    versions: dict[str, list[ScoreFact]] = {}
    for score in packed.scores:
        versions.setdefault(score.attempt, []).append(score)
    known: set[str] = set()
    for row in packed.rows:
        known |= {subject.attempt for subject in row.subjects.values()}
        if not _adds_up(row, versions):
            yield Problem("result_package_contradicts", row.ticket or "–")
    yield from (Problem("result_package_contradicts", one) for one in sorted(set(versions) - known))


def _adds_up(row: Row, versions: Mapping[str, Sequence[ScoreFact]]) -> bool:
    counted: list[Decimal] = []
    for subject in row.subjects.values():
        scores = versions.get(subject.attempt, [])
        if [score.version for score in scores] != list(range(1, len(scores) + 1)):
            return False
        if subject.state != "submitted":
            if subject.points is not None:
                return False
            continue
        if not scores or scores[-1].version != subject.version:
            return False
        points = _number(scores[-1].points)
        if points is None or points != _number(subject.points):
            return False
        counted.append(points)
    whole = len(counted) == len(row.subjects) > 0
    return row.sum is None if not whole else _number(row.sum) == sum(counted, Decimal(0))


def _number(text: str | None) -> Decimal | None:
    try:
        value = Decimal(text) if text is not None else None
    except InvalidOperation:
        return None
    return value if value is None or value.is_finite() else None
