"""What the pass-line page asks: groups, what a line would do, propose, confirm."""

from __future__ import annotations

import msgspec
from flask import Blueprint, Response

from exam_server.auth.identity import Role, require
from exam_server.context import centre
from exam_server.results.actions.lines import confirm_line, propose_line
from exam_server.results.views.group_shapes import LineParams
from exam_server.results.views.groups import group_detail, groups
from proctor_console.frame.access import staff
from proctor_console.frame.answers import answer, ask, guarded

blueprint = guarded(Blueprint("console_lines_api", __name__, url_prefix="/console/api"), json=True)


@blueprint.before_request
def authority_only() -> None:
    """Scores before publication are the authority's alone."""
    require(staff(), Role.AUTHORITY, action="see_lines")


class Trial(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A group, and the parameters to try on it; without them its present line."""

    group: str
    params: LineParams | None = None


class Proposal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line put forward."""

    group: str
    params: LineParams
    reason: str


@blueprint.get("/exams/<exam_id>/groups")
def all_groups(exam_id: str) -> Response:
    """Every group with its line's state."""
    return answer(centre().store.read(lambda session: groups(session, exam_id)))


@blueprint.post("/exams/<exam_id>/try-line")
def try_line(exam_id: str) -> Response:
    """What these parameters would do. Changes nothing."""
    wanted = ask(Trial)
    return answer(
        centre().store.read(
            lambda session: group_detail(session, exam_id, wanted.group, wanted.params)
        )
    )


@blueprint.post("/exams/<exam_id>/lines")
def propose(exam_id: str) -> Response:
    """拟定 with a reason."""
    actor, wanted = staff(), ask(Proposal)
    line_id = centre().store.write(
        lambda tx: propose_line(
            tx,
            exam_id=exam_id,
            group=wanted.group,
            params=wanted.params,
            reason=wanted.reason,
            actor=actor,
        )
    )
    return answer({"id": line_id})


@blueprint.post("/lines/<line_id>/confirm")
def confirm(line_id: str) -> Response:
    """确认生效."""
    actor = staff()
    centre().store.write(lambda tx: confirm_line(tx, line_id=line_id, actor=actor))
    return answer({"done": True})
