"""The golden candidate in the record: before a form's first score in a sitting counts, the journal
says that the scorer of that moment gave the known answers the known score."""

from __future__ import annotations

from sqlalchemy import select

from exam_server.desk.tables import Sitting
from exam_server.room import journal
from exam_server.room.tables import JournalEntry
from exam_server.storage.tx import Tx


def note_golden(
    tx: Tx, *, where: Sitting, form_id: str, scoring_digest: str, points: str | None
) -> None:
    """One ``golden`` entry per sitting, form and scoring key; repeating it writes nothing.

    ``points``: None when the key, sealed by the first release, holds no golden candidate.
    """
    known = tx.session.scalars(
        select(JournalEntry.data).where(
            JournalEntry.sitting_id == where.id, JournalEntry.kind == "golden"
        )
    )
    data = {"form": form_id, "scoring_digest": scoring_digest}
    if points is not None:
        data["points"] = points
    if data not in list(known):
        journal.append(tx, chain=where, kind="golden", actor="system", data=data)
        tx.session.flush()
