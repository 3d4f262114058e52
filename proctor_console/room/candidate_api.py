"""Acts about one candidate: parse, call the use case, render."""

from __future__ import annotations

from flask import Blueprint, Response

from exam_server.context import centre
from exam_server.room.actions import carried, check_in, control, ending, recovery
from proctor_console.frame.access import staff
from proctor_console.frame.answers import ask, guarded
from proctor_console.room.api import act, second_staff
from proctor_console.room.asks import Grant, IncidentAsk, Proposal, Reason, Text, Verdict

blueprint = guarded(
    Blueprint("console_candidate_api", __name__, url_prefix="/console/api"), json=True
)


@blueprint.post("/attempts/<attempt_id>/grant")
def grant(attempt_id: str) -> Response:
    """补时 to one attempt."""
    actor, wanted = staff(), ask(Grant)
    second = second_staff(wanted.second)
    return act(
        lambda tx: control.grant(
            tx,
            attempt_id=attempt_id,
            seconds=wanted.seconds,
            actor=actor,
            reason=wanted.reason,
            second=second,
        ),
        attempt_id=attempt_id,
    )


@blueprint.post("/attempts/<attempt_id>/pause")
def pause(attempt_id: str) -> Response:
    """中断 one attempt."""
    actor, why = staff(), ask(Reason).reason
    return act(
        lambda tx: control.pause_attempt(tx, attempt_id=attempt_id, actor=actor, reason=why),
        attempt_id=attempt_id,
    )


@blueprint.post("/attempts/<attempt_id>/resume")
def resume(attempt_id: str) -> Response:
    """续考 of one attempt."""
    actor, why = staff(), ask(Reason).reason
    return act(
        lambda tx: control.resume_attempt(tx, attempt_id=attempt_id, actor=actor, reason=why),
        attempt_id=attempt_id,
    )


@blueprint.post("/attempts/<attempt_id>/submit")
def force_submit(attempt_id: str) -> Response:
    """强制交卷 (cause: proctor)."""
    actor, why = staff(), ask(Reason).reason
    return act(
        lambda tx: ending.force_submit(tx, attempt_id=attempt_id, actor=actor, reason=why),
        attempt_id=attempt_id,
    )


@blueprint.post("/candidates/<candidate_id>/admit-late")
def admit_late(candidate_id: str) -> Response:
    """准许迟到考生入场 (DOMAIN D22)."""
    actor, why = staff(), ask(Reason).reason
    return act(lambda tx: ending.admit_late(tx, candidate_id=candidate_id, actor=actor, reason=why))


@blueprint.post("/candidates/<candidate_id>/absent")
def mark_absent(candidate_id: str) -> Response:
    """确认缺考 (DOMAIN D22)."""
    actor, why = staff(), ask(Reason).reason
    return act(
        lambda tx: ending.mark_absent(tx, candidate_id=candidate_id, actor=actor, reason=why)
    )


@blueprint.post("/candidates/<candidate_id>/lower-hand")
def lower_hand(candidate_id: str) -> Response:
    """The proctor has been there."""
    actor = staff()
    return act(lambda tx: check_in.lower_hand(tx, candidate_id=candidate_id, actor=actor))


@blueprint.post("/sittings/<sitting_id>/candidates/<candidate_id>/message")
def message(sitting_id: str, candidate_id: str) -> Response:
    """发消息 to one candidate."""
    actor, text = staff(), ask(Text).text
    return act(
        lambda tx: control.send_message(
            tx, sitting_id=sitting_id, candidate_id=candidate_id, text=text, actor=actor
        )
    )


@blueprint.post("/sittings/<sitting_id>/candidates/<candidate_id>/incidents")
def incident(sitting_id: str, candidate_id: str) -> Response:
    """记异常情况: a fact, never a ruling (DESIGN §2.10)."""
    actor, wanted = staff(), ask(IncidentAsk)
    return act(
        lambda tx: control.record_incident(
            tx,
            sitting_id=sitting_id,
            candidate_id=candidate_id,
            kind=wanted.kind,
            text=wanted.text,
            actor=actor,
        )
    )


@blueprint.post("/recovery/<case_id>/propose")
def propose_recovery(case_id: str) -> Response:
    """The first person about late evidence."""
    actor, wanted = staff(), ask(Proposal)
    return act(
        lambda tx: recovery.propose_recovery(
            tx, case_id=case_id, apply=wanted.apply, actor=actor, reason=wanted.reason
        )
    )


@blueprint.post("/recovery/<case_id>/decide")
def decide_recovery(case_id: str) -> Response:
    """The second person about late evidence."""
    actor, wanted = staff(), ask(Verdict)
    return act(
        lambda tx: recovery.decide_recovery(
            tx, case_id=case_id, agree=wanted.agree, actor=actor, reason=wanted.reason
        )
    )


@blueprint.post("/candidates/<candidate_id>/outbox")
def outbox(candidate_id: str) -> Response:
    """导入本机答案: what a terminal could not send, brought by hand."""
    actor, text, here = staff(), ask(Text).text, centre()
    return act(
        lambda tx: carried.import_outbox(
            tx,
            candidate_id=candidate_id,
            text=text,
            actor=actor,
            fields=here.keys.fields,
            rules=here.form_rules,
        )
    )
