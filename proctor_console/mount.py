"""Puts the console into the application."""

from __future__ import annotations

from flask import Blueprint, Flask
from flask_socketio import SocketIO

from exam_server.context import Centre
from proctor_console.api import intake as api_intake
from proctor_console.api import results as api_results
from proctor_console.authority import api as lines_api
from proctor_console.authority import (
    corrections,
    intake,
    judges,
    release,
    rulings,
    tokens,
    votes,
)
from proctor_console.authority import pages as lines
from proctor_console.centre import (
    bars,
    fees,
    paper,
    placement,
    practical,
    register,
    roster,
    sheets,
    staff,
)
from proctor_console.centre import pages as results
from proctor_console.frame import account, login, steps
from proctor_console.frame.pages import STATIC
from proctor_console.query import pages as query
from proctor_console.room import (
    api,
    candidate_api,
    closing_api,
    machine_api,
    namespace,
    pages,
)

_PAGES = (
    login.blueprint,
    steps.blueprint,
    account.blueprint,
    staff.blueprint,
    pages.blueprint,
    api.blueprint,
    candidate_api.blueprint,
    closing_api.blueprint,
    machine_api.blueprint,
    results.blueprint,
    sheets.blueprint,
    register.blueprint,
    placement.blueprint,
    roster.blueprint,
    roster.api,
    fees.blueprint,
    bars.blueprint,
    paper.blueprint,
    paper.api,
    practical.blueprint,
)
_AUTHORITY = (  # on no machine that is a centre's alone
    lines.blueprint,
    lines_api.blueprint,
    judges.blueprint,
    intake.blueprint,
    intake.api,
    rulings.blueprint,
    corrections.blueprint,
    corrections.api,
    release.blueprint,
    votes.blueprint,
    tokens.blueprint,
    query.blueprint,
    api_intake.blueprint,
    api_results.blueprint,
)


def mount(app: Flask, socketio: SocketIO) -> None:
    """All pages of the machine's role under ``/console``, the namespace ``/console``, the built
    files; on the authority's machine also the public query and the interface for other systems.

    ``app.extensions["kaochang"]`` must hold the Centre already.
    """
    here = app.extensions["kaochang"]
    assert isinstance(here, Centre)
    for blueprint in (*_PAGES, *(_AUTHORITY if here.settings.publishes else ())):
        app.register_blueprint(blueprint)
    app.register_blueprint(_files())
    namespace.register(socketio, here)


def _files() -> Blueprint:
    """Templates, and the built TypeScript and CSS."""
    return Blueprint(
        "console_files",
        __name__,
        url_prefix="/console",
        template_folder="templates",
        static_folder=str(STATIC),
        static_url_path="/static",
    )
