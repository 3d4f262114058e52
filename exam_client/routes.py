"""The terminal's HTTP surface: parse, call, answer (docs/reference/terminal-api.md)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from flask import Blueprint, Response, g, redirect, request, send_from_directory
from sqlalchemy.orm import Session

from exam_client import use
from exam_client.wire import (
    MOST_BODY_BYTES,
    MOST_SEATS,
    Batch,
    Confirm,
    Events,
    Hand,
    Login,
    Preferences,
    Start,
    answer,
    body,
    refused,
)
from exam_server import cookies
from exam_server.clock import Instant
from exam_server.context import centre
from exam_server.errors import Refusal, not_found
from exam_server.ids import new_token
from exam_server.room.actions import check_in, machines
from exam_server.room.views import arriving
from exam_server.room.views import terminal as views

T = TypeVar("T")

DOOR = "candidate"  # the limiter's
COOKIE = "kc_terminal"
COOKIE_SECONDS = 24 * 60 * 60  # outlives a browser crash; the token itself ends with the sitting
STATIC = Path(__file__).parent / "static"
blueprint = Blueprint("terminal", __name__)

_OPEN = {f"terminal.{name}" for name in ("seat", "log_in", "page", "asset", "worker", "to_console")}
_DELIVERY = {"terminal.save", "terminal.submit"}
_ASKING = {
    f"terminal.{name}" for name in ("me", "stage", "state", "result")
}  # one read says who, and what
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
    if request.endpoint in _ASKING:
        g.token, g.now = token, now
        return
    found = use.who(here, token, delivering=request.endpoint in _DELIVERY)
    if not found:
        raise Refusal("not_logged_in", 401)
    g.candidate_id, g.sitting_id = found
    here.presence.heard(found[0], now.wall_ms)


def _asked(query: Callable[[Session, Sequence[str], Instant], Mapping[str, T]]) -> T:
    """What ``query(session, candidates, now)`` finds, by id, for whoever's login this is."""
    here, token, now = centre(), g.token, g.now

    def both(session: Session) -> tuple[str, T] | None:
        found = views.terminals_of(session, [token], now).get(token)
        return None if found is None else (found[0], query(session, [found[0]], now)[found[0]])

    answered = here.store.read(both) if token else None
    if answered is None:
        raise Refusal("not_logged_in", 401)
    here.presence.heard(answered[0], now.wall_ms)
    return answered[1]


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
    now = here.now()
    facts = here.store.read(lambda session: views.seat_facts(session, room, now))
    number = request.args.get("seat", type=int)
    facts["seat"] = number if number in range(MOST_SEATS + 1) else None
    return answer(facts)


@blueprint.post("/api/login")
def log_in() -> Response:
    """Ticket and ID number at this machine."""
    here, wanted = centre(), body(Login)
    now, address = here.now(), request.remote_addr or "unknown"
    account = f"{wanted.room}/{wanted.seat}"  # the machine: typing errors here slow nobody else
    here.limiter.check(DOOR, account, address, now)
    credentials = check_in.Credentials(wanted.ticket, wanted.id_number)
    place = machines.Place(wanted.room, wanted.seat, wanted.terminal_id)
    fields, token = here.keys.fields, new_token()
    try:
        candidate_id = here.store.write(
            lambda tx: check_in.log_in(
                tx, credentials=credentials, place=place, token=token, fields=fields
            )
        )
    except Refusal as refusal:
        if refusal.code == "login_unknown":
            here.limiter.failed(DOOR, account, address, now)
        elif refusal.code == "login_elsewhere":
            here.store.write(
                lambda tx: check_in.ask_machine_change(
                    tx, credentials=credentials, place=place, fields=fields
                )
            )
        raise
    here.limiter.succeeded(DOOR, account, address)
    here.presence.heard(candidate_id, now.wall_ms)
    response = answer(_me(candidate_id))
    cookies.keep(response, COOKIE, token, secure=request.is_secure, seconds=COOKIE_SECONDS)
    return response


def _me(candidate_id: str) -> Any:
    here = centre()
    now = here.now()
    found = here.store.read(lambda session: use.arrived_in(here, session, [candidate_id], now))
    return found[candidate_id]


@blueprint.get("/api/me")
def me() -> Response:
    """Who is logged in at this terminal."""
    here = centre()
    return answer(_asked(lambda *asked: use.arrived_in(here, *asked)))


@blueprint.post("/api/confirm")
def confirm() -> Response:
    """This is me, or it is not."""
    candidate_id, right = g.candidate_id, body(Confirm).ok
    centre().store.write(lambda tx: check_in.confirm(tx, candidate_id=candidate_id, right=right))
    return answer(use.state(centre(), candidate_id))


@blueprint.post("/api/pledge")
def pledge() -> Response:
    """我已阅读."""
    candidate_id = g.candidate_id
    centre().store.write(lambda tx: check_in.pledge(tx, candidate_id=candidate_id))
    return answer(use.state(centre(), candidate_id))


@blueprint.get("/api/stage")
def stage() -> Response:
    """All that can be fetched before the bell."""
    here = centre()
    subjects = _asked(lambda session, who, _now: arriving.stages(session, who, here.shelves))
    for subject in subjects:
        blob_path = here.settings.data / "blobs" / str(subject["blob"])
        subject["blob_bytes"] = blob_path.stat().st_size
    return answer({"subjects": subjects})


@blueprint.get("/api/state")
def state() -> Response:
    """The poll."""
    here, now = centre(), g.now
    found = use.poll(here, g.token)
    if found is None:
        raise Refusal("not_logged_in", 401)
    here.presence.heard(found[0], now.wall_ms)
    return answer(found[1])


@blueprint.post("/api/attempt/<attempt_id>/start")
def start(attempt_id: str) -> Response:
    """Open a subject."""
    waited_ms = body(Start).terminal_elapsed_ms
    key = use.open_subject(centre(), g.candidate_id, attempt_id, waited_ms)
    return answer({"key": key, "state": use.state(centre(), g.candidate_id)})


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
    receipts = use.hand_in(centre(), g.candidate_id, attempt_id, body(Batch))
    state_now = use.state(centre(), g.candidate_id)
    return answer({"receipts": receipts.receipts, "state": state_now})


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


@blueprint.get("/api/result")
def result() -> Response:
    """The provisional score, once every subject is scored."""
    here, now = centre(), g.now
    found = use.result(here, g.token)
    if found is None:
        raise Refusal("not_logged_in", 401)
    here.presence.heard(found[0], now.wall_ms)
    if found[1] is None:
        raise Refusal("result_not_yet", 409)
    return answer(found[1])
