"""The board's JSON interface: parse, call the use case, render."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response

from exam_server.auth.identity import Staff
from exam_server.context import centre
from exam_server.room import views
from exam_server.room.actions import bell, control
from exam_server.storage.tx import Tx
from proctor_console.frame.access import checked_second, staff
from proctor_console.frame.answers import answer, ask, guarded
from proctor_console.frame.second import SecondPerson
from proctor_console.room.asks import Grant, IncidentAsk, Reason, Text, UnsealAsk

blueprint = guarded(Blueprint("console_room_api", __name__, url_prefix="/console/api"), json=True)


def act(command: Callable[[Tx], object], *, sitting_id: str = "", attempt_id: str = "") -> Response:
    """Run one use case durably. What it returns stays here: the bell's are the papers' keys."""
    centre().store.write(
        command,
        sittings=[sitting_id] if sitting_id else (),
        attempts=[attempt_id] if attempt_id else (),
    )
    return answer({"done": True})


def second_staff(given: SecondPerson | None) -> Staff | None:
    """The second person, who they are checked; None when nobody was named."""
    return checked_second(given.login, given.password, given.code) if given else None


# --- reads -----------------------------------------------------------------------------


@blueprint.get("/sittings/<sitting_id>/board")
def board(sitting_id: str) -> Response:
    """The whole Board: what the socket's ``watch`` gives, for when there is no socket."""
    now = centre().now()
    return answer(centre().store.read(lambda session: views.board(session, sitting_id, now)))


@blueprint.get("/candidates/<candidate_id>")
def detail(candidate_id: str) -> Response:
    """The Detail of one candidate: facts, time, events; never content."""
    now, fields = centre().now(), centre().keys.fields
    return answer(
        centre().store.read(
            lambda session: views.candidate_detail(session, candidate_id, now, fields)
        )
    )


# --- the room --------------------------------------------------------------------------


@blueprint.post("/sittings/<sitting_id>/unseal")
def unseal(sitting_id: str) -> Response:
    """启封 by bell code and two persons."""
    wanted, first, here = ask(UnsealAsk), staff(), centre()
    second = checked_second(wanted.second.login, wanted.second.password, wanted.second.code)
    return act(
        lambda tx: bell.unseal(
            tx,
            sitting_id=sitting_id,
            code=wanted.code,
            first=first,
            second=second,
            keys=here.keys,
            data=here.settings.data,
            vault=here.vault,
        ),
        sitting_id=sitting_id,
    )


@blueprint.post("/sittings/<sitting_id>/start")
def start(sitting_id: str) -> Response:
    """开考: the bell."""
    actor, here = staff(), centre()
    return act(
        lambda tx: bell.ring(
            tx, sitting_id=sitting_id, actor=actor, vault=here.vault, keys=here.keys
        ),
        sitting_id=sitting_id,
    )


@blueprint.post("/sittings/<sitting_id>/pause")
def pause_room(sitting_id: str) -> Response:
    """全场中断."""
    actor, why = staff(), ask(Reason).reason
    return act(
        lambda tx: control.pause_sitting(tx, sitting_id=sitting_id, actor=actor, reason=why),
        sitting_id=sitting_id,
    )


@blueprint.post("/sittings/<sitting_id>/resume")
def resume_room(sitting_id: str) -> Response:
    """全场续考."""
    actor, why = staff(), ask(Reason).reason
    return act(
        lambda tx: control.resume_sitting(tx, sitting_id=sitting_id, actor=actor, reason=why),
        sitting_id=sitting_id,
    )


@blueprint.post("/sittings/<sitting_id>/grant")
def grant_room(sitting_id: str) -> Response:
    """全场补时."""
    actor, wanted = staff(), ask(Grant)
    second = second_staff(wanted.second)
    return act(
        lambda tx: control.grant(
            tx,
            sitting_id=sitting_id,
            seconds=wanted.seconds,
            actor=actor,
            reason=wanted.reason,
            second=second,
        ),
        sitting_id=sitting_id,
    )


@blueprint.post("/sittings/<sitting_id>/message")
def message_room(sitting_id: str) -> Response:
    """全场消息."""
    actor, text = staff(), ask(Text).text
    return act(
        lambda tx: control.send_message(
            tx, sitting_id=sitting_id, candidate_id=None, text=text, actor=actor
        ),
        sitting_id=sitting_id,
    )


@blueprint.post("/sittings/<sitting_id>/incidents")
def incident_room(sitting_id: str) -> Response:
    """记异常情况 about the room."""
    actor, wanted = staff(), ask(IncidentAsk)
    return act(
        lambda tx: control.record_incident(
            tx,
            sitting_id=sitting_id,
            candidate_id=None,
            kind=wanted.kind,
            text=wanted.text,
            actor=actor,
        ),
        sitting_id=sitting_id,
    )
