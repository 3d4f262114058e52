"""Puts the program together: the only module that knows every other (DESIGN §4)."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from functools import partial

from flask import Flask
from flask_socketio import SocketIO

from exam_client.namespace import Teller, TerminalNamespace
from exam_client.routes import blueprint as terminal_blueprint
from exam_client.use import states as terminal_states
from exam_server import doors
from exam_server import keys as centre_keys
from exam_server.auth.limiter import Limiter
from exam_server.clock import Clock, SystemClock
from exam_server.context import Centre
from exam_server.logs import requests
from exam_server.metrics.door import open_doors
from exam_server.presence import PresenceBoard
from exam_server.push import TERMINAL, Push
from exam_server.results.scorer_client import ScorerClient
from exam_server.results.views import score_page
from exam_server.room.actions import outage
from exam_server.room.actions.presence import forget_sockets
from exam_server.room.rules.company import Company
from exam_server.room.views.heads import HeadSigner
from exam_server.settings import Settings
from exam_server.storage.runner import GeventRunner, Runner
from exam_server.storage.store import Store
from exam_server.storage.tx import Fact, Tx
from exam_server.sweep import Sweep
from exam_server.upkeep.upgrading import bring_up_to_date
from exam_server.vault.actions.forms import restore_held
from exam_server.vault.opened import OpenedVault
from exam_server.vault.sharing import SharedVault

LOOK_SECONDS = 0.2
GATHER_SECONDS = 0.1  # hand-ins come together: whoever is scored at once waits this long
FENCE = "fence"


def open_centre(
    settings: Settings,
    *,
    clock: Clock | None = None,
    runner: Runner | None = None,
    push: Push | None = None,
    migrate: bool = True,
) -> Centre:
    """The centre in ``settings.home``: keys read, database brought up to date and opened.

    ``clock``: decides instead of the machine's and the database's. ``migrate``: False for a
    reader beside a running server. Refusals of ``bring_up_to_date``.
    """
    settings.make_folders()
    if migrate:
        bring_up_to_date(settings.database_url, (clock or SystemClock()).now())
    keys = centre_keys.load(settings.keys)
    return Centre(
        settings=settings,
        store=Store(
            settings.database_url, clock or SystemClock(), runner, database_clock=clock is None
        ),
        keys=keys,
        vault=OpenedVault(),
        push=push or Push(),
        presence=PresenceBoard(),
        limiter=Limiter(),
        score_pages=score_page.score_pages,
        heads=HeadSigner(keys.signing),
    )


def wake(centre: Centre, pause: Callable[[float], object] = time.sleep) -> None:
    """The start of a serving process; the last thing before it answers requests.

    If no other serves, the outage is credited and everybody's time runs from here on; else
    this one joins, and nothing changes for anybody. ``pause``: waits so many seconds.
    """
    process, store = centre.process, centre.store
    found, seen_ms = store.write(lambda tx: outage.company(tx, process=process))
    first_seen_ms = seen_ms
    while found is Company.UNKNOWN:  # killed a moment ago, or alive: a sign of life tells
        pause(LOOK_SECONDS)
        found, seen_ms = store.write(
            lambda tx: outage.company(tx, process=process, seen_ms=first_seen_ms)
        )

    def prepare(tx: Tx) -> None:
        if found is Company.ALONE:
            outage.forget_unsealed(tx)
            forget_sockets(tx)
        restore_held(tx, vault=centre.vault, keys=centre.keys)

    store.write(prepare)  # first: what takes long must not be taken from anybody's time
    centre.stands(
        store.write(lambda tx: outage.wake_up(tx, process=process, seen_ms=first_seen_ms))
    )


def credit_silence(centre: Centre) -> None:
    """From now on a time in which nothing could be saved is an outage too (DESIGN §5)."""

    def back(tx: Tx) -> None:
        centre.stands(outage.after_silence(tx, process=centre.process))

    centre.store.after_silence(back)


def build_app(centre: Centre) -> tuple[Flask, SocketIO]:
    """The Flask application with both faces, and its Socket.IO server."""
    from exam_server.serving.acknowledging import acknowledge_later
    from exam_server.serving.packets import CompactJson, TextPacket
    from exam_server.serving.rooms import CentreRooms
    from exam_server.serving.websocket import PatientWebSocket, SocketsBeside
    from proctor_console.mount import mount

    app = Flask("kaochang", static_folder=None)
    app.extensions["kaochang"] = centre
    requests.watch(app)
    doors.guard(app)
    pages = app.wsgi_app
    socketio = SocketIO(
        app,
        async_mode="gevent",
        transports=["websocket"],
        json=CompactJson,
        serializer=TextPacket,
        client_manager=centre.queue or CentreRooms(),
        manage_session=False,
        max_http_buffer_size=doors.MOST_BODY_BYTES,
        async_handlers=False,  # one message of a terminal after the other, in its order
    )
    app.wsgi_app = SocketsBeside(pages, app.wsgi_app)  # type: ignore[method-assign]
    socketio.server.eio._async = {**socketio.server.eio._async, "websocket": PatientWebSocket}
    acknowledge_later(socketio.server)
    namespace = TerminalNamespace(centre)
    socketio.server.register_namespace(namespace)
    app.register_blueprint(terminal_blueprint)
    open_doors(app, centre)
    centre.push.attach(socketio)
    centre.push.states_from(lambda candidate_ids: terminal_states(centre, candidate_ids))
    _join_queue(centre, namespace)
    teller = Teller(centre, namespace)
    centre.store.on_fact(lambda fact: _tell_later(centre, teller, fact))
    mount(app, socketio)
    return app, socketio


def bundle_pages(exam: str) -> dict[str, bytes]:
    """The public query page as files for a site elsewhere, without anybody's data."""
    from proctor_console.query.bundle import pages

    return pages(exam)


def serving_centre(settings: Settings) -> Centre:
    """The centre of a gevent worker: database threads, pushes in order, the queue of the
    processes if there is one; not awake yet."""
    import gevent

    from exam_server.push_order import OrderedPushes
    from exam_server.serving.queue import CentreQueue

    push = Push(in_order=OrderedPushes(), rest=partial(gevent.sleep, 0))
    centre = open_centre(settings, runner=GeventRunner(), push=push)
    if settings.redis_url is not None:
        public = centre.keys.signing.public_key().public_bytes_raw()
        channel = (
            f"kaochang:{hashlib.sha256(public).hexdigest()[:16]}"  # several centres, one Redis
        )
        centre.queue = CentreQueue(settings.redis_url, channel)
    return centre


def _join_queue(centre: Centre, namespace: TerminalNamespace) -> None:
    """What the other processes are told at once, and what they tell this one."""
    queue = centre.queue
    if queue is None:
        return
    queue.hear(FENCE, namespace.fence)
    centre.push.tells_others(lambda candidate_id: queue.tell(FENCE, candidate_id))
    shared = SharedVault(centre.vault, queue, signing=centre.keys.signing, process=centre.process)

    def tell_of_secrets(fact: Fact) -> None:
        if fact.kind == "unsealed":
            centre.push.later(shared.opened)  # a Redis that hangs must not stop the saving

    centre.store.on_fact(tell_of_secrets)


def start_sweep(centre: Centre, socketio: SocketIO) -> Sweep:
    """The second's work beside the requests; whoever commits every second notices silence."""
    from exam_server.serving.pinging import Pings

    if centre.queue is not None:
        centre.queue.start()
    credit_silence(centre)
    sweep = Sweep(centre, ScorerClient())
    terminals: TerminalNamespace = socketio.server.namespace_handlers[TERMINAL]
    socketio.start_background_task(terminals.listen_on, socketio.sleep)
    socketio.start_background_task(Pings(socketio.server.eio).run, socketio.sleep)
    socketio.start_background_task(sweep.live_on, socketio.sleep)
    socketio.start_background_task(sweep.look_on, socketio.sleep)
    socketio.start_background_task(sweep.score_on, _until_handed_in(centre))
    return sweep


def _until_handed_in(centre: Centre) -> Callable[[float], bool]:
    """``wait(seconds)``: True sooner when somebody hands in, and a moment later for others."""
    import gevent
    from gevent.event import Event

    handed_in = Event()
    centre.store.on_fact(lambda fact: handed_in.set() if fact.kind == "submitted" else None)

    def wait(seconds: float) -> bool:
        if not handed_in.wait(seconds):
            return False
        gevent.sleep(GATHER_SECONDS)
        handed_in.clear()
        return True

    return wait


def _tell_later(centre: Centre, teller: Callable[[Fact], None], fact: Fact) -> None:
    """Facts are told in the journal's order, off the writer's pump."""
    if fact.kind == "response":
        centre.push.board_changed(fact.sitting_id)
    else:
        centre.push.later(lambda: teller(fact))
