"""Engine.IO's pings, by one greenlet for all sockets.

The library keeps a greenlet per socket that sleeps until its next ping, and one that looks at
every socket by itself for those that have not answered: with five thousand terminals that was a
fourteenth of the processor and a fifth of the memory. When a socket is pinged, when it is given up,
and that a browser learns both from the handshake stay the library's.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from engineio.packet import PING, Packet

from exam_server.clock import SystemClock
from exam_server.logs import events

_CLOCK = SystemClock()
log = events(__name__)
TURNS = 250  # per interval: a tenth of a second apart


class Pings:
    """Every socket of ``server`` (an ``engineio.Server``) in turn, once per ping interval."""

    def __init__(self, server: Any) -> None:
        self._server, self._last = server, 0
        self._turns: list[list[Any]] = [[] for _ in range(TURNS)]
        self._connect = server.handlers["connect"]
        server.start_service_task = False
        server.on("connect", self._joined)

    def run(self, sleep: Callable[[float], object]) -> None:
        """For ever. Turns that a busy server has missed are made up for: a browser hangs up when
        its ping is late by the time that it may be silent."""
        begun, turns = time.perf_counter(), 0
        while True:
            turns += 1
            due = begun + turns * self._server.ping_interval / TURNS
            sleep(max(0.0, due - time.perf_counter()))
            self.turn()

    def turn(self) -> None:
        """Whose turn it is is pinged, or is given up as it has not been heard since the last."""
        turn = (self._last + 1) % TURNS
        self._turns[turn] = [client for client in self._turns[turn] if self._stays(client)]
        self._last = turn

    def _stays(self, client: Any) -> bool:
        """Ping it, if it is there; nobody else is to suffer where that fails."""
        try:
            if _pinged(client):
                return True
        except Exception:
            log.exception("message_failed")
            client.close(wait=False, abort=True)
        self._server.sockets.pop(client.sid, None)
        return False

    def _joined(self, sid: str, environ: dict[str, Any]) -> Any:
        """Its turn comes when a whole interval has passed."""
        client = self._server.sockets[sid]
        heard(client)  # also keeps the library from pinging it
        self._turns[self._last].append(client)
        return self._connect(sid, environ)


def heard(client: Any) -> None:
    """A socket that says anything is there."""
    client.last_ping = None


def _pinged(client: Any) -> bool:
    """Whether it is to be pinged again."""
    if client.closing and not client.closed:
        return True  # whoever closes it is at it
    if client.closed or not client.check_ping_timeout():
        return False
    client.last_ping = client.last_ping or _CLOCK.now().wall_ms / 1000
    client.send(Packet(PING))
    return True
