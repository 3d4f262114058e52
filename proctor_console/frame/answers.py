"""In and out of the JSON interface: typed bodies in, receipts and refusals out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar
from urllib.parse import quote

import msgspec
from flask import Blueprint, Response, redirect, request, stream_with_context, url_for
from werkzeug.wrappers import Response as BaseResponse

from exam_server.errors import Refusal
from exam_server.words import problem_of, refusal_text
from proctor_console.frame.access import admit
from proctor_console.frame.pages import language, page

Ask = TypeVar("Ask")


def ask(kind: type[Ask]) -> Ask:
    """The request's body as ``kind``; 422 ``malformed`` if it is not one, or nests without
    end, or holds the character NUL, which nobody types and PostgreSQL cannot store."""
    text = request.get_data()
    if b"\\u0000" in text:
        raise Refusal("malformed", 422, {"detail": "NUL"})
    try:
        return msgspec.json.decode(text or b"{}", type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal("malformed", 422, {"detail": str(error)[:200]}) from error


def answer(body: object) -> Response:
    """``body`` (msgspec types or builtins) as JSON that is never cached."""
    response = Response(msgspec.json.encode(body), mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def handed_over(name: str, media_type: str, content: bytes, *, shown: bool = False) -> Response:
    """A file that is never cached; ``shown``: in the browser instead of among the downloads."""
    response = Response(content, mimetype=media_type)
    how = "inline" if shown else "attachment"
    response.headers["Content-Disposition"] = f"{how}; filename*=UTF-8''{quote(name)}"
    response.headers["Cache-Control"] = "no-store"
    return response


def told_as_it_goes(pieces: Iterator[bytes], media_type: str) -> Response:
    """A long answer, handed on piece by piece, by a proxy too; never cached."""
    response = Response(stream_with_context(pieces), mimetype=media_type)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def refuse_as_json(refusal: Refusal) -> Response:
    """A refusal as ``application/problem+json``."""
    return Response(
        msgspec.json.encode(problem_of(refusal)),
        status=refusal.status,
        mimetype="application/problem+json",
    )


def refuse_as_page(refusal: Refusal) -> BaseResponse | tuple[str, int]:
    """A refusal as a page: what happened, what to do; the login page when that is the cure."""
    if refusal.status == 401:
        return redirect(url_for("console_login.show", next=request.full_path.rstrip("?")))
    text = refusal_text(refusal.code, refusal.facts, language())
    return page("refused.html", text=text), refusal.status


def guarded(blueprint: Blueprint, *, json: bool = False) -> Blueprint:
    """``blueprint`` for logged-in staff only, its refusals shown in the right shape."""
    handler: Callable[[Refusal], object] = refuse_as_json if json else refuse_as_page
    blueprint.before_request(admit)
    blueprint.register_error_handler(Refusal, handler)  # type: ignore[arg-type]
    return blueprint
