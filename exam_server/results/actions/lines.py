"""Proposing and confirming a pass line 合格线 (DOMAIN C10, D16). Trying one out changes
nothing: that is :func:`exam_server.results.views.groups.group_detail`."""

from __future__ import annotations

import msgspec

from exam_server.auth.identity import Role, Staff, require
from exam_server.desk.rules.id_number import named_in
from exam_server.errors import Refusal, not_found
from exam_server.ids import new_id
from exam_server.results.group_state import (
    CONFIRMED,
    PROPOSED,
    SUPERSEDED,
    counts_of,
    lines_of,
    outcome_of,
    snapshot_digest,
)
from exam_server.results.people import group_people
from exam_server.results.records import exam_and_profile
from exam_server.results.rules.params import LineParams
from exam_server.results.rules.standing import plain_decimal
from exam_server.results.tables import CutScore
from exam_server.storage.acts import record
from exam_server.storage.tx import Tx


def propose_line(
    tx: Tx, *, exam_id: str, group: str, params: LineParams, reason: str, actor: Staff
) -> str:
    """Put a line forward for a group; its id. Nobody's result changes.

    An earlier proposal of the group is superseded, a confirmed line is not.
    Refusals: ``forbidden`` 403; ``reason_required``, ``line_params`` 422; ``not_found``,
    ``group_unknown`` 404; ``line_no_valid`` 409 for a group without a valid score.
    """
    require(actor, Role.AUTHORITY, action="propose_line")
    if not reason.strip():
        raise Refusal("reason_required", 422)
    if named_in(reason):
        raise Refusal("id_number_in_text", 422, {"kind": "line_proposed"})
    _, profile = exam_and_profile(tx.session, exam_id)
    entries = [person.entry for person in group_people(tx.session, profile, exam_id, group)]
    outcome = outcome_of(entries, params)
    if outcome.counts.valid == 0:
        raise Refusal("line_no_valid", 409, {"group": group})
    earlier = lines_of(tx.session, exam_id, group)
    for line in earlier:
        if line.state == PROPOSED:
            line.state = SUPERSEDED
    line_id = new_id()
    tx.session.add(
        CutScore(
            id=line_id,
            exam_id=exam_id,
            group_key=group,
            version=1 + max((line.version for line in earlier), default=0),
            params=msgspec.to_builtins(params),
            line=None if outcome.line is None else plain_decimal(outcome.line),
            counts=counts_of(outcome),
            snapshot_digest=snapshot_digest(entries),
            state=PROPOSED,
            reason=reason.strip(),
            proposed_by=actor.id,
            proposed_ms=tx.now.wall_ms,
        )
    )
    tx.session.flush()
    record(
        tx,
        kind="line_proposed",
        actor=actor.actor,
        data={"line": line_id, "exam": exam_id, "group": group, "reason": reason.strip()},
    )
    return line_id


def confirm_line(tx: Tx, *, line_id: str, actor: Staff) -> None:
    """Make a proposed line the group's line; the one before it is superseded.

    Refusals: ``forbidden`` 403; ``not_found`` 404; ``line_not_proposed`` 409;
    ``line_pending`` 409 while somebody of the group has not finished or has no score;
    ``line_scores_changed`` 409 when the scores are no longer those of the proposal.
    """
    require(actor, Role.AUTHORITY, action="confirm_line")
    line = tx.session.get(CutScore, line_id)
    if line is None:
        raise not_found("cut_score", line_id)
    if line.state != PROPOSED:
        raise Refusal("line_not_proposed", 409, {"state": line.state})
    _, profile = exam_and_profile(tx.session, line.exam_id)
    found = group_people(tx.session, profile, line.exam_id, line.group_key)
    entries = [person.entry for person in found]
    pending = sum(entry.standing.value == "pending" for entry in entries)
    if pending:
        raise Refusal("line_pending", 409, {"count": pending})
    if snapshot_digest(entries) != line.snapshot_digest:
        raise Refusal("line_scores_changed", 409)
    for other in lines_of(tx.session, line.exam_id, line.group_key):
        if other.state == CONFIRMED:
            other.state = SUPERSEDED
    line.state = CONFIRMED
    line.confirmed_by = actor.id
    line.confirmed_ms = tx.now.wall_ms
    tx.session.flush()
    facts = {"line": line.id, "group": line.group_key, "points": line.line}
    record(tx, kind="line_confirmed", actor=actor.actor, data=facts)
