"""The pass-line page: choose an exam, then everything else is drawn from the interface."""

from __future__ import annotations

from flask import Blueprint, request

from exam_server.auth.identity import Role, require
from exam_server.context import centre
from exam_server.errors import not_found
from exam_server.room import views
from proctor_console.frame.access import staff
from proctor_console.frame.answers import guarded
from proctor_console.frame.pages import page

blueprint = guarded(Blueprint("console_lines", __name__, url_prefix="/console"))


@blueprint.get("/lines")
def lines() -> str:
    """合格线: for the authority only, before publication nobody else sees scores drawn."""
    require(staff(), Role.AUTHORITY, action="see_lines")
    now = centre().now()
    cards = centre().store.read(lambda session: views.sittings_today(session, now))
    # what has scores waiting for a line comes first
    cards = sorted(cards, key=lambda card: card.state not in ("closed", "scored", "released"))
    exams = {card.exam_id: card.exam for card in cards}
    chosen = request.args.get("exam") or next(iter(exams), "")
    if chosen and chosen not in exams:
        raise not_found("exam", chosen)
    return page("lines.html", exams=exams, chosen=chosen)
