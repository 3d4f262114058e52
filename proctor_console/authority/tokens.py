"""接口令牌: given to other systems and taken back."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from exam_server.auth import tokens
from exam_server.auth.identity import Role, require
from exam_server.context import centre
from exam_server.errors import Refusal
from exam_server.words import refusal_text
from proctor_console.frame.access import staff
from proctor_console.frame.answers import guarded
from proctor_console.frame.pages import language, page
from proctor_console.frame.uploads import typed

blueprint = guarded(Blueprint("console_tokens", __name__, url_prefix="/console/tokens"))


@blueprint.before_request
def authority_only() -> None:
    """Another system's access is the authority's to give."""
    require(staff(), Role.AUTHORITY, action="manage_tokens", of_city=True)


@blueprint.get("")
def show() -> Response:
    """Every token of this office, never the token itself."""
    return _list()


@blueprint.post("")
def issue() -> Response:
    """发放: the token is shown this once."""
    actor, name = staff(), typed("name")
    scopes, days = request.form.getlist("scope"), request.form.get("days", 0, type=int)
    try:
        made = centre().store.write(
            lambda tx: tokens.issue(tx, name=name, scopes=scopes, days=days, actor=actor)
        )
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return _list(refusal)
    return _list(given=made)


@blueprint.post("/<token_id>/revoke")
def revoke(token_id: str) -> Response:
    """收回, with the reason."""
    actor, reason = staff(), typed("reason")
    try:
        centre().store.write(
            lambda tx: tokens.revoke(tx, token_id=token_id, reason=reason, actor=actor)
        )
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return _list(refusal)
    return redirect(url_for("console_tokens.show"), 303)


def _list(refusal: Refusal | None = None, given: tuple[str, str] = ("", "")) -> Response:
    here, viewer = centre(), staff()
    cards = here.store.read(lambda session: tokens.tokens(session, viewer=viewer))
    body = page(
        "tokens.html",
        cards=cards,
        scopes=[scope.value for scope in tokens.scopes_of(viewer)],
        most=tokens.MOST_DAYS,
        now_ms=here.now().wall_ms,
        problem=refusal and refusal_text(refusal.code, refusal.facts, language()),
        given_to=given[0],
        given=given[1],
    )
    return make_response(body, refusal.status if refusal else 200)
