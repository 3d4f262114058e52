"""成绩查询: two numbers in, one person's official result out; and a transcript checked.

Open to everybody, so it tells as little as it can: a wrong pair, an unknown person and a result
that is not published get one and the same answer, after the same waits. The numbers travel in the
body of a POST, never in an address, and are written nowhere. A transcript as PDF is opened by what
the page shows, its ticket number and code: the ID number is not typed, nor sent, a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from flask import Blueprint, Response, make_response, render_template, request

from exam_server.context import centre
from exam_server.documents.own import NAME, transcript_pdf
from exam_server.errors import Refusal
from exam_server.logs import events
from exam_server.results.views.outcome_words import without_points
from exam_server.results.views.transcript import (
    Checked,
    account_of,
    checked_transcript,
    own_transcript,
)
from exam_server.words import as_language, gettext, refusal_text
from proctor_console.frame.answers import handed_over
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
        # who knows one number guesses at the other, whichever it is: lists show tickets beside
        # ID numbers of which only the birth date is hidden
        [account_of(here.keys.fields, one) for one in (number, ticket)],
        lambda: here.store.read(
            lambda session: own_transcript(
                session, here.keys.fields, id_number=number, ticket=ticket
            )
        ),
        partial(_page, "query.html"),
    )


@blueprint.get("/check")
def check_form() -> Response:
    """核验: the empty form."""
    return _page("check.html")


@blueprint.post("/check")
def check() -> Response:
    """What the transcript with this code says; nothing when there is none."""
    return _checked(partial(_page, "check.html"))


@blueprint.post("/transcript")
def download() -> Response:
    """The transcript with this code as PDF, while it is what counts."""
    return _checked(_pdf)


def _checked(give: Callable[[Checked], Response]) -> Response:
    ticket, code = _typed("ticket"), _typed("code")
    here = centre()
    return _answered(
        "check.html",
        "transcript_unknown",
        [account_of(here.keys.fields, ticket)],
        lambda: here.store.read(
            lambda session: checked_transcript(session, here.keys.fields, ticket=ticket, code=code)
        ),
        give,
    )


def _pdf(found: Checked) -> Response:
    if not found.newest:
        raise Refusal("transcript_corrected", 409)
    return handed_over(NAME, "application/pdf", transcript_pdf(centre(), found.transcript))


def _answered(
    template: str,
    code: str,
    accounts: Sequence[str],
    look: Callable[[], T | None],
    give: Callable[[T], Response],
) -> Response:
    """What was found, as ``give`` hands it over, or the one answer for everything else.
    ``accounts``: keyed hashes of what is guessed at; the first is slowed at this address and each,
    however many addresses try, by itself."""
    here, address = centre(), request.remote_addr or "unknown"
    now = here.now()
    try:
        here.queries.take(address, now)
        here.limiter.check(DOOR, accounts[0], address, now)
        for account in accounts:
            here.limiter.check(NUMBER_DOOR, template, account, now)
        found = look()
        if found is None:
            here.limiter.failed(DOOR, accounts[0], address, now)
            for account in accounts:
                here.limiter.failed(NUMBER_DOOR, template, account, now)
            log.warning("wrong_guess", code=code, door=DOOR)
            raise Refusal(code, 200)
        here.limiter.succeeded(DOOR, accounts[0], address)
        for account in accounts:
            here.limiter.succeeded(NUMBER_DOOR, template, account)
        return give(found)
    except Refusal as refusal:
        return _page(template, refusal=refusal)


def _typed(field: str) -> str:
    return request.form.get(field, "")[:LONGEST_TYPED].replace("\0", "")


def _page(template: str, found: object = None, *, refusal: Refusal | None = None) -> Response:
    tongue = as_language(request.values.get("lang"))
    body = render_template(
        f"query/{template}",
        _=gettext(tongue),
        lang=tongue,
        without_points=without_points,
        asset=asset,
        here="/query/check" if template == "check.html" else "/query",
        found=found,
        problem=refusal and refusal_text(refusal.code, refusal.facts, tongue),
    )
    return make_response(body, refusal.status if refusal else 200)
