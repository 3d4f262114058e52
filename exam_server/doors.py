"""What holds at every door, whichever face it belongs to: addresses, origins, headers, errors.

The faces know their own people; what is the same for all of them is here, so that a new
route cannot forget it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import msgspec
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from exam_server.errors import Refusal, not_found
from exam_server.ids import is_id
from exam_server.words import problem_of

MOST_BODY_BYTES = 256 * 1024  # a whole paper's outbox is a tenth of it; also the socket's limit
_PROGRAMS = ("/api/", "/console/api/")  # read by programs: every answer is JSON
_BUILT = ("/assets/", "/console/static/", "/blob/")  # the same for everybody who may have it
_HOST = re.compile(r"[A-Za-z0-9.:\[\]_-]+")
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITES = frozenset({"same-origin", "none"})  # Sec-Fetch-Site; none: typed by the person
_PERMISSIONS = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
_ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),  # no-referrer: Origin is null
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", _PERMISSIONS),
)


def guard(app: Flask) -> None:
    """Put the doors' own rules into ``app``, before any face is registered."""
    app.config["MAX_CONTENT_LENGTH"] = MOST_BODY_BYTES
    app.url_value_preprocessor(_only_ids)
    app.before_request(_from_here)
    app.after_request(_headers)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Refusal, _refused)


def _only_ids(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """What stands for an id in an address has an id's form, or there is nothing there."""
    for name, value in (values or {}).items():
        if name.endswith("_id") and not is_id(value):
            raise not_found(name.removesuffix("_id"), "")


def _from_here() -> None:
    """What a browser sends on behalf of a foreign page changes nothing here.

    Browsers say where a write comes from; whoever says nothing is no browser and has no
    cookies that were not their own. The sockets' handshake is checked by Engine.IO alike.
    """
    if request.method in _READS:
        return
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    foreign = origin is not None and origin != request.host_url.rstrip("/")
    if foreign or (site is not None and site not in _OWN_SITES):
        raise Refusal("foreign_page", 403, {"own": request.host_url})


@lru_cache(maxsize=16)
def _policy(host: str) -> str:
    """Nothing inline, nothing from elsewhere, no framing (DESIGN §2.12).

    The sockets are named because older Chromium does not count them as ``'self'``.
    """
    known = _HOST.fullmatch(host) is not None
    sockets = f" ws://{host} wss://{host}" if known else ""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
        f"img-src 'self' data:; connect-src 'self'{sockets}; worker-src 'self'; "
        "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def _headers(response: Response) -> Response:
    """Headers of every answer. What is about a person is stored nowhere on the way."""
    there = {name.lower() for name, _ in response.headers}
    wanted = [("Content-Security-Policy", _policy(request.host)), *_ALWAYS]
    built = request.path.startswith(_BUILT) and response.status_code < 400
    if not built:
        wanted.append(("Cache-Control", "no-store"))
    if request.is_secure:  # this host only: the intranet's other names are not ours to bind
        wanted.append(("Strict-Transport-Security", "max-age=31536000"))
    for name, value in wanted:
        if name.lower() not in there:
            response.headers.add(name, value)
    return response


def _http_error(error: HTTPException) -> BaseResponse | HTTPException:
    """No such address, wrong method, too large, a bug: programs read it in their own shape."""
    if not request.path.startswith(_PROGRAMS) or error.code is None or error.code < 400:
        return error
    return _refused(_as_refusal(error.code))


def _as_refusal(status: int) -> Refusal:
    match status:
        case 404:
            return not_found("address", "")
        case 413:
            return Refusal("body_too_large", 413)
        case 405:
            return Refusal("method_not_allowed", 405)
        case _ if status < 500:
            return Refusal("malformed", status)
        case _:
            return Refusal("server_error", status)


def _refused(refusal: Refusal) -> Response:
    """A refusal that no face has answered in its own way."""
    body = msgspec.json.encode(problem_of(refusal))
    return Response(body, refusal.status, content_type="application/problem+json")
