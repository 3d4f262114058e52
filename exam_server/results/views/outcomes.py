"""What became of each person: scores with their source, practical, outcome, every difference.

The read model of official results: lists, exports, release and query take people from here.
Provisional is what the terminal showed on the spot, official what counts now; whatever lies
between them is a ``Difference`` with its reason (DOMAIN D9). It publishes nothing.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
from sqlalchemy.orm import Session

from exam_server.profiles.profile import Profile
from exam_server.results.beside import Practical
from exam_server.results.judge import Judge, judge_of
from exam_server.results.records import Record, SubjectRecord, exam_and_profile, records
from exam_server.results.rules.group import parts_of
from exam_server.results.rules.outcome import Reason, Status
from exam_server.results.rules.standing import plain_decimal
from exam_server.results.views.differences import Difference, differences_of
from exam_server.results.views.table import SubjectColumn, columns_of


class SubjectOutcome(msgspec.Struct, frozen=True):
    """One subject. ``state``: the attempt's, ``voided`` under a ruling. ``provisional``: as shown
    on the spot; ``points``: what counts now; ``version``: of the score, None without one.
    ``imported_id``: the centre's package it came in, "" for a room of this machine."""

    subject: str
    attempt_id: str
    form_id: str
    state: str
    provisional: str | None
    points: str | None
    version: int | None
    imported_id: str


class PersonOutcome(msgspec.Struct, frozen=True):
    """One person. ``status`` and ``reasons``: of :mod:`exam_server.results.rules.outcome`; status
    None for who does not sit. ``sum``: only where every subject has points. ``line``: in effect,
    None where there is none or nobody can reach it. ``valid_until``: ISO date.
    """

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
    route: str
    group: str | None
    sitting_id: str | None
    room: str | None
    seat: int | None
    standing: str
    subjects: dict[str, SubjectOutcome]
    provisional_sum: str | None
    sum: str | None
    practical: Practical | None
    line_id: str | None
    line: str | None
    status: Status | None
    reasons: tuple[Reason, ...]
    valid_until: str | None
    lapsed: bool
    differences: tuple[Difference, ...]


class Outcomes(msgspec.Struct, frozen=True):
    """The people of one exam, or of one group of it; by sitting and seat."""

    exam_id: str
    exam: str
    year: int
    columns: tuple[SubjectColumn, ...]
    practical: str
    people: tuple[PersonOutcome, ...]


def outcomes(
    session: Session,
    exam_id: str,
    *,
    today: date,
    group: str | None = None,
    candidate_id: str | None = None,
) -> Outcomes:
    """Everybody of the exam, of a group (``group_key``) or one person.

    ``today``: what lapses with the year is held against it. ``not_found`` 404 for the exam; an
    unknown group or person has nobody.
    """
    exam, profile = exam_and_profile(session, exam_id)
    named = {} if group is None else _named(group, profile)
    found = records(
        session,
        profile,
        exam_id=exam.id,
        candidate_id=candidate_id,
        trade=named.get("trade"),
        level=named.get("level"),
    )
    judge = judge_of(session, exam, profile)
    if group is not None:
        found = [record for record in found if judge.group_of(record) == group]
    return Outcomes(
        exam_id=exam.id,
        exam=exam.name,
        year=exam.year,
        columns=columns_of(profile),
        practical=profile.practical.type,
        people=tuple(_person(record, judge, today) for record in found),
    )


def _named(group: str, profile: Profile) -> dict[str, str]:
    """Trade and level of a group, so that not everybody is read."""
    try:
        parts = parts_of(group)
    except ValueError:
        return {}
    fields = [field for field in ("trade", "level") if field in profile.line_group_by]
    return {field: parts[field] for field in fields if "／" not in parts[field]}


def _person(record: Record, judge: Judge, today: date) -> PersonOutcome:
    person, sitting = record.candidate, record.sitting
    line = judge.line_of(record)
    found = judge.outcome_of(record)
    subjects = {one.subject: _subject(one) for one in record.subjects}
    last = found.valid_until if found is not None else None
    return PersonOutcome(
        candidate_id=person.id,
        ticket=person.ticket,
        name=person.name,
        sex=person.sex,
        id_masked=person.id_masked,
        city=person.city,
        unit=person.unit,
        trade=person.trade,
        level=person.level,
        level_name=judge.profile.level_name(person.level),
        route=person.route,
        group=judge.group_of(record),
        sitting_id=person.sitting_id,
        room=sitting.room if sitting else None,
        seat=person.seat,
        standing=record.standing.value,
        subjects=subjects,
        provisional_sum=_sum_on_the_spot(record),
        sum=None if record.sum is None else plain_decimal(record.sum),
        practical=record.practical[-1] if record.practical else None,
        line_id=line.id if line else None,
        line=line.line if line else None,
        status=found.status if found is not None else None,
        reasons=found.reasons if found is not None else (),
        valid_until=last.isoformat() if last is not None else None,
        lapsed=found is not None and found.lapsed(today),
        differences=differences_of(record),
    )


def _subject(found: SubjectRecord) -> SubjectOutcome:
    return SubjectOutcome(
        subject=found.subject,
        attempt_id=found.attempt_id,
        form_id=found.form_id,
        state=found.state,
        provisional=found.provisional,
        points=None if found.points is None else plain_decimal(found.points),
        version=found.score.version if found.score else None,
        imported_id=found.imported_id,
    )


def _sum_on_the_spot(record: Record) -> str | None:
    shown = [found.provisional for found in record.subjects]
    known = [Decimal(points) for points in shown if points is not None]
    whole = len(known) == len(shown) > 0
    return plain_decimal(sum(known, Decimal(0))) if whole else None
