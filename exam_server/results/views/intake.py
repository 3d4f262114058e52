"""What the authority announced, what came back from the centres, and what is still missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Literal

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.auth.views import staff_names
from exam_server.desk.tables import Candidate
from exam_server.errors import not_found
from exam_server.results.late import late_sitters
from exam_server.results.packed_practical import PackedList, newest
from exam_server.results.rules.merging import Conflict, PackageState
from exam_server.results.tables import Announcement, ImportedResults
from exam_server.results.views.table import ResultsTable

_NAMED = 20  # missing tickets that are named; the rest is counted


class ImportedCard(msgspec.Struct, frozen=True):
    """One package from a centre. ``rooms``: of its sittings; ``state``: counts | held | superseded
    | set_aside; ``decided_by`` and ``reason``: of whoever decided where it contradicted others."""

    id: str
    digest: str
    rooms: str
    rows: int
    build: str
    acts: tuple[int, str] | None
    created_ms: int
    imported_ms: int
    state: str
    conflicts: int
    decided_by: str
    decided_ms: int | None
    reason: str


class AnnouncedCard(msgspec.Struct, frozen=True):
    """What was sent to one centre, and its packages, newest first. ``outstanding``: how many of
    the announced candidates no counting package has; ``missing``: the first of their tickets.

    ``progress``: conflict (a package waits for a decision), waiting (nothing is here), part,
    complete (nobody is outstanding).
    """

    id: str
    exam_id: str | None
    centre: str
    exam: str
    package: str
    centre_key: str
    builds: tuple[str, ...]
    candidates: int
    outstanding: int
    missing: tuple[str, ...]
    progress: Literal["conflict", "waiting", "part", "complete"]
    announced_ms: int
    packages: tuple[ImportedCard, ...]


class Arrivals(msgspec.Struct, frozen=True):
    """The whole hub: centres by progress, candidates announced and there."""

    centres: int
    complete: int
    waiting: int
    conflicts: int
    candidates: int
    there: int


class Late(msgspec.Struct, frozen=True):
    """Papers that wait to be scored by a corrected key: how many, and the first tickets."""

    papers: int
    tickets: tuple[str, ...]


def late_papers(session: Session) -> Late:
    """What :func:`exam_server.results.actions.late_scoring.score_late` would score."""
    found = late_sitters(session)
    people = sorted({one.candidate_id for one in found})[:_NAMED]
    tickets = session.scalars(select(Candidate.ticket).where(Candidate.id.in_(people)))
    return Late(len(found), tuple(sorted(ticket for ticket in tickets if ticket)))


def announced_cards(session: Session) -> list[AnnouncedCard]:
    """Every announcement: those that need somebody first, then by centre."""
    packages: dict[str, list[ImportedResults]] = defaultdict(list)
    for row in session.scalars(
        select(ImportedResults).order_by(
            ImportedResults.imported_ms.desc(), ImportedResults.created_ms.desc()
        )
    ):
        packages[row.announcement_id].append(row)
    names = staff_names(session, (one.decided_by for here in packages.values() for one in here))
    cards = [
        _card(row, packages[row.id], names) for row in session.scalars(select(Announcement)).all()
    ]
    order = ("conflict", "part", "waiting", "complete")
    return sorted(cards, key=lambda card: (order.index(card.progress), card.centre))


def arrivals(cards: Iterable[AnnouncedCard]) -> Arrivals:
    """The sums over ``cards``."""
    found = list(cards)
    progress = [card.progress for card in found]
    return Arrivals(
        centres=len(found),
        complete=progress.count("complete"),
        waiting=progress.count("waiting"),
        conflicts=progress.count("conflict"),
        candidates=sum(card.candidates for card in found),
        there=sum(card.candidates - card.outstanding for card in found),
    )


def imported_table(
    session: Session, imported_id: str
) -> tuple[ImportedCard, str, ResultsTable, tuple[Conflict, ...]]:
    """One package, the centre it came from, its rows, and what it contradicted when it came.

    ``not_found`` 404.
    """
    row = session.get(ImportedResults, imported_id)
    if row is None:
        raise not_found("result_package", imported_id)
    where = session.get_one(Announcement, row.announcement_id)
    names = staff_names(session, (row.decided_by,))
    table = msgspec.convert(row.results["table"], ResultsTable)
    conflicts = msgspec.convert(row.conflicts, tuple[Conflict, ...])
    return _imported(row, names), where.centre, table, conflicts


def imported_practical(session: Session, imported_id: str) -> dict[str, str]:
    """What the package says of the practical in the end: points or word, by ticket."""
    packed = session.get_one(ImportedResults, imported_id).results.get("practical", [])
    lists = msgspec.convert(packed, tuple[PackedList, ...])
    return {ticket: found.shown for ticket, found in newest(lists).items()}


def _card(
    row: Announcement, packages: list[ImportedResults], names: dict[str, str]
) -> AnnouncedCard:
    states = {one.state for one in packages}
    there = {
        ticket for one in packages if one.state == PackageState.COUNTS for ticket in one.tickets
    }
    missing = sorted(row.seats.keys() - there)
    return AnnouncedCard(
        id=row.id,
        exam_id=row.exam_id,
        centre=row.centre,
        exam=row.exam_name,
        package=row.package_id,
        centre_key=row.centre_key,
        builds=tuple(row.builds),
        candidates=len(row.seats),
        outstanding=len(missing),
        missing=tuple(missing[:_NAMED]),
        progress=(
            "conflict" if PackageState.HELD in states
            else "waiting" if PackageState.COUNTS not in states
            else "part" if missing else "complete"
        ),
        announced_ms=row.announced_ms,
        packages=tuple(_imported(one, names) for one in packages),
    )  # fmt: skip


def _imported(row: ImportedResults, names: dict[str, str]) -> ImportedCard:
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
        state=row.state,
        conflicts=len(row.conflicts),
        decided_by=names.get(row.decided_by or "", row.decided_by or ""),
        decided_ms=row.decided_ms,
        reason=row.reason or "",
    )
