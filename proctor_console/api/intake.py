"""What comes in: rosters and changes of registrations, each call whole or not at all, and once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from flask import Blueprint, Response, request

from exam_server.auth.identity import Staff
from exam_server.auth.receipts import once
from exam_server.auth.tokens import Scope
from exam_server.clock import china_day
from exam_server.context import centre
from exam_server.desk.actions.roster import import_roster
from exam_server.desk.exchange import RosterEntry, UpdateEntry, pointed, roster_of, updates_of
from exam_server.desk.views import find_exam, sittings_by_room, whole_rules
from exam_server.errors import Refusal
from exam_server.results.actions.registration import apply_updates
from exam_server.storage.tx import Tx
from proctor_console.api.access import PREFIX, admitted, holder
from proctor_console.frame.answers import answer, ask

blueprint = admitted(Blueprint("api_intake", __name__, url_prefix=f"{PREFIX}/exams/<exam_id>"))
MOST_BYTES = 16 * 1024 * 1024  # about 20,000 people


class RosterCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """People to register."""

    entries: tuple[RosterEntry, ...]


class UpdateCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Registrations as they should stand."""

    entries: tuple[UpdateEntry, ...]


@blueprint.before_request
def larger() -> None:
    """A roster is longer than anything a browser sends."""
    request.max_content_length = MOST_BYTES


@blueprint.post("/roster")
def roster(exam_id: str) -> Response:
    """Register everybody of the call or nobody; needs ``roster:write`` and an Idempotency-Key."""
    actor, call, here = holder(Scope.ROSTER), ask(RosterCall), centre()
    today = china_day(here.now().wall_ms)

    def do(tx: Tx) -> dict[str, Any]:
        exam = find_exam(tx.session, exam_id)
        rules = whole_rules(tx.session, exam.id)
        found = roster_of(call.entries, profile=rules, today=today, year=exam.year)
        receipt = import_roster(
            tx,
            exam_id=exam.id,
            sitting_ids=sittings_by_room(tx.session, exam.id) if found.seated else {},
            rows=found.rows,
            fields=here.keys.fields,
            actor=actor,
        )
        return {
            "registered": receipt.registered,
            "seated": receipt.seated,
            "unpaid": receipt.unpaid,
            "conditional": receipt.conditional,
            "doubtful": receipt.doubtful,
            "candidates": list(receipt.candidate_ids),
        }

    return _once(actor, do)


@blueprint.post("/registrations")
def registrations(exam_id: str) -> Response:
    """Bring everybody of the call to how they should stand, or nobody; ``roster:write``."""
    actor, call, here = holder(Scope.ROSTER), ask(UpdateCall), centre()
    today = china_day(here.now().wall_ms)

    def do(tx: Tx) -> dict[str, Any]:
        exam = find_exam(tx.session, exam_id)
        rules = whole_rules(tx.session, exam.id)
        rows = updates_of(call.entries, profile=rules, today=today)
        receipt = apply_updates(
            tx, exam_id=exam.id, rows=rows, fields=here.keys.fields, actor=actor
        )
        applied = [
            {"candidate": one.candidate_id, "change": one.change.value, "effect": one.effect.value}
            for one in receipt.applied
        ]
        return {"read": receipt.read, "changed": receipt.changed, "applied": applied}

    return _once(actor, do)


def _once(actor: Staff, do: Callable[[Tx], dict[str, Any]]) -> Response:
    """``do`` in one transaction with its receipt; a repeated call is told the first answer."""
    key = request.headers.get("Idempotency-Key", "")
    said = request.path.encode() + b"\n" + request.get_data()
    try:
        receipt, now = centre().store.write(
            lambda tx: once(tx, holder=actor, key=key, request=said, do=lambda: do(tx))
        )
    except Refusal as refusal:
        raise pointed(refusal) if refusal.rows else refusal from None
    response = answer(receipt)
    response.headers["Idempotent-Replayed"] = "false" if now else "true"
    return response
