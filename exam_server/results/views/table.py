"""The results table of a sitting or an exam: per-subject scores, sum, status, decision."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec
from sqlalchemy.orm import Session

from exam_server.desk.tables import Sitting
from exam_server.errors import not_found
from exam_server.profiles.profile import Profile
from exam_server.results.group_state import (
    lines_of,
    stored_params,
)
from exam_server.results.records import Record, exam_and_profile, records
from exam_server.results.rules.entries import Entry, Standing
from exam_server.results.rules.line_life import LineState
from exam_server.results.rules.lines import reaches
from exam_server.results.rules.standing import plain_decimal
from exam_server.results.tables import CutScore


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
    not_sitting. ``decision`` only under a line in effect: not_reached | undecided_practical
    | undecided_conditional | review | qualified."""

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


class ResultsTable(msgspec.Struct, frozen=True):
    """``full``: sum of the full marks. Rows by sitting and seat."""

    exam_id: str
    exam: str
    mode: str
    columns: tuple[SubjectColumn, ...]
    full: str
    show_sum: bool
    rows: tuple[ResultRow, ...]


def results_table(
    session: Session, *, exam_id: str | None = None, sitting_id: str | None = None
) -> ResultsTable:
    """The table of a sitting, or of a whole exam when no sitting is named.

    ``not_found`` 404. Not by itself a publication: what is provisional stays so (DOMAIN D9).
    """
    if sitting_id is not None:
        sitting = session.get(Sitting, sitting_id)
        if sitting is None:
            raise not_found("sitting", sitting_id)
        exam_id = sitting.exam_id
    exam, profile = exam_and_profile(session, exam_id or "")
    found = records(session, profile, exam_id=exam.id, sitting_id=sitting_id)
    effective = {
        line.group_key: line
        for line in lines_of(session, exam.id)
        if line.state == LineState.EFFECTIVE
    }
    groups = {record.candidate.id: record.group_of(profile) for record in found if record.sits}
    return ResultsTable(
        exam_id=exam.id,
        exam=exam.name,
        mode=exam.mode,
        columns=columns_of(profile),
        full=full_of(profile),
        show_sum=profile.score.show_sum,
        rows=tuple(_row(record, profile, groups, effective) for record in found),
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


def decision_of(entry: Entry, level: str, profile: Profile, line: CutScore) -> str | None:
    """What a line in effect decides about one person (DOMAIN A5, D10, D19, D27, D30)."""
    if entry.standing in (Standing.PARTIAL, Standing.ABSENT, Standing.VOIDED):
        return "not_reached"
    if entry.standing is Standing.PENDING:
        return None
    there = line.line is not None and reaches(entry, Decimal(line.line), stored_params(line))
    if not there:
        return "not_reached"
    if entry.standing is Standing.CONDITIONAL:
        return "undecided_conditional"
    if profile.pass_rule.practical != "none":
        return "undecided_practical"  # the practical result comes from elsewhere
    return "review" if level in profile.pass_rule.review_levels else "qualified"


def _row(
    record: Record,
    profile: Profile,
    groups: Mapping[str, str],
    effective: Mapping[str, CutScore],
) -> ResultRow:
    person = record.candidate
    group = groups.get(person.id)
    line = effective.get(group) if group is not None else None
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
        group=group,
        subjects=_subjects(record),
        sum=None if record.sum is None else plain_decimal(record.sum),
        status=record.standing.value if record.sits else "not_sitting",
        line=line.line if line else None,
        decision=decision_of(record.entry, person.level, profile, line) if line else None,
    )


def _subjects(record: Record) -> dict[str, SubjectResult]:
    return {
        found.attempt.subject: SubjectResult(
            attempt_id=found.attempt.id,
            state=found.attempt.state,
            cause=found.attempt.cause,
            points=None if found.points is None else plain_decimal(found.points),
            answered=found.attempt.answered,
            started_ms=found.attempt.started_ms,
            submitted_ms=found.attempt.submitted_ms,
            version=found.score.version if found.score else None,
        )
        for found in record.subjects
    }
