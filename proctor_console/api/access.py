"""Which system asks: its token, what that may do, and how often."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Response, g, request

from exam_server.auth.identity import Staff
from exam_server.auth.tokens import Holder, Scope, holder_of, note_use
from exam_server.context import centre
from exam_server.errors import Refusal
from exam_server.logs import events
from proctor_console.frame.answers import refuse_as_json

log = events(__name__)
DOOR = "api"  # the limiter's
PREFIX = "/api/v1"
_BEARER = "Bearer "
LONGEST_TOKEN = 200


def admitted(blueprint: Blueprint) -> Blueprint:
    """``blueprint`` for holders of a token only; refusals as ``application/problem+json``."""
    blueprint.before_request(_admit)
    blueprint.register_error_handler(Refusal, _refused)
    return blueprint


def holder(scope: Scope | None = None) -> Staff:
    """As whom this request acts; Refusal ``token_scope`` 403 unless the token has ``scope``."""
    found = cast(Holder, g.holder)
    if scope is not None:
        found.needs(scope)
    return found.staff


def _admit() -> None:
    """401 without a good token, 429 with one that asks too often."""
    here, address = centre(), request.remote_addr or "unknown"
    given, now = request.headers.get("Authorization", ""), here.now()
    here.limiter.check(DOOR, "", address, now)
    token = given.removeprefix(_BEARER)[:LONGEST_TOKEN] if given.startswith(_BEARER) else ""
    found = token and here.store.read(
        lambda session: holder_of(session, token=token, now_wall_ms=now.wall_ms)
    )
    if not found:
        if token:
            here.limiter.failed(DOOR, "", address, now)
            log.warning("wrong_guess", code="token_unknown", door=DOOR)
        raise Refusal("token_unknown", 401)
    g.holder, stale = found
    here.calls.take(g.holder.staff.id, now)
    if stale:
        here.store.write(lambda tx: note_use(tx, token_id=g.holder.staff.id))


def _refused(refusal: Refusal) -> Response:
    response = refuse_as_json(refusal)
    if refusal.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="kaochang"'
    if refusal.status == 429:
        response.headers["Retry-After"] = str(refusal.facts.get("seconds", 1))
    return response
