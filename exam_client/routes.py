"""The terminal's HTTP surface: parse, call, answer (docs/reference/terminal-api.md)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypeVar

import msgspec
from flask import Blueprint, Response, g, redirect, request, send_from_directory

from exam_client import arriving, ending, opening, use
from exam_client.wire import (
    MOST_BODY_BYTES,
    MOST_SEATS,
    Batch,
    Confirm,
    Events,
    Hand,
    Numbers,
    Preferences,
    Start,
    answer,
    body,
    refused,
)
from exam_server import cookies
from exam_server.context import centre
from exam_server.errors import Refusal, not_found
from exam_server.ids import new_token
from exam_server.room.actions import check_in, machines
from exam_server.room.actions.log_in import Credentials, Login, ask_machine_change

T = TypeVar("T")

DOOR = "candidate"  # the limiter's
COOKIE = "kc_terminal"
COOKIE_SECONDS = 24 * 60 * 60  # outlives a browser crash; the token itself ends with the sitting
STATIC = Path(__file__).parent / "static"
blueprint = Blueprint("terminal", __name__)

_OPEN = {f"terminal.{name}" for name in ("seat", "log_in", "page", "asset", "worker", "to_console")}
# whose login it is comes from the visit to the database that they make anyway
_ASK_THEMSELVES = {
    f"terminal.{name}"
    for name in ("me", "confirm", "pledge", "stage", "state", "start", "submit", "result")
}
_DIGEST = re.compile("[0-9a-f]{64}")


@blueprint.errorhandler(Refusal)
def _refused(refusal: Refusal) -> Response:
    return refused(refusal)


@blueprint.before_request
def _guard() -> None:
    """Every write carries the header a foreign page cannot set; then: who is this?"""
    if request.method not in ("GET", "HEAD") and request.headers.get("X-Kaochang") != "1":
        raise Refusal("csrf", 403)
    if request.content_length is not None and request.content_length > MOST_BODY_BYTES:
        raise Refusal("body_too_large", 413)
    if request.endpoint in _OPEN:
        return
    token = cookies.kept(request.environ, COOKIE)
    here = centre()
    now = here.now()
    here.requests.take(token, now)  # before anything is looked up
    if request.endpoint in _ASK_THEMSELVES:
        g.token, g.now = token, now
        return
    found = use.who(here, token, delivering=request.endpoint == "terminal.save")
    if not found:
        raise Refusal("not_logged_in", 401)
    g.candidate_id, g.sitting_id = found
    here.presence.heard(found[0], now.wall_ms)


def _heard(told: tuple[str, T]) -> T:
    """What a candidate is told; that their terminal was heard is noted."""
    centre().presence.heard(told[0], g.now.wall_ms)
    return told[1]


@blueprint.get("/")
def page() -> Response:
    """The shell; everything else it fetches itself."""
    response = send_from_directory(STATIC, "index.html")
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/sw.js")
def worker() -> Response:
    """The service worker, at the root so that its scope is the whole origin."""
    response = send_from_directory(STATIC, "sw.js")
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/assets/<path:name>")
def asset(name: str) -> Response:
    """Built files; their names hold their digests."""
    response = send_from_directory(STATIC / "assets", name)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@blueprint.get("/console")
def to_console() -> Response:
    """What people type."""
    return redirect("/console/")  # type: ignore[return-value]


@blueprint.get("/blob/<digest>")
def blob(digest: str) -> Response:
    """A sealed form, byte for byte as the authority sealed it."""
    if _DIGEST.fullmatch(digest) is None:
        raise not_found("blob", "")
    folder = centre().settings.data / "blobs"
    response = send_from_directory(folder, digest, mimetype="application/octet-stream")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@blueprint.get("/api/seat")
def seat() -> Response:
    """What this machine shows before anybody has logged in."""
    here, room = centre(), request.args.get("room", "")
    if not room.isprintable():
        raise Refusal("no_sitting_in_room", 404, {"room": ""})
    number = request.args.get("seat", type=int)
    seat = number if number in range(MOST_SEATS + 1) else None
    return answer({**arriving.place(here, room), "seat": seat})


@blueprint.post("/api/login")
def log_in() -> Response:
    """Ticket and ID number at this machine."""
    here, wanted = centre(), body(Numbers)
    now, address = here.now(), request.remote_addr or "unknown"
    account = f"{wanted.room}/{wanted.seat}"  # the machine: typing errors here slow nobody else
    here.limiter.check(DOOR, account, address, now)
    credentials = Credentials(wanted.ticket, wanted.id_number)
    place = machines.Place(wanted.room, wanted.seat, wanted.terminal_id)
    token = new_token()
    try:
        who, told = arriving.log_in(here, Login(credentials, place, token))
    except Refusal as refusal:
        if refusal.code == "login_unknown":
            here.limiter.failed(DOOR, account, address, now)
        elif refusal.code == "login_elsewhere":
            here.store.write(
                lambda tx: ask_machine_change(
                    tx, credentials=credentials, place=place, fields=here.keys.fields
                )
            )
        raise
    here.limiter.succeeded(DOOR, account, address)
    here.presence.heard(who, now.wall_ms)
    response = answer(told)
    cookies.keep(response, COOKIE, token, secure=request.is_secure, seconds=COOKIE_SECONDS)
    return response


@blueprint.get("/api/me")
def me() -> Response:
    """Who is logged in at this terminal."""
    return answer(_heard(arriving.me(centre(), g.token)))


@blueprint.post("/api/confirm")
def confirm() -> Response:
    """This is me, or it is not."""
    return answer(_heard(arriving.confirm(centre(), g.token, body(Confirm).ok)))


@blueprint.post("/api/pledge")
def pledge() -> Response:
    """我已阅读."""
    return answer(_heard(arriving.pledge(centre(), g.token)))


@blueprint.get("/api/stage")
def stage() -> Response:
    """All that can be fetched before the bell."""
    here = centre()
    subjects = _heard(arriving.stage(here, g.token))
    for subject in subjects:
        blob_path = here.settings.data / "blobs" / str(subject["blob"])
        subject["blob_bytes"] = blob_path.stat().st_size
    return answer({"subjects": subjects})


@blueprint.get("/api/state")
def state() -> Response:
    """The poll."""
    found = use.poll(centre(), g.token)
    if found is None:
        raise Refusal("not_logged_in", 401)
    return answer(_heard(found))


@blueprint.post("/api/attempt/<attempt_id>/start")
def start(attempt_id: str) -> Response:
    """Open a subject."""
    return answer(_heard(opening.open_subject(centre(), g.token, attempt_id, body(Start))))


@blueprint.get("/api/attempt/<attempt_id>/responses")
def answers(attempt_id: str) -> Response:
    """What counts so far, for a reloaded or new terminal."""
    return answer(use.kept(centre(), g.candidate_id, attempt_id))


@blueprint.put("/api/attempt/<attempt_id>/responses")
def save(attempt_id: str) -> Response:
    """The fallback transport of answers: the same use case as the socket's."""
    return answer(use.save(centre(), g.candidate_id, attempt_id, body(Batch)))


@blueprint.post("/api/attempt/<attempt_id>/submit")
def submit(attempt_id: str) -> Response:
    """Hand in, with whatever was still in the outbox."""
    return answer(_heard(ending.hand_in(centre(), g.token, attempt_id, body(Batch))))


@blueprint.put("/api/preferences")
def preferences() -> Response:
    """How the candidate wants to read, so that another machine shows it the same way."""
    candidate_id, wanted = g.candidate_id, msgspec.to_builtins(body(Preferences))
    centre().store.write(
        lambda tx: check_in.prefer(tx, candidate_id=candidate_id, preferences=wanted)
    )
    return answer({"kept": True})


@blueprint.post("/api/events")
def events() -> Response:
    """What the terminal noticed."""
    candidate_id, found, here = g.candidate_id, body(Events).events, centre()
    here.reports.take(candidate_id, here.now(), units=max(1, len(found)))
    kept = here.store.write(
        lambda tx: check_in.report_events(tx, candidate_id=candidate_id, events=list(found))
    )
    return answer({"kept": kept})


@blueprint.post("/api/hand")
def hand() -> Response:
    """举手."""
    candidate_id, raised = g.candidate_id, body(Hand).raised
    centre().store.write(
        lambda tx: check_in.raise_hand(tx, candidate_id=candidate_id, raised=raised)
    )
    return answer(use.state(centre(), candidate_id))
