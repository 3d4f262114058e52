"""Why an official result is not what was shown on the spot: every difference with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import msgspec

from exam_server.results.beside import Practical
from exam_server.results.records import Record, SubjectRecord
from exam_server.results.rules.practised import PRACTICAL
from exam_server.results.tables import Score

_KINDS = ("recovery", "rescoring", "correction")


class Difference(msgspec.Struct, frozen=True):
    """One change. Points are decimals, None where there are none.

    ``kind``: recovery (late answers), rescoring (of a key or an item), correction (by a package
    or a list that came later), void (by a ruling), other. ``subject``: its id, or ``practical``.
    """

    subject: str
    kind: str
    before: str | None
    after: str | None
    reason: str
    at_ms: int


def differences_of(record: Record) -> tuple[Difference, ...]:
    """All of a person's, in the order of time."""
    found = [one for subject in record.subjects for one in _of_subject(subject)]
    found += _of_practical(record.practical)
    return tuple(sorted(found, key=lambda one: one.at_ms))


def _of_subject(found: SubjectRecord) -> Iterator[Difference]:
    for earlier, later in pairwise(_counted(found.scores)):
        if earlier.points == later.points:  # scored by a corrected key, and the same
            continue
        kind, reason = _told(later.reason or "")
        yield Difference(found.subject, kind, earlier.points, later.points, reason, later.scored_ms)
    if found.corrected is not None:
        before, reason = found.corrected["before"], found.corrected["reason"]
        after = found.provisional or found.state
        yield Difference(
            found.subject, "correction", before, after, reason, found.corrected["at_ms"]
        )
    if found.void is not None:
        before = found.score.points if found.score else None
        told = " ".join(filter(None, (found.void.document, found.void.reason)))
        yield Difference(found.subject, "void", before, None, told, found.void.at_ms)


def _counted(scores: tuple[Score, ...]) -> list[Score]:
    """Without what came by a key that the attempt had been scored away from: it never counted."""
    found: list[Score] = []
    for one in scores:
        keys = [earlier.scoring_digest for earlier in found]
        if one.scoring_digest not in keys or one.scoring_digest == keys[-1]:
            found.append(one)
    return found


def _of_practical(results: tuple[Practical, ...]) -> Iterator[Difference]:
    for earlier, later in pairwise(results):
        if earlier.found != later.found:
            yield Difference(
                PRACTICAL, "correction", earlier.shown, later.shown,
                f"{later.document} {later.reason}".strip(), later.imported_ms,
            )  # fmt: skip


def _told(reason: str) -> tuple[str, str]:
    """A score's reason begins with its kind and what it refers to: ``recovery CASE: words``."""
    kind = reason.partition(" ")[0].rstrip(":")
    if kind not in _KINDS:
        return "other", reason
    _, _, words = reason.partition(":")
    return kind, words.strip() or reason
