"""What the room prints, as PDF; and the signed head of its record as a file."""

from __future__ import annotations

import msgspec
from flask import Blueprint, Response

from exam_server.context import centre
from exam_server.desk.views import find_sitting
from exam_server.documents.catalogue import document_named
from exam_server.documents.making import Order
from exam_server.documents.scope import Scope
from exam_server.errors import not_found
from proctor_console.centre.paper import printed
from proctor_console.frame.answers import guarded, handed_over

blueprint = guarded(
    Blueprint("console_sheets", __name__, url_prefix="/console/sitting/<sitting_id>")
)


@blueprint.get("/paper/<document>.pdf")
def sheet(sitting_id: str, document: str) -> Response:
    """One of the room's documents, as it stands now, shown in the browser to be printed."""
    if not document_named(document).of_room:
        raise not_found("document", document)
    where = centre().store.read(lambda session: find_sitting(session, sitting_id))
    scope = Scope(exam_id=where.exam_id, sitting_id=sitting_id)
    file = printed(Order(document=document, scope=scope))
    return handed_over(file.name, file.media_type, file.content, shown=True)


@blueprint.get("/head.json")
def head(sitting_id: str) -> Response:
    """The newest head of the record, signed: what `kaochang verify --signed-head` takes."""
    here = centre()
    found = here.store.read(lambda session: here.heads.of(session, sitting_id))
    if found is None:
        raise not_found("head", sitting_id)
    name = f"head-{sitting_id}-{found.seq}.json"
    return handed_over(name, "application/json", msgspec.json.encode(found))
