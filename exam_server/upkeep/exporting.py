"""Before something leaves the centre: who took it is recorded, and the journal is anchored."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.desk.tables import Sitting
from exam_server.errors import not_found
from exam_server.room.actions.heads import take_heads
from exam_server.room.tables import Attempt, JournalEntry
from exam_server.storage.acts import record
from exam_server.storage.tx import Tx

Export = Literal["xlsx", "csv", "result_package", "journal"]


def announce_export(tx: Tx, *, sitting_id: str, what: Export, actor: str) -> None:
    """Record the export; for the journal, take in the heads first when anything came after."""
    where = tx.session.get(Sitting, sitting_id)
    if where is None:
        raise not_found("sitting", sitting_id)
    if what == "journal" and where.head_seq > 0 and not covered(tx.session, where):
        take_heads(tx, where)
    record(tx, kind="exported", actor=actor, data={"sitting": sitting_id, "what": what})


def covered(session: Session, where: Sitting) -> bool:
    """Whether the sitting's last entry is a ``heads`` that names every attempt's last entry."""
    last = session.scalars(
        select(JournalEntry).where(
            JournalEntry.chain == where.id, JournalEntry.seq == where.head_seq
        )
    ).first()
    if last is None or last.kind != "heads":
        return False
    rows = session.execute(
        select(Attempt.id, Attempt.head_seq, Attempt.head).where(Attempt.sitting_id == where.id)
    )
    return bool({row[0]: [row[1], row[2]] for row in rows} == last.data["heads"])
