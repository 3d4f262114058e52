"""The one rule by which a person's result is decided (DOMAIN A5, D19, D27, D30, D37, D41; pure).

Lists, exports, lines and queries all ask it; nobody decides by hand. Certain failure comes before
what is still open: who has missed the line does not pass by bringing a document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal

import msgspec

from exam_server.results.rules.entries import Entry, Standing
from exam_server.results.rules.lines import minimums, reaches
from exam_server.results.rules.params import LineParams


class Status(StrEnum):
    """What became of a person. Why is in the reasons.

    ``FAIL`` and ``PASS`` are final as the facts stand; ``UNDECIDED`` waits for a fact, ``HELD``
    for a ruling, ``CONDITIONAL`` for the documents of the registration. ``ABSENT`` and ``VOID``
    are of every subject: absent is not 0.
    """

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    UNDECIDED = "undecided"
    ABSENT = "absent"
    VOID = "void"
    HELD = "held"
    CONDITIONAL = "conditional"


class Reason(msgspec.Struct, frozen=True):
    """A code, and the subject's id where it is about one.

    Of fail: ``line``, ``minimum``, ``subject_absent``, ``subject_void``, ``practical_fail``,
    ``practical_minimum``, ``practical_absent``. Of undecided: ``unfinished``, ``no_line``,
    ``practical_missing``. Of held: ``violation``; of conditional: ``documents``. Of void:
    ``registration``, where that is why. Beside a pass: ``review``, where it means eligible for
    the review 评审 only.
    """

    code: str
    subject: str | None = None


class PracticalFact(msgspec.Struct, frozen=True):
    """A practical result that was brought in. ``points``: only where it is a score."""

    result: Literal["pass", "fail", "score", "absent"]
    points: Decimal | None = None


class Line(msgspec.Struct, frozen=True):
    """The group's line in effect; ``points`` None where nobody can reach it."""

    points: Decimal | None
    params: LineParams


class Rule(msgspec.Struct, frozen=True):
    """The province's part. ``practical``: none | must_pass | minimum, then ``least`` points.
    ``review``: at this level passing means eligible for the review only."""

    practical: Literal["none", "must_pass", "minimum"]
    least: Decimal | None
    review: bool
    valid_until: date | None


class Person(msgspec.Struct, frozen=True):
    """The facts. ``states``: of the attempts by subject id, a void one ``voided``.
    ``disqualified``: sat, and the registration did not hold 资格不通过 (D30)."""

    entry: Entry
    states: Mapping[str, str]
    held: bool
    practical: PracticalFact | None
    disqualified: bool = False


class Outcome(msgspec.Struct, frozen=True):
    """``valid_until``: the last day on which the result counts, None for ever."""

    status: Status
    reasons: tuple[Reason, ...]
    valid_until: date | None

    def lapsed(self, today: date) -> bool:
        """Whether it counts no more 当年有效; what it was is not rewritten."""
        return self.valid_until is not None and today > self.valid_until


def outcome(person: Person, line: Line | None, rule: Rule) -> Outcome:
    """What the facts decide under the line in effect, None while there is none."""
    return Outcome(*_decided(person, line, rule), rule.valid_until)


def valid_until(validity: str, year: int) -> date | None:
    """当年有效: a score lapses at the end of its year where the profile says so (D41)."""
    return date(year, 12, 31) if validity == "calendar_year" else None


def _decided(person: Person, line: Line | None, rule: Rule) -> tuple[Status, tuple[Reason, ...]]:
    standing = person.entry.standing
    if person.disqualified:
        return Status.VOID, (Reason("registration"),)
    if standing is Standing.VOIDED:
        return Status.VOID, ()
    if standing is Standing.ABSENT:
        return Status.ABSENT, ()
    if person.held:
        return Status.HELD, (Reason("violation"),)
    if failed := tuple(_failures(person, line, rule)):
        return Status.FAIL, failed
    if standing is Standing.CONDITIONAL:
        return Status.CONDITIONAL, (Reason("documents"), *_missing(person, line, rule))
    if missing := tuple(_missing(person, line, rule)):
        return Status.UNDECIDED, missing
    return Status.PASS, (Reason("review"),) if rule.review else ()


def _failures(person: Person, line: Line | None, rule: Rule) -> Iterator[Reason]:
    """What no later fact can mend."""
    for subject, state in person.states.items():
        if state in ("absent", "voided"):
            yield Reason("subject_absent" if state == "absent" else "subject_void", subject)
    compared = person.entry.standing in (Standing.VALID, Standing.CONDITIONAL)
    if compared and line is not None:
        yield from _below(person.entry, line)
    yield from _practical_failures(person.practical, rule)


def _below(entry: Entry, line: Line) -> Iterator[Reason]:
    if line.points is not None and reaches(entry, line.points, line.params):
        return
    short = [
        Reason("minimum", subject)
        for subject, least in minimums(line.params).items()
        if subject not in entry.subjects or entry.subjects[subject] < least
    ]
    yield from short
    if not short or line.points is None:
        yield Reason("line")


def _practical_failures(found: PracticalFact | None, rule: Rule) -> Iterator[Reason]:
    if rule.practical == "none" or found is None:
        return
    if found.result == "absent":
        yield Reason("practical_absent")
    elif found.result == "fail":
        yield Reason("practical_fail")
    elif rule.practical == "minimum" and (found.points or Decimal(0)) < (rule.least or 0):
        yield Reason("practical_minimum")


def _missing(person: Person, line: Line | None, rule: Rule) -> Iterator[Reason]:
    """What is still to come."""
    if person.entry.standing is Standing.PENDING:
        yield Reason("unfinished")
    if line is None:
        yield Reason("no_line")
    if rule.practical != "none" and person.practical is None:
        yield Reason("practical_missing")
