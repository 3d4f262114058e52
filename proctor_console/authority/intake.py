"""What came back from the centres: announced, imported, still missing; and the import itself."""

from __future__ import annotations

from flask import Blueprint, Response, request

from exam_server.auth.identity import Role, require
from exam_server.context import centre
from exam_server.results.actions.intake import import_results
from exam_server.results.views.intake import announced_cards, imported_table
from proctor_console.frame.access import staff
from proctor_console.frame.answers import answer, guarded
from proctor_console.frame.pages import page

blueprint = guarded(Blueprint("console_intake", __name__, url_prefix="/console/imported"))
api = guarded(Blueprint("console_intake_api", __name__, url_prefix="/console/api"), json=True)


@blueprint.before_request
@api.before_request
def authority_only() -> None:
    """Results of centres are the authority's alone."""
    require(staff(), Role.AUTHORITY, action="see_imported")


@blueprint.get("")
def imported() -> str:
    """Every centre that was sent a paper, with what it sent back."""
    return page("imported.html", cards=centre().store.read(announced_cards))


@blueprint.get("/<imported_id>")
def one(imported_id: str) -> str:
    """One package: where it came from, and its rows."""
    card, name, table = centre().store.read(lambda session: imported_table(session, imported_id))
    return page("imported_one.html", card=card, centre=name, table=table)


@api.post("/imported")
def take_in() -> Response:
    """A result package, the bytes of the file as the body: taken in whole or not at all."""
    actor, data = staff(), request.get_data()
    found = centre().store.write(lambda tx: import_results(tx, data=data, actor=actor))
    return answer({"id": found.id, "new": found.new, "rows": found.rows})
