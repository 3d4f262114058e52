"""Acts about machines 换机: parse, call the use case, render."""

from __future__ import annotations

from flask import Blueprint, Response

from exam_server.room.actions import machines
from proctor_console.frame.access import staff
from proctor_console.frame.answers import ask, guarded
from proctor_console.room.api import act
from proctor_console.room.asks import Reason, Release, Swap, Workstation

blueprint = guarded(
    Blueprint("console_machine_api", __name__, url_prefix="/console/api"), json=True
)


@blueprint.post("/candidates/<candidate_id>/release")
def release(candidate_id: str) -> Response:
    """换机: the next login may come from another machine; this one is fenced then."""
    actor, wanted = staff(), ask(Release)
    return act(
        lambda tx: machines.release_terminal(
            tx, candidate_id=candidate_id, actor=actor, reason=wanted.reason, seat=wanted.seat
        )
    )


@blueprint.post("/candidates/<candidate_id>/stay")
def stay(candidate_id: str) -> Response:
    """不换机: the candidate goes on at the old machine."""
    actor, why = staff(), ask(Reason).reason
    return act(
        lambda tx: machines.refuse_change(tx, candidate_id=candidate_id, actor=actor, reason=why)
    )


@blueprint.post("/candidates/<candidate_id>/swap")
def swap(candidate_id: str) -> Response:
    """对调: two candidates change places."""
    actor, wanted = staff(), ask(Swap)
    return act(
        lambda tx: machines.swap_machines(
            tx, one_id=candidate_id, other_id=wanted.other, actor=actor, reason=wanted.reason
        )
    )


@blueprint.post("/attempts/<attempt_id>/decline-loss")
def decline_loss(attempt_id: str) -> Response:
    """The time lost at a machine change is not given back."""
    actor, why = staff(), ask(Reason).reason
    return act(
        lambda tx: machines.decline_loss(tx, attempt_id=attempt_id, actor=actor, reason=why),
        attempt_id=attempt_id,
    )


@blueprint.post("/sittings/<sitting_id>/workstation")
def workstation(sitting_id: str) -> Response:
    """停用 or 恢复备用 of a machine at which nobody sits."""
    actor, wanted = staff(), ask(Workstation)
    return act(
        lambda tx: machines.set_workstation(
            tx,
            sitting_id=sitting_id,
            seat=wanted.seat,
            use=wanted.use,
            actor=actor,
            reason=wanted.reason,
        ),
        sitting_id=sitting_id,
    )
