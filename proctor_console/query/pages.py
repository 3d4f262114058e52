"""成绩查询: two numbers in, one person's official result out; and a transcript checked.

Open to everybody, so it tells as little as it can: a wrong pair, an unknown person and a result
that is not published get one and the same answer, after the same waits. The numbers travel in the
body of a POST, never in an address, and are written nowhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, Response, make_response, render_template, request

from exam_server.context import centre
from exam_server.errors import Refusal
from exam_server.logs import events
from exam_server.results.views.transcript import account_of, checked_transcript, own_transcript
from exam_server.words import as_language, gettext, refusal_text
from proctor_console.frame.pages import asset

T = TypeVar("T")
log = events(__name__)
blueprint = Blueprint("query", __name__, url_prefix="/query")
DOOR, NUMBER_DOOR = "query", "query_number"  # the limiter's
LONGEST_TYPED = 80


@blueprint.get("")
def form() -> Response:
    """The empty form."""
    return _page("query.html")


@blueprint.post("")
def ask() -> Response:
    """The official result of who typed both numbers."""
    number, ticket = _typed("id_number"), _typed("ticket")
    here = centre()
    return _answered(
        "query.html",
        "query_nothing",
        account_of(here.keys.fields, number),
        lambda: here.store.read(
            lambda session: own_transcript(
                session, here.keys.fields, id_number=number, ticket=ticket
            )
        ),
    )


@blueprint.get("/check")
def check_form() -> Response:
    """核验: the empty form."""
    return _page("check.html")


@blueprint.post("/check")
def check() -> Response:
    """What the transcript with this code says; nothing when there is none."""
    ticket, code = _typed("ticket"), _typed("code")
    here = centre()
    return _answered(
        "check.html",
        "transcript_unknown",
        account_of(here.keys.fields, ticket),
        lambda: here.store.read(
            lambda session: checked_transcript(session, here.keys.fields, ticket=ticket, code=code)
        ),
    )


def _answered(template: str, code: str, account: str, look: Callable[[], T | None]) -> Response:
    """What was found, or the one answer for everything else. ``account``: a keyed hash of what is
    guessed at; it is slowed at this address and, however many addresses try, by itself."""
    here, address = centre(), request.remote_addr or "unknown"
    now = here.now()
    try:
        here.queries.take(address, now)
        here.limiter.check(DOOR, account, address, now)
        here.limiter.check(NUMBER_DOOR, template, account, now)
        found = look()
        if found is None:
            here.limiter.failed(DOOR, account, address, now)
            here.limiter.failed(NUMBER_DOOR, template, account, now)
            log.warning("wrong_guess", code=code, door=DOOR)
            raise Refusal(code, 200)
    except Refusal as refusal:
        return _page(template, refusal=refusal)
    here.limiter.succeeded(DOOR, account, address)
    here.limiter.succeeded(NUMBER_DOOR, template, account)
    return _page(template, found=found)


def _typed(field: str) -> str:
    return request.form.get(field, "")[:LONGEST_TYPED].replace("\0", "")


def _page(template: str, *, found: object = None, refusal: Refusal | None = None) -> Response:
    tongue = as_language(request.values.get("lang"))
    body = render_template(
        f"query/{template}",
        _=gettext(tongue),
        lang=tongue,
        asset=asset,
        here=request.path,
        found=found,
        problem=refusal and refusal_text(refusal.code, refusal.facts, tongue),
    )
    return make_response(body, refusal.status if refusal else 200)
