"""An office and a bundle of its results on addresses of localhost, each served by a thread."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, Page, ViewportSize
from werkzeug.serving import WSGIRequestHandler, make_server

from exam_server.auth.actions import create_staff, log_in
from exam_server.auth.identity import Role
from exam_server.bootstrap import bundle_pages
from exam_server.results.bundle import new_head, sealed_files
from exam_server.results.views.transcript import group_transcripts
from proctor_console.frame.access import STAFF_COOKIE
from tests.builders.office import PASSWORD
from tests.builders.published import ScoredOffice
from tests.builders.results_day import Day

LEAST_WORK = 14  # guessing is of no interest here


@contextmanager
def served(serve: Callable[[], object], stop: Callable[[], object]) -> Iterator[None]:
    """Something answers in a thread of its own meanwhile."""
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop()
        thread.join()


class _Quiet(WSGIRequestHandler):
    def log(self, *said: object) -> None:
        """What was asked is of no interest."""


@contextmanager
def office_site(app: Flask) -> Iterator[str]:
    """The address at which the office answers."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    with served(server.serve_forever, server.shutdown):
        yield f"http://127.0.0.1:{server.server_port}"


@contextmanager
def authority(
    browser: Browser, office: ScoredOffice, url: str, size: ViewportSize
) -> Iterator[Page]:
    """Somebody of the province at the console, logged in."""
    staff = office.office.do(
        create_staff, login="chen", name="陈志远", role=Role.AUTHORITY, password=PASSWORD
    )
    token, _ = office.office.do(log_in, staff=staff)
    with browser.new_context(viewport=size, reduced_motion="reduce") as context:
        context.add_cookies([{"name": STAFF_COOKIE, "value": token, "url": url}])
        yield context.new_page()


@contextmanager
def bundle_site(day: Day, folder: Path, exam: str, asked: list[str]) -> Iterator[str]:
    """The bundle of what the exam has published, on a plain site; ``asked``: what it was asked."""
    head = new_head(LEAST_WORK)
    people = day.store.read(
        lambda session: group_transcripts(session, day.keys.fields, day.exam_id)
    )
    files = bundle_pages(exam) | {
        "bundle.json": b'{"format": "%s", "work": %d, "salt": "%s"}'
        % (head.format.encode(), head.work, head.salt.encode())
    }
    for name, content in [*files.items(), *sealed_files(head, people)]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    class Site(SimpleHTTPRequestHandler):
        def log_message(self, *said: object) -> None:
            asked.append(" ".join(map(str, said)))

    with (
        ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Site, directory=folder)) as server,
        served(server.serve_forever, server.shutdown),
    ):
        yield f"http://127.0.0.1:{server.server_port}"
