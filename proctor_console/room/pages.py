"""The proctor's pages: today's sittings, the room, unsealing."""

from __future__ import annotations

from flask import Blueprint

from exam_server.context import centre
from exam_server.room import views
from proctor_console.frame.answers import guarded
from proctor_console.frame.pages import page

blueprint = guarded(Blueprint("console_room", __name__, url_prefix="/console"))


@blueprint.get("/")
def today() -> str:
    """Today's sittings 今日场次."""
    now = centre().now()
    cards = centre().store.read(lambda session: views.sittings_today(session, now))
    return page("today.html", cards=cards, now=now)


@blueprint.get("/sitting/<sitting_id>")
def room(sitting_id: str) -> str:
    """The room board; the first Board is fetched by the page itself."""
    return page("room.html", sitting=_head(sitting_id))


@blueprint.get("/sitting/<sitting_id>/unseal")
def unseal(sitting_id: str) -> str:
    """启封: bell code and two persons."""
    return page("unseal.html", sitting=_head(sitting_id))


def _head(sitting_id: str) -> object:
    """The sitting's own facts, as the Board gives them."""
    now = centre().now()
    return centre().store.read(lambda session: views.board(session, sitting_id, now)).sitting
