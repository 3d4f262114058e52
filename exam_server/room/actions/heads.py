"""The sitting's chain takes in the heads of all its attempts, and of the centre's acts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from exam_server.desk.tables import Sitting
from exam_server.room import journal
from exam_server.room.tables import Attempt
from exam_server.storage.acts import last_act
from exam_server.storage.tx import Tx


def take_heads(tx: Tx, where: Sitting) -> None:
    """Append one ``heads`` entry: at the bell, every 60 s, and at the close."""
    tx.session.flush()
    rows = tx.session.execute(
        select(Attempt.id, Attempt.head_seq, Attempt.head)
        .where(Attempt.sitting_id == where.id)
        .order_by(Attempt.id)
    )
    heads = {attempt_id: [seq, head] for attempt_id, seq, head in rows}
    data: dict[str, Any] = {"heads": heads}
    if (last := last_act(tx.session)) is not None:
        data["acts"] = list(last)
    journal.append(tx, chain=where, kind="heads", actor="system", data=data)
