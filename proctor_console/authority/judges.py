"""Judges' sheets go out and come back: xlsx both ways."""

from __future__ import annotations

from flask import Blueprint, Response, request

from exam_server.auth.identity import Role, require
from exam_server.context import centre
from exam_server.errors import Refusal
from exam_server.results.actions.judges import import_judges
from exam_server.results.views.judges import sheet_as_taken_in, sheet_to_fill
from proctor_console.frame.access import staff
from proctor_console.frame.answers import XLSX, answer, guarded, handed_over

blueprint = guarded(
    Blueprint("console_judges_api", __name__, url_prefix="/console/api/exams/<exam_id>/judges"),
    json=True,
)
_NAMES = {"angoff": "评委评定表-安戈夫法", "hofstee": "评委评定表-霍夫斯蒂法"}


@blueprint.before_request
def authority_only() -> None:
    """What the judges say is before the line, and the authority's alone."""
    require(staff(), Role.AUTHORITY, action="see_lines", of_city=True)


@blueprint.get("/empty")
def empty(exam_id: str) -> Response:
    """空白评定表 for ``?method=angoff&judges=7``."""
    method = request.args.get("method", "angoff")
    judges = request.args.get("judges", 5, type=int)
    if method not in _NAMES:
        raise Refusal("line_params", 422, {"field": "mode"})
    made = centre().store.read(
        lambda session: sheet_to_fill(session, exam_id, method=method, judges=judges)
    )
    return _file(_NAMES[method], made)


@blueprint.get("/<digest>")
def filled(exam_id: str, digest: str) -> Response:
    """The sheet as it was taken in."""
    made = centre().store.read(lambda session: sheet_as_taken_in(session, exam_id, digest))
    return _file(f"评委评定表-{digest[:8]}", made)


@blueprint.post("")
def take_in(exam_id: str) -> Response:
    """A filled-in sheet, the bytes of the file as the body, for ``?group=…``."""
    actor, data, group = staff(), request.get_data(), request.args.get("group", "")
    if "\0" in group:  # nobody types it, and PostgreSQL cannot look for it
        raise Refusal("malformed", 422, {"detail": "NUL"})
    digest = centre().store.write(
        lambda tx: import_judges(tx, exam_id=exam_id, group=group, data=data, actor=actor)
    )
    return answer({"panel": digest})


def _file(name: str, content: bytes) -> Response:
    return handed_over(f"{name}.xlsx", XLSX, content)
