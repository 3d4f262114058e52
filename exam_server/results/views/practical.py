"""Practical results as they came in: every list with its source, corrections, who is missing."""

from __future__ import annotations

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_server.auth.identity import Staff
from exam_server.auth.tables import Staff as StaffRow
from exam_server.desk.tables import Candidate
from exam_server.results.beside import Practical, practicals
from exam_server.results.people import people
from exam_server.results.records import exam_and_profile
from exam_server.results.tables import (
    Announcement,
    ImportedResults,
    PracticalImport,
    PracticalResult,
)

_SHOWN = 200


class PracticalList(msgspec.Struct, frozen=True):
    """One import, as :class:`PracticalImport` keeps it. ``centre``: whose package brought it, ""
    for a list brought in here."""

    id: str
    number: int
    people: int
    document: str
    document_date: str
    document_sha256: str
    reason: str
    imported_by: str
    imported_ms: int
    centre: str


class PracticalLine(msgspec.Struct, frozen=True):
    """One person and every result, the newest first; () who has none yet."""

    candidate_id: str
    name: str
    ticket: str | None
    city: str
    unit: str
    trade: str
    level_name: str
    results: tuple[Practical, ...]


class PracticalPage(msgspec.Struct, frozen=True):
    """``type``: none | pass_fail | score. ``expected``: who sits; ``there``: of them, with a
    result. ``missing`` and ``corrected``: the first of each."""

    exam_id: str
    exam: str
    type: str
    name: str
    name_en: str
    full: str | None
    expected: int
    there: int
    lists: tuple[PracticalList, ...]
    missing: tuple[PracticalLine, ...]
    corrected: tuple[PracticalLine, ...]


def practical_page(session: Session, exam_id: str, *, viewer: Staff) -> PracticalPage:
    """The exam's practical results; a city's account sees its own units'. ``not_found`` 404."""
    exam, profile = exam_and_profile(session, exam_id)
    found = practicals(session, [Candidate.exam_id == exam_id])
    members = [
        one for one in people(session, profile, exam_id=exam_id) if viewer.city in (None, one.city)
    ]
    lines = [
        PracticalLine(
            candidate_id=one.entry.candidate_id,
            name=one.name,
            ticket=one.ticket,
            city=one.city,
            unit=one.unit,
            trade=one.trade,
            level_name=profile.level_name(one.level),
            results=tuple(reversed(found.get(one.entry.candidate_id, ()))),
        )
        for one in members
    ]
    missing = [line for line in lines if not line.results]
    changed = [
        line for line in lines if len({(one.result, one.points) for one in line.results}) > 1
    ]
    return PracticalPage(
        exam_id=exam.id,
        exam=exam.name,
        type=profile.practical.type,
        name=profile.practical.name,
        name_en=profile.practical.name_en,
        full=profile.practical.full_mark,
        expected=len(lines),
        there=len(lines) - len(missing),
        lists=_lists(session, exam_id),
        missing=tuple(missing[:_SHOWN]),
        corrected=tuple(changed[:_SHOWN]),
    )


def _lists(session: Session, exam_id: str) -> tuple[PracticalList, ...]:
    counted = (
        select(PracticalResult.import_id, func.count().label("people"))
        .group_by(PracticalResult.import_id)
        .subquery()
    )
    rows = session.execute(
        select(PracticalImport, counted.c.people, StaffRow.name, Announcement.centre)
        .join(counted, counted.c.import_id == PracticalImport.id)
        .outerjoin(StaffRow, StaffRow.id == PracticalImport.imported_by)
        .outerjoin(ImportedResults, ImportedResults.id == PracticalImport.imported_id)
        .outerjoin(Announcement, Announcement.id == ImportedResults.announcement_id)
        .where(PracticalImport.exam_id == exam_id)
        .order_by(PracticalImport.number.desc())
    )
    return tuple(
        PracticalList(
            id=row.id,
            number=row.number,
            people=count,
            document=row.document,
            document_date=row.document_date,
            document_sha256=row.document_sha256,
            reason=row.reason,
            imported_by=name or row.imported_by,
            imported_ms=row.imported_ms,
            centre=centre or "",
        )
        for row, count, name, centre in rows
    )
