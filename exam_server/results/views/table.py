"""The results table of a sitting or an exam: per-subject scores, sum, status, decision."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import msgspec
from sqlalchemy.orm import Session

from exam_server.desk.tables import Sitting
from exam_server.errors import not_found
from exam_server.profiles.profile import Profile
from exam_server.results.group_state import stored_params
from exam_server.results.judge import Judge, judge_of
from exam_server.results.records import Record, exam_and_profile, records
from exam_server.results.rules.outcome import Reason
from exam_server.results.rules.standing import plain_decimal
from exam_server.results.views.line_words import line_in_words


class SubjectColumn(msgspec.Struct, frozen=True):
    """A subject of the block. ``full``: decimal."""

    id: str
    ordinal: int
    name: str
    name_en: str
    full: str


class SubjectResult(msgspec.Struct, frozen=True):
    """One subject of one person. ``state``: the attempt's; ``cause``: candidate | time |
    proctor; ``points``: decimal, None while there is none that counts."""

    attempt_id: str
    state: str
    cause: str | None
    points: str | None
    answered: int
    started_ms: int | None
    submitted_ms: int | None
    version: int | None


class ResultRow(msgspec.Struct, frozen=True):
    """One person. ``status``: valid | partial | absent | voided | conditional | pending |
    not_sitting. ``decision`` only under a line in effect: a word of
    :class:`exam_server.results.rules.outcome.Status`, with its ``reasons``."""

    candidate_id: str
    ticket: str | None
    name: str
    sex: str
    id_masked: str
    city: str
    unit: str
    trade: str
    level: str
    level_name: str
    sitting: str | None
    room: str | None
    seat: int | None
    route: str
    conditional: bool
    group: str | None
    subjects: dict[str, SubjectResult]
    sum: str | None
    status: str
    line: str | None
    decision: str | None
    reasons: tuple[Reason, ...] = ()


class LineSaid(msgspec.Struct, frozen=True):
    """A line in effect in words, with its rule for ties."""

    group: str
    zh: str
    en: str


class ResultsTable(msgspec.Struct, frozen=True):
    """``full``: sum of the full marks. Rows by sitting and seat; ``lines``: of their groups."""

    exam_id: str
    exam: str
    mode: str
    columns: tuple[SubjectColumn, ...]
    full: str
    show_sum: bool
    rows: tuple[ResultRow, ...]
    lines: tuple[LineSaid, ...] = ()


def results_table(
    session: Session,
    *,
    exam_id: str | None = None,
    sitting_id: str | None = None,
    ruled: bool = True,
) -> ResultsTable:
    """The table of a sitting, or of a whole exam when no sitting is named.

    ``ruled``: under the rulings 处理决定, else as it was sat, held where one stands.
    ``not_found`` 404. Not by itself a publication: what is provisional stays so (DOMAIN D9).
    """
    if sitting_id is not None:
        sitting = session.get(Sitting, sitting_id)
        if sitting is None:
            raise not_found("sitting", sitting_id)
        exam_id = sitting.exam_id
    exam, profile = exam_and_profile(session, exam_id or "")
    found = records(session, profile, exam_id=exam.id, sitting_id=sitting_id, ruled=ruled)
    judge = judge_of(session, exam, profile)
    return ResultsTable(
        exam_id=exam.id,
        exam=exam.name,
        mode=exam.mode,
        columns=columns_of(profile),
        full=full_of(profile),
        show_sum=profile.score.show_sum,
        rows=tuple(_row(record, profile, judge) for record in found),
        lines=_lines(found, judge),
    )


def columns_of(profile: Profile) -> tuple[SubjectColumn, ...]:
    """The block's subjects."""
    return tuple(
        SubjectColumn(subject_id, ordinal, subject.name, subject.name_en, subject.full_mark)
        for ordinal, subject_id, subject in profile.ordered
    )


def full_of(profile: Profile) -> str:
    """Sum of the full marks of the block."""
    full = sum((Decimal(subject.full_mark) for _, _, subject in profile.ordered), Decimal(0))
    return plain_decimal(full)


def _lines(found: Iterable[Record], judge: Judge) -> tuple[LineSaid, ...]:
    stored = {line.group_key: line for record in found if (line := judge.line_of(record))}
    return tuple(
        LineSaid(key, *line_in_words(line.line, stored_params(line)))
        for key, line in sorted(stored.items())
    )


def _row(record: Record, profile: Profile, judge: Judge) -> ResultRow:
    person = record.candidate
    line = judge.line_of(record)
    found = None if line is None else judge.outcome_of(record)
    return ResultRow(
        candidate_id=person.id,
        ticket=person.ticket,
        name=person.name,
        sex=person.sex,
        id_masked=person.id_masked,
        city=person.city,
        unit=person.unit,
        trade=person.trade,
        level=person.level,
        level_name=profile.level_name(person.level),
        sitting=record.sitting.name if record.sitting else None,
        room=record.sitting.room if record.sitting else None,
        seat=person.seat,
        route=person.route,
        conditional=person.conditional,
        group=judge.group_of(record),
        subjects=_subjects(record),
        sum=None if record.sum is None else plain_decimal(record.sum),
        status=_status(record),
        line=line.line if line else None,
        decision=None if found is None else found.status.value,
        reasons=() if found is None else found.reasons,
    )


def _status(record: Record) -> str:
    if record.disqualified:
        return "disqualified"
    return record.standing.value if record.sits else "not_sitting"


def _subjects(record: Record) -> dict[str, SubjectResult]:
    return {
        found.subject: SubjectResult(
            attempt_id=found.attempt_id,
            state=found.state,
            cause=found.cause,
            points=None if found.points is None else plain_decimal(found.points),
            answered=found.answered,
            started_ms=found.started_ms,
            submitted_ms=found.submitted_ms,
            version=found.score.version if found.score else None,
        )
        for found in record.subjects
    }
