"""A websocket that is read when somebody listens, and no faster than a person could type.

The library reads ahead in a thread of its own into an unbounded list: one terminal that sends
without end would stop the whole room, and every terminal costs a second stack. Here whoever
waits for the next message takes it from the network, and a sender beyond ``MOST_PER_SECOND`` is
read no faster; the rest stays in the sender's own TCP window. Nothing is thrown away.
"""

from __future__ import annotations

from typing import Any

import gevent
import simple_websocket
from engineio.async_drivers.gevent import WebSocketWSGI
from wsproto.utilities import ProtocolError

from exam_server.clock import SystemClock

MOST_AT_ONCE, MOST_PER_SECOND = 200, 100  # an outbox after an outage is two or three messages
_CLOCK = SystemClock()


class _NoThread:
    """What the library starts to read ahead."""

    def __init__(self, target: Any) -> None:
        self.target, self.name = target, ""

    def start(self) -> None:
        """Nothing is read before it is asked for."""


class PatientServer(simple_websocket.Server):  # type: ignore[misc]
    """Takes from the network what it is asked for, within the sender's budget."""

    _left, _at_ms = float(MOST_AT_ONCE), 0

    def receive(self, timeout: float | None = None) -> Any:  # noqa: ARG002
        """The next message; :class:`simple_websocket.ConnectionClosed` when there is none."""
        while not self.input_buffer:
            if not self.connected:
                raise simple_websocket.ConnectionClosed(self.close_reason, self.close_message)
            self._take()
        return self.input_buffer.pop(0)

    def _take(self) -> None:
        try:
            data = self.sock.recv(self.receive_bytes)
            if not data:
                self.connected = False
                return
            self.ws.receive_data(data)
            self.connected = self._handle_events()
        except (OSError, ProtocolError):
            self.connected = False
            return
        if (owed_seconds := self._owed(len(self.input_buffer))) > 0:
            gevent.sleep(owed_seconds)

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
        # a browser offers to compress: two windows of memory per terminal for messages of 200 bytes
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        self.ws = PatientServer(environ, **{**self.server_args, "thread_class": _NoThread})
        answer = self.app(self)
        if self.ws.mode == "gunicorn":
            raise StopIteration
        return answer
