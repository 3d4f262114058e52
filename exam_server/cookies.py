"""The cookies of both faces: for this server alone, out of every script's reach.

On https a cookie's name begins with ``__Host-``: a browser takes such a one only from this very
host, over https, for its whole address, so that no neighbour in the same domain and no plain-http
page can plant one. On plain http (localhost, ``--insecure-http``) the name is bare.
"""

from __future__ import annotations

from typing import Any, Literal

from werkzeug.http import parse_cookie
from werkzeug.wrappers import Response

_HOST = "__Host-"


def kept(environ: dict[str, Any], name: str) -> str:
    """What the browser behind this WSGI or socket environment keeps as ``name``, or ``""``.

    Over https a bare name is nobody's: it could have been planted over http.
    """
    found = parse_cookie(environ)
    for known in (_HOST + name, *(() if environ.get("wsgi.url_scheme") == "https" else (name,))):
        if known in found:
            return found[known]
    return ""


def keep(
    response: Response,
    name: str,
    value: str,
    *,
    secure: bool,
    seconds: int | None = None,
    samesite: Literal["Strict", "Lax"] = "Strict",
) -> None:
    """Let the browser keep ``value``; ``seconds``: for how long, else until it is closed.
    ``secure``: whether this answer travels over https."""
    response.set_cookie(
        _HOST + name if secure else name,
        value,
        max_age=seconds,
        path="/",
        secure=secure,
        httponly=True,
        samesite=samesite,
    )


def forget(response: Response, name: str, *, secure: bool) -> None:
    """Let the browser forget ``name``."""
    response.delete_cookie(
        _HOST + name if secure else name, path="/", secure=secure, httponly=True, samesite="Strict"
    )
