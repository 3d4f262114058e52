"""Taking the fees of an exam out of the centre is an act of the record."""

from __future__ import annotations

from exam_server.auth.identity import OFFICE, Staff, require
from exam_server.desk.tables import Exam
from exam_server.errors import not_found
from exam_server.storage.acts import record
from exam_server.storage.tx import Tx


def announce_fees(tx: Tx, *, exam_id: str, actor: Staff) -> None:
    """Record who exports whose fees, before the file leaves. Refusals: ``forbidden`` 403;
    ``not_found`` 404."""
    require(actor, *OFFICE, action="export_fees")
    if tx.session.get(Exam, exam_id) is None:
        raise not_found("exam", exam_id)
    record(tx, kind="fees_exported", actor=actor.actor, data={"exam": exam_id})
