"""Before published results leave the office in bulk: who takes what, in the record."""

from __future__ import annotations

from collections.abc import Sequence

from exam_server.auth.identity import Role, Staff, require
from exam_server.desk.tables import Exam
from exam_server.errors import Refusal, not_found
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


def record_bundle(
    tx: Tx, *, exam_id: str, groups: Sequence[str], people: int, work: int, actor: Staff
) -> None:
    """A bundle of published results is about to be written for a site elsewhere.

    Refusals: ``forbidden`` 403; ``not_found`` 404; ``bundle_nothing`` 409 without anybody."""
    require(actor, Role.AUTHORITY, action="write_bundle")
    if tx.session.get(Exam, exam_id) is None:
        raise not_found("exam", exam_id)
    if not people:
        raise Refusal("bundle_nothing", 409)
    facts = {"exam": exam_id, "groups": sorted(groups), "people": people, "work": work}
    record(tx, kind="results_bundled", actor=actor.actor, data=facts)


def record_list(tx: Tx, *, exam_id: str, actor: Staff) -> None:
    """The units' recommendation lists are about to leave the office, ID numbers masked."""
    require(actor, Role.AUTHORITY, action="write_list", of_city=True)
    record(tx, kind="recommendation_listed", actor=actor.actor, data={"exam": exam_id})
