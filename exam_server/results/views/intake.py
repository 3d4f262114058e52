"""What the authority announced, and what came back from the centres."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.errors import not_found
from exam_server.results.tables import Announcement, ImportedResults
from exam_server.results.views.table import ResultsTable


class ImportedCard(msgspec.Struct, frozen=True):
    """One package from a centre. ``rooms``: of its sittings; ``superseded``: a later one counts."""

    id: str
    digest: str
    rooms: str
    rows: int
    build: str
    acts: tuple[int, str] | None
    created_ms: int
    imported_ms: int
    superseded: bool


class AnnouncedCard(msgspec.Struct, frozen=True):
    """What was sent to one centre, and its packages, newest first. ``outstanding``: how many of
    the announced candidates no counting package has."""

    id: str
    centre: str
    exam: str
    package: str
    centre_key: str
    builds: tuple[str, ...]
    candidates: int
    outstanding: int
    announced_ms: int
    packages: tuple[ImportedCard, ...]


def announced_cards(session: Session) -> list[AnnouncedCard]:
    """Every announcement, the latest first."""
    rows = session.scalars(select(Announcement).order_by(Announcement.announced_ms.desc()))
    return [_card(session, row) for row in rows.all()]


def imported_table(session: Session, imported_id: str) -> tuple[ImportedCard, str, ResultsTable]:
    """One package, the centre it came from, and its rows. ``not_found`` 404."""
    row = session.get(ImportedResults, imported_id)
    if row is None:
        raise not_found("result_package", imported_id)
    where = session.get(Announcement, row.announcement_id)
    assert where is not None  # foreign key
    table = msgspec.convert(row.results["table"], ResultsTable)
    return _imported(row), where.centre, table


def _card(session: Session, row: Announcement) -> AnnouncedCard:
    packages = session.scalars(
        select(ImportedResults)
        .where(ImportedResults.announcement_id == row.id)
        .order_by(ImportedResults.imported_ms.desc(), ImportedResults.created_ms.desc())
    ).all()
    there = {
        person["ticket"]
        for one in packages
        if one.superseded_by is None
        for person in one.results["table"]["rows"]
    }
    return AnnouncedCard(
        id=row.id,
        centre=row.centre,
        exam=row.exam_name,
        package=row.package_id,
        centre_key=row.centre_key,
        builds=tuple(row.builds),
        candidates=len(row.seats),
        outstanding=len(row.seats.keys() - there),
        announced_ms=row.announced_ms,
        packages=tuple(_imported(one) for one in packages),
    )


def _imported(row: ImportedResults) -> ImportedCard:
    manifest: dict[str, Any] = row.manifest
    acts = manifest["acts"]
    return ImportedCard(
        id=row.id,
        digest=row.digest,
        rooms=", ".join(sorted({sitting["room"] for sitting in manifest["sittings"]})),
        rows=manifest["rows"],
        build=manifest["build"],
        acts=None if acts is None else (acts[0], acts[1]),
        created_ms=row.created_ms,
        imported_ms=row.imported_ms,
        superseded=row.superseded_by is not None,
    )
