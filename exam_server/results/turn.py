"""Decisions about one exam come one after the other, each on what the one before has left.

On SQLite there is one writer anyway. Where several processes share a PostgreSQL, two officers, or
two packages, meet at the exam's own row: what is read after it is taken is what is decided on.
"""

from __future__ import annotations

from sqlalchemy import select

from exam_server.desk.tables import Exam
from exam_server.storage.tx import Tx


def take_turn(tx: Tx, exam_id: str) -> None:
    """Wait for whoever decides about this exam now. Before anything else is locked or read."""
    tx.lock(select(Exam).where(Exam.id == exam_id))
