"""考场情况记录单: what happened in the room, on paper, with the head that anchors the record.

One row per candidate with the receipt code that the terminal showed; below it every act of the
staff and every incident; at the end the signed head. It holds no score and no ID number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.auth.views import staff_names
from exam_server.desk.tables import Candidate, Sitting
from exam_server.errors import not_found
from exam_server.results.views.score_page import receipt_of
from exam_server.results.views.table import ResultRow, SubjectColumn, results_table
from exam_server.room.rules.catalogue import KINDS
from exam_server.room.tables import Attempt, JournalEntry
from exam_server.room.views.heads import HeadSigner, SignedHead

_NOTED = (
    "machine_changed",
    "terminal_released",
    "info_disputed",
    "late_admitted",
    "paused",
    "resumed",
    "outage",
    "granted",
    "incident",
    "late_evidence",
    "recovered",
)


class SheetRow(msgspec.Struct, frozen=True):
    """One candidate. ``receipt``: as the terminal shows it, None when nothing was handed in."""

    result: ResultRow
    receipt: str | None


class SheetNote(msgspec.Struct, frozen=True):
    """One act or incident. ``seat``, ``name``: None for the whole room. ``incident``: its kind,
    None for an act. ``ms``: time given or lost, None where there is none."""

    at_ms: int
    seat: int | None
    name: str | None
    text: str
    incident: str | None
    words: str | None
    ms: int | None
    staff: str | None


class RoomSheet(msgspec.Struct, frozen=True):
    """The sheet. Times are wall times in ms; ``closed_ms`` None while the room is open."""

    exam: str
    mode: str
    centre: str
    room: str
    sitting: str
    state: str
    planned_start_ms: int
    bell_ms: int | None
    closed_ms: int | None
    columns: tuple[SubjectColumn, ...]
    rows: tuple[SheetRow, ...]
    notes: tuple[SheetNote, ...]
    head: SignedHead | None

    @property
    def came(self) -> int:
        """How many handed in at least one subject."""
        return sum(row.receipt is not None for row in self.rows)

    @property
    def absent(self) -> int:
        """How many came to no subject."""
        return sum(
            all(one.state == "absent" for one in row.result.subjects.values())
            for row in self.rows
            if row.result.subjects
        )


def room_sheet(session: Session, sitting_id: str, heads: HeadSigner) -> RoomSheet:
    """The sheet of a sitting as it stands. Refusal ``not_found`` 404."""
    where = session.get(Sitting, sitting_id)
    if where is None:
        raise not_found("sitting", sitting_id)
    table = results_table(session, sitting_id=sitting_id)
    entries = session.scalars(
        select(JournalEntry)
        .where(JournalEntry.sitting_id == sitting_id, JournalEntry.kind.in_((*_NOTED, "closed")))
        .order_by(JournalEntry.at_ms, JournalEntry.chain, JournalEntry.seq)
    ).all()
    return RoomSheet(
        exam=table.exam,
        mode=table.mode,
        centre=where.centre,
        room=where.room,
        sitting=where.name,
        state=where.state,
        planned_start_ms=where.planned_start_ms,
        bell_ms=where.bell_ms,
        closed_ms=next((one.at_ms for one in entries if one.kind == "closed"), None),
        columns=table.columns,
        rows=tuple(_row(session, row, table.columns) for row in table.rows),
        notes=_notes(session, sitting_id, [one for one in entries if one.kind != "closed"]),
        head=heads.of(session, sitting_id),
    )


def _row(session: Session, row: ResultRow, columns: Sequence[SubjectColumn]) -> SheetRow:
    mine = [row.subjects[column.id] for column in columns if column.id in row.subjects]
    handed_in = any(subject.submitted_ms is not None for subject in mine)
    receipt = receipt_of(session, [one.attempt_id for one in mine]) if handed_in else None
    return SheetRow(row, receipt)


def _notes(
    session: Session, sitting_id: str, entries: Sequence[JournalEntry]
) -> tuple[SheetNote, ...]:
    people: Mapping[str, tuple[int | None, str]] = {
        attempt: (seat, name)
        for attempt, seat, name in session.execute(
            select(Attempt.id, Candidate.seat, Candidate.name)
            .join(Candidate, Candidate.id == Attempt.candidate_id)
            .where(Attempt.sitting_id == sitting_id)
        )
    }
    names = staff_names(session, (entry.actor for entry in entries))
    notes = []
    for entry in entries:
        seat, name = people.get(entry.chain, (None, None))
        notes.append(
            SheetNote(
                at_ms=entry.at_ms,
                seat=seat,
                name=name,
                text=KINDS[entry.kind].zh,
                incident=entry.data.get("kind") if entry.kind == "incident" else None,
                words=entry.data.get("text") or entry.data.get("reason"),
                ms=entry.data.get("ms"),
                staff=names.get(entry.actor),
            )
        )
    return tuple(notes)
