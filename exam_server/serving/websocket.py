"""A websocket that reads no faster than it is listened to.

The library's own reader puts whatever arrives into an unbounded list without ever letting
another greenlet run: one terminal that sends without end would stop the whole room. Here the
reader waits while messages wait; the rest stays in the sender's own TCP window.
"""

from __future__ import annotations

from typing import Any

import gevent
import simple_websocket
from engineio.async_drivers.gevent import WebSocketWSGI

MOST_WAITING = 16  # messages of one terminal; a well-behaved one has one or two on the way
_LOOK_SECONDS = 0.02


class PatientServer(simple_websocket.Server):  # type: ignore[misc]
    """Takes nothing more from the network while ``MOST_WAITING`` messages wait."""

    def _handle_events(self) -> bool:
        going = bool(super()._handle_events())
        while going and self.connected and len(self.input_buffer) > MOST_WAITING:
            gevent.sleep(_LOOK_SECONDS)
        return going


class PatientWebSocket(WebSocketWSGI):  # type: ignore[misc]
    """What Engine.IO is given instead of its own."""

    def __call__(self, environ: dict[str, Any], _start_response: Any) -> Any:
        """Serve one connection to its end; gunicorn is told so by StopIteration."""
        self.ws = PatientServer(environ, **self.server_args)
        answer = self.app(self)
        if self.ws.mode == "gunicorn":
            raise StopIteration
        return answer
