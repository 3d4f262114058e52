"""Acknowledgements that leave when there is something to say, not when the handler returns.

Socket.IO acknowledges a message with what its handler returns, so the greenlet that reads a
terminal would be woken for every answer only to pass it on; with a thousand terminals that is a
third of a save. A handler that returns a ``Later`` is done; whoever has the answer gives it.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from gevent.event import Event
from socketio.packet import ACK

from exam_server.later import Later

MOST_UNANSWERED = 8  # of one terminal; it is not read beyond that until the last is answered
# What the server itself says of a socket. From outside, "disconnect" would let a terminal be
# forgotten and still be told everything: no fence would find it (invariant 8).
_OURS = ("connect", "disconnect")


def acknowledge_later(server: Any) -> None:
    """Teach a ``socketio.Server`` to take a :class:`Later` from its handlers.

    Messages of one terminal are still taken one after the other, in their order.
    """
    unanswered: Counter[str] = Counter()

    def handle(
        _server: Any, sid: str, eio_sid: str, data: list[Any], namespace: str, ident: int | None
    ) -> None:
        if data[0] in _OURS:
            return
        answer = server._trigger_event(data[0], namespace, sid, *data[1:])
        if answer is server.not_handled:
            return
        later = answer if isinstance(answer, Later) else Later()
        if later is not answer:
            later.give(answer)

        def leave(answer: Any) -> None:
            unanswered[eio_sid] -= 1
            if unanswered[eio_sid] <= 0:
                del unanswered[eio_sid]
            if ident is not None:
                data = [] if answer is None else [answer]
                packet = server.packet_class(ACK, namespace=namespace, id=ident, data=data)
                server._send_packet(eio_sid, packet)

        unanswered[eio_sid] += 1
        if unanswered[eio_sid] < MOST_UNANSWERED:
            later.tell(leave)
            return
        enough = Event()
        later.tell(lambda _answer: enough.set())
        later.tell(leave)
        enough.wait()

    server._handle_event_internal = handle
