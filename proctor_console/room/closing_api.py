"""收场核对 and the close: parse, call the use case, render."""

from __future__ import annotations

from flask import Blueprint, Response

from exam_server.context import centre
from exam_server.room import views
from exam_server.room.actions import closing
from proctor_console.frame.access import staff
from proctor_console.frame.answers import answer, ask, guarded
from proctor_console.room.api import act
from proctor_console.room.asks import Explain, Reason

blueprint = guarded(
    Blueprint("console_closing_api", __name__, url_prefix="/console/api"), json=True
)


@blueprint.get("/sittings/<sitting_id>/reconciliation")
def reconciliation(sitting_id: str) -> Response:
    """Who is accounted for, and what stands against the close."""
    return answer(centre().store.read(lambda session: views.reconciliation(session, sitting_id)))


@blueprint.post("/sittings/<sitting_id>/close")
def close(sitting_id: str) -> Response:
    """结束本场, once everyone is accounted for."""
    actor = staff()
    return act(
        lambda tx: closing.close_sitting(tx, sitting_id=sitting_id, actor=actor),
        sitting_id=sitting_id,
    )


@blueprint.post("/attempts/<attempt_id>/explain")
def explain(attempt_id: str) -> Response:
    """Why it ended without an answer, or with its terminal lost."""
    actor, wanted = staff(), ask(Explain)
    return act(
        lambda tx: closing.explain(
            tx, attempt_id=attempt_id, cause=wanted.cause, actor=actor, reason=wanted.reason
        ),
        attempt_id=attempt_id,
    )


@blueprint.post("/incidents/<incident_id>/settle")
def settle(incident_id: str) -> Response:
    """办结 of an incident: how it was dealt with."""
    actor, why = staff(), ask(Reason).reason
    return act(
        lambda tx: closing.settle_incident(tx, incident_id=incident_id, actor=actor, reason=why)
    )
