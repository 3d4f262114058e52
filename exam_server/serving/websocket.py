"""A websocket that reads no faster than it is listened to.

The library's own reader puts whatever arrives into an unbounded list without ever letting
another greenlet run: one terminal that sends without end would stop the whole room. Here the
reader waits while messages wait, and whoever sends faster than any person could is read no faster
than ``MOST_PER_SECOND``; the rest stays in the sender's own TCP window. Nothing is thrown away.
"""

from __future__ import annotations

from typing import Any

import gevent
import simple_websocket
from engineio.async_drivers.gevent import WebSocketWSGI

from exam_server.clock import SystemClock

MOST_WAITING = 16  # messages of one terminal; a well-behaved one has one or two on the way
MOST_AT_ONCE, MOST_PER_SECOND = 200, 100  # an outbox after an outage is two or three messages
_LOOK_SECONDS = 0.02
_CLOCK = SystemClock()


class PatientServer(simple_websocket.Server):  # type: ignore[misc]
    """Takes nothing more from the network while ``MOST_WAITING`` messages wait, nor while the
    sender is beyond its budget."""

    _left, _at_ms = float(MOST_AT_ONCE), 0

    def _handle_events(self) -> bool:
        before = len(self.input_buffer)
        going = bool(super()._handle_events())
        arrived = len(self.input_buffer) - before
        if arrived > 0 and (owed_seconds := self._owed(arrived)) > 0:
            gevent.sleep(owed_seconds)
        while going and self.connected and len(self.input_buffer) > MOST_WAITING:
            gevent.sleep(_LOOK_SECONDS)
        return going

    def _owed(self, arrived: int) -> float:
        """Spend ``arrived`` messages of the budget; how long to rest until it is even."""
        now_ms = _CLOCK.now().boot_ms
        refilled = (now_ms - self._at_ms) * MOST_PER_SECOND / 1000
        self._left = min(MOST_AT_ONCE, self._left + refilled) - arrived
        self._at_ms = now_ms
        return -self._left / MOST_PER_SECOND


class PatientWebSocket(WebSocketWSGI):  # type: ignore[misc]
    """What Engine.IO is given instead of its own."""

    def __call__(self, environ: dict[str, Any], _start_response: Any) -> Any:
        """Serve one connection to its end; gunicorn is told so by StopIteration."""
        self.ws = PatientServer(environ, **self.server_args)
        answer = self.app(self)
        if self.ws.mode == "gunicorn":
            raise StopIteration
        return answer
