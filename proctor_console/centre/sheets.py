"""What the room prints: the room sheet 考场情况记录单, and its signed head as a file."""

from __future__ import annotations

from urllib.parse import quote

import msgspec
from flask import Blueprint, Response

from exam_server.context import centre
from exam_server.errors import not_found
from exam_server.results.views.room_sheet import room_sheet
from proctor_console.frame.answers import guarded
from proctor_console.frame.pages import page

blueprint = guarded(
    Blueprint("console_sheets", __name__, url_prefix="/console/sitting/<sitting_id>")
)


@blueprint.get("/sheet")
def sheet(sitting_id: str) -> str:
    """The room sheet as it stands now, ready to print."""
    here = centre()
    found = here.store.read(lambda session: room_sheet(session, sitting_id, here.heads))
    return page("sheet.html", sheet=found, sitting_id=sitting_id, now=here.now())


@blueprint.get("/head.json")
def head(sitting_id: str) -> Response:
    """The newest head of the record, signed: what `kaochang verify --signed-head` takes."""
    here = centre()
    found = here.store.read(lambda session: here.heads.of(session, sitting_id))
    if found is None:
        raise not_found("head", sitting_id)
    response = Response(msgspec.json.encode(found), mimetype="application/json")
    name = quote(f"head-{sitting_id}-{found.seq}.json")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    response.headers["Cache-Control"] = "no-store"
    return response
