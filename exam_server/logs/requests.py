"""Which requests came, for whoever looks for a fault: by route, never by address."""

from __future__ import annotations

import logging
import time

from flask import Flask, Response, g, request

from exam_server.logs.events import events

log = events(__name__)


def watch(app: Flask) -> None:
    """Log every request of ``app`` at ``debug``; at any other level nothing is even hooked in."""
    if not logging.getLogger(__name__).isEnabledFor(logging.DEBUG):
        return

    @app.before_request
    def _begin() -> None:
        g.begun = time.perf_counter()

    @app.after_request
    def _end(response: Response) -> Response:
        began = g.get("begun")
        log.debug(
            "request",
            method=request.method.lower(),
            route=request.url_rule.rule if request.url_rule else "/",
            status=response.status_code,
            ms=round((time.perf_counter() - began) * 1000, 1) if began else 0,
        )
        return response
