"""Before whole ID numbers leave the office: who takes which, in the record (invariant 11)."""

from __future__ import annotations

from exam_server.auth.identity import Role, Staff, require
from exam_server.desk.tables import Exam
from exam_server.errors import not_found
from exam_server.storage.acts import record
from exam_server.storage.tx import Tx


def record_numbers(
    tx: Tx, *, exam_id: str, group: str | None, after: str, passed: bool, actor: Staff
) -> None:
    """One page of published results is about to be given out with whole ID numbers.

    Refusals: ``forbidden`` 403; ``not_found`` 404."""
    require(actor, Role.AUTHORITY, action="hand_out_numbers", of_city=True)
    if tx.session.get(Exam, exam_id) is None:
        raise not_found("exam", exam_id)
    facts = {
        "exam": exam_id,
        "group": group or "",
        "after": after,
        "what": "qualified" if passed else "results",
    }
    record(tx, kind="numbers_handed_out", actor=actor.actor, data=facts)
