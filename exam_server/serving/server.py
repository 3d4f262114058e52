"""gunicorn with gevent workers, https unless it may not be (DESIGN §7)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import gevent
from gunicorn.app.base import BaseApplication

from exam_server.errors import Refusal
from exam_server.logs import events
from exam_server.logs.setup import claim, claim_greenlets
from exam_server.proxies import TrustedProxies, networks
from exam_server.serving.collecting import collect
from exam_server.serving.gunicorn_log import AllowedLines
from exam_server.serving.listening import Listening
from exam_server.serving.stopping import LET_GO_SECONDS, MASTER_WAITS_SECONDS, Stopping
from exam_server.settings import Settings
from exam_server.storage.engine import sqlite_path

log = events(__name__)

# The thread that saves asks for the interpreter a dozen times per commit; each time it waits this
# long while pages are made.
SWITCH_SECONDS = 0.0005


class CentreServer(BaseApplication):  # type: ignore[misc]
    """The application is built in the worker, after gevent has patched it."""

    def __init__(
        self, settings: Settings, listening: Listening, ready: Callable[[], None] | None = None
    ) -> None:
        self._settings, self._listening, self._ready = settings, listening, ready
        self._stopping: Stopping | None = None
        super().__init__()

    def load_config(self) -> None:
        """gunicorn's settings."""
        where = self._listening
        host = f"[{where.host}]" if ":" in where.host else where.host
        options: dict[str, Any] = {
            "bind": f"{host}:{where.port}",
            "workers": where.workers,
            "worker_class": "gevent",
            "worker_connections": 20_000,
            "backlog": 4096,
            "graceful_timeout": MASTER_WAITS_SECONDS,
            "keepalive": 75,
            "timeout": 120,
            "logger_class": AllowedLines,
            "forwarded_allow_ips": "",  # exam_server.proxies decides whom to believe
            "control_socket_disable": True,  # one path per account would collide
            "when_ready": self._when_ready,
            "post_worker_init": self._worker_ready,
            "worker_exit": self._worker_ended,
        }
        if where.certificate and where.private_key:
            options |= {"certfile": str(where.certificate), "keyfile": str(where.private_key)}
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Runs in the worker."""
        import psycopg  # noqa: F401  must be imported after patching, never before

        from exam_server.bootstrap import build_app, serving_centre, start_sweep, wake

        centre = serving_centre(self._settings)
        app, socketio = build_app(centre)
        trusted = networks(self._settings.trusted_proxies)
        app.wsgi_app = TrustedProxies(app.wsgi_app, trusted)  # type: ignore[method-assign]
        claim()  # by now every library has given its loggers handlers of their own
        claim_greenlets()
        collect(busy=lambda: centre.presence.connected > 0)
        sys.setswitchinterval(SWITCH_SECONDS)
        wake(centre)
        sweep = start_sweep(centre, socketio)
        self._stopping = Stopping(centre, socketio, sweep.scorer)
        log.info("serving", epoch=centre.epoch)
        return app

    def _worker_ready(self, worker: Any) -> None:
        worker.cfg.set("graceful_timeout", LET_GO_SECONDS)  # its own copy; the master waits longer
        if self._stopping is not None:
            gevent.spawn(self._stopping.watch, worker)

    def _worker_ended(self, _server: Any, _worker: Any) -> None:
        if self._stopping is not None:
            self._stopping.finish()

    def _when_ready(self, _server: Any) -> None:
        if self._ready is not None:
            self._ready()


def serve(
    settings: Settings, listening: Listening, ready: Callable[[], None] | None = None
) -> None:
    """Serve until stopped. The caller may write (:func:`exam_server.storage.lock.only_writer`).

    Refusals (409): ``workers_need_postgresql``, ``workers_need_redis``, ``proxy_malformed``.
    """
    networks(settings.trusted_proxies)
    if listening.workers > 1:
        if sqlite_path(settings.database_url) is not None:
            raise Refusal("workers_need_postgresql", 409, {"workers": listening.workers})
        if settings.redis_url is None:
            raise Refusal("workers_need_redis", 409, {"workers": listening.workers})
    CentreServer(settings, listening, ready).run()
