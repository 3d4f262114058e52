"""What the pass-line page asks: groups, what a line would do, and every step of a line."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec
from flask import Blueprint, Response

from exam_server.auth.identity import Role, require
from exam_server.context import centre
from exam_server.results.actions.lines import (
    approve_line,
    file_line,
    propose_line,
    put_into_effect,
    return_line,
)
from exam_server.results.views.group_shapes import LineParams
from exam_server.results.views.groups import group_detail, groups
from proctor_console.frame.access import staff
from proctor_console.frame.answers import answer, ask, guarded

blueprint = guarded(Blueprint("console_lines_api", __name__, url_prefix="/console/api"), json=True)


@blueprint.before_request
def authority_only() -> None:
    """Scores before publication are the authority's alone."""
    require(staff(), Role.AUTHORITY, action="see_lines", of_city=True)


class Trial(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A group, and the parameters to try on it; without them its present line."""

    group: str
    params: LineParams | None = None


class Proposal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line put forward; ``missing_reason``: why, while packages of the group are missing."""

    group: str
    params: LineParams
    reason: str
    missing_reason: str = ""


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is written beside a step; ``document``: the filing's number."""

    reason: str = ""
    document: str = ""


@blueprint.get("/exams/<exam_id>/groups")
def all_groups(exam_id: str) -> Response:
    """Every group with its line's state."""
    viewer = staff()
    return answer(centre().store.read(lambda session: groups(session, exam_id, viewer=viewer)))


@blueprint.post("/exams/<exam_id>/try-line")
def try_line(exam_id: str) -> Response:
    """What these parameters would do. Changes nothing."""
    viewer, wanted = staff(), ask(Trial)
    return answer(
        centre().store.read(
            lambda session: group_detail(
                session, exam_id, wanted.group, wanted.params, viewer=viewer
            )
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
            missing_reason=wanted.missing_reason,
            actor=actor,
        )
    )
    return answer({"id": line_id})


@blueprint.post("/lines/<line_id>/approve")
def approve(line_id: str) -> Response:
    """核准, by a second person of the office that draws the line."""
    return _step(approve_line, line_id, ask(Words))


@blueprint.post("/lines/<line_id>/file")
def file(line_id: str) -> Response:
    """备案 with the province."""
    words = ask(Words)
    return _step(partial(file_line, document=words.document), line_id, words)


@blueprint.post("/lines/<line_id>/effect")
def effect(line_id: str) -> Response:
    """生效: from now on it decides."""
    return _step(put_into_effect, line_id, ask(Words))


@blueprint.post("/lines/<line_id>/return")
def give_back(line_id: str) -> Response:
    """退回, with the reason."""
    return _step(return_line, line_id, ask(Words))


def _step(act: Callable[..., None], line_id: str, words: Words) -> Response:
    """One step of a line by whoever asks."""
    actor = staff()
    centre().store.write(lambda tx: act(tx, line_id=line_id, actor=actor, reason=words.reason))
    return answer({"done": True})
