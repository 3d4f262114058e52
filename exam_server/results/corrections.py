"""Corrections of scoring keys as they stand: their letters, those in force, whom they concern.

The letters of a new answer are part of a scoring key. They are kept under the centre's wrapping
key, go to the scorer, and are shown to the authority alone (invariant 6).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from exam_server.desk.tables import Candidate
from exam_server.errors import not_found
from exam_server.keys import CentreKeys
from exam_server.results.attempts import SOURCES
from exam_server.results.rules.correction_life import CorrectionState
from exam_server.results.tables import Correction, CorrectionStep, MergedAttempt, Score
from question_bank.canonical import canonical


class Change(NamedTuple):
    """One item of one form, and what is done to it: full, drop, scale, key, accept or restore.
    ``letters``: the canonical answer of key and accept, else ""."""

    form: str
    item: str
    change: str
    letters: str


class Sitter(NamedTuple):
    """A submitted attempt of a form, with its newest score. ``imported_id``: the package it came
    in, "" for a room of this machine; ``head``: of its chain, at the centre for a merged one."""

    attempt_id: str
    imported_id: str
    candidate_id: str
    subject: str
    form_id: str
    head: str
    version: int
    points: str
    scoring_digest: str


Versions = Sequence[Sequence[dict[str, str]]]  # as the scorer takes them: version 2, 3 … of a key
NEVER_CORRECTED: Versions = ()


def seal_letters(keys: CentreKeys, correction_id: str, letters: Sequence[str]) -> bytes:
    """The letters under the wrapping key, bound to their correction."""
    return keys.wrap(canonical(list(letters)), f"correction:{correction_id}")


def changes_of(row: Correction, keys: CentreKeys) -> list[Change]:
    """What the correction does, with its letters."""
    letters = json.loads(keys.unwrap(row.sealed, f"correction:{row.id}"))
    return [
        Change(form, item, change, text)
        for (form, item, change), text in zip(row.items, letters, strict=True)
    ]


def forms_of(row: Correction) -> list[str]:
    """The forms whose keys it corrects."""
    return sorted({form for form, _, _ in row.items})


def found_correction(session: Session, correction_id: str) -> Correction:
    """The row; ``not_found`` 404."""
    row = session.get(Correction, correction_id)
    if row is None:
        raise not_found("correction", correction_id)
    return row


def steps_of(session: Session, ids: Iterable[str]) -> dict[str, list[CorrectionStep]]:
    """The steps of each correction, in the order they were taken."""
    found: dict[str, list[CorrectionStep]] = {ident: [] for ident in ids}
    query = select(CorrectionStep).where(CorrectionStep.correction_id.in_(found))
    for step in session.scalars(query.order_by(CorrectionStep.number)):
        found[step.correction_id].append(step)
    return found


def in_force(session: Session, keys: CentreKeys, form_id: str) -> Versions:
    """The corrections that have taken effect on a form, oldest first: one per key version."""
    found = corrections_of(session, form_id)
    return [as_version(changes_of(row, keys), form_id) for row in found]


def corrections_of(session: Session, form_id: str) -> list[Correction]:
    """Those that have taken effect on a form, in the order of its key's versions."""
    rows = session.scalars(
        select(Correction).where(Correction.state == CorrectionState.APPLIED.value)
    )
    mine = [row for row in rows if form_id in forms_of(row)]
    # no clock tells their order
    return sorted(mine, key=lambda row: int(row.keys[form_id]["version"]))


def versions_after(session: Session, keys: CentreKeys, correction_id: str) -> dict[str, Versions]:
    """By form of a correction, what its key was made of when the correction had taken effect;
    ``not_found`` 404. Of one that is not in effect, what is in force now."""
    row = found_correction(session, correction_id)
    found: dict[str, Versions] = {}
    for form in forms_of(row):
        decided = corrections_of(session, form)
        upto = [one.id for one in decided].index(row.id) + 1 if row in decided else len(decided)
        found[form] = [as_version(changes_of(one, keys), form) for one in decided[:upto]]
    return found


def as_version(changes: Iterable[Change], form_id: str) -> list[dict[str, str]]:
    """A correction as the scorer takes it, for one of its forms."""
    return [
        {"item": one.item, "change": one.change, "letters": one.letters}
        for one in changes
        if one.form == form_id
    ]


def sitters(
    session: Session, form_ids: Collection[str], *, by: Collection[str] | None = None
) -> list[Sitter]:
    """Everybody who handed in one of these forms and has a score, in rooms of this machine and at
    centres whose packages count; by package and attempt.

    ``by``: only where the newest score is by one of these keys (scoring digests).
    """
    wanted = () if by is None else (Score.scoring_digest.in_(by),)
    newest = (
        select(Score.attempt_id, func.max(Score.version).label("version"))
        .group_by(Score.attempt_id)
        .subquery()
    )
    found: list[Sitter] = []
    for source in SOURCES:
        package = MergedAttempt.imported_id if source is MergedAttempt else literal("")
        rows: Any = session.execute(
            select(
                *(source.id, package, source.candidate_id, source.subject, source.form_id),
                *(source.head, Score.version, Score.points, Score.scoring_digest),
            )
            .join(Score, Score.attempt_id == source.id)
            .join(
                newest,
                (newest.c.attempt_id == Score.attempt_id) & (newest.c.version == Score.version),
            )
            .where(source.form_id.in_(form_ids), source.state == "submitted", *wanted)
        )
        found += [Sitter(*row) for row in rows]
    return sorted(found, key=lambda one: (one.imported_id, one.attempt_id))


def exams_of(session: Session, form_ids: Collection[str]) -> set[str]:
    """The exams in which these forms were sat."""
    return {
        exam
        for source in SOURCES
        for exam in session.scalars(
            select(Candidate.exam_id)
            .join(source, source.candidate_id == Candidate.id)
            .where(source.form_id.in_(form_ids))
            .distinct()
        )
    }
