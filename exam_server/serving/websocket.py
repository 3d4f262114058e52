"""A websocket that is read when somebody listens, and no faster than a person could type.

Engine.IO's own reads ahead in a second greenlet into an unbounded list: one terminal that sends
without end would stop the whole room, and every terminal costs a second stack. Here whoever
waits for the next message takes it from the network, and a sender beyond ``MOST_PER_SECOND`` is
read no faster; the rest stays in the sender's own TCP window. Nothing is thrown away.

What is sent leaves at once, from whoever sends it: Engine.IO's own keeps a queue and a third
greenlet per terminal, and wakes it for every message. Whoever sends never waits for a terminal
that takes nothing: what the kernel does not take is written by a greenlet of its own, and until
it has gone nothing more is read from there.

The protocol itself is the library's; this only moves its bytes (decision 0026).
"""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import gevent
from engineio.exceptions import SocketIsClosedError, UnknownPacketError
from engineio.packet import Packet
from websockets.datastructures import Headers
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from exam_server.serving.pinging import heard

MOST_AT_ONCE, MOST_PER_SECOND = 200, 100  # an outbox after an outage is two or three messages
_READ_BYTES = 4096
# two heartbeats: the kernel gives up a machine that takes nothing any more, where it can (Linux)
_GONE_AFTER_MS, _GIVE_UP = 20_000, getattr(socket, "TCP_USER_TIMEOUT", None)
_GOODBYE_SECONDS = 2
_MESSAGE = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})
# Not the extensions: a browser offers to compress, which is two windows of memory per terminal
# for messages of 200 bytes.
_HANDSHAKE = ("Connection", "Upgrade", "Sec-WebSocket-Key", "Sec-WebSocket-Version")


class PatientWebSocket:
    """One terminal's connection, as Engine.IO wants it: called once, serves it to its end.

    ``serve``: the handler of Engine.IO's socket, which this takes the place of.
    """

    def __init__(self, serve: Any, server: Any) -> None:
        self._client = serve.__self__
        self._closed_by_client = server.reason.TRANSPORT_CLOSE
        self._protocol = ServerProtocol(state=State.OPEN, max_size=server.max_http_buffer_size)
        self._messages: deque[str | bytes] = deque()
        self._begun: Opcode | None = None  # the kind of a message whose last piece is to come
        self._pieces = bytearray()  # one buffer: pieces of nothing, sent for ever, stay nothing
        self._unsent = bytearray()
        self._writer: gevent.Greenlet | None = None  # while the kernel takes no more
        self._left, self._at = float(MOST_AT_ONCE), 0.0
        self._socket: Any = None

    def __call__(self, environ: dict[str, Any], _start_response: Any) -> Any:
        """Serve one connection to its end; gunicorn is told so by StopIteration."""
        self._socket = environ["gunicorn.socket"]
        if _GIVE_UP is not None:
            self._socket.setsockopt(socket.IPPROTO_TCP, _GIVE_UP, _GONE_AFTER_MS)
        client, self._client = self._client, None  # they would hold each other when it is over
        try:
            answer = self._protocol.accept(_request(environ))
            self._socket.sendall(answer.serialize())
            if answer.status_code == 101:
                self._serve(client)
        except OSError:
            pass
        finally:
            client.close(wait=False, abort=True, reason=self._closed_by_client)
        raise StopIteration

    def _serve(self, client: Any) -> None:
        client.connected = client.upgraded = True
        client.queue, waiting = _StraightOut(self), client.queue
        while not waiting.empty():  # its greeting
            client.queue.put(waiting.get())
        try:
            while (message := self.wait()) is not None:
                heard(client)
                with suppress(UnknownPacketError):
                    client.receive(Packet(encoded_packet=message))
        except SocketIsClosedError:
            pass
        except Exception:
            client.server.logger.exception("nonsense")  # of this one terminal: it is hung up on
        finally:
            self.close()

    def wait(self) -> str | bytes | None:
        """The next message; None when there will be none."""
        while not self._messages:
            if self._protocol.state is not State.OPEN:
                return None
            self._take()
        return self._messages.popleft()

    def send(self, message: str | bytes) -> None:
        """One message, without waiting. Nothing when the connection is no more."""
        if self._protocol.state is not State.OPEN:
            return
        if isinstance(message, str):
            self._protocol.send_text(message.encode())
        else:
            self._protocol.send_binary(message)
        self._flush()

    def close(self) -> None:
        """Say goodbye; whoever waits is done once the other side has hung up, or did not."""
        if self._protocol.state is not State.OPEN:
            return
        self._protocol.send_close(CloseCode.NORMAL_CLOSURE)
        self._flush()
        gevent.spawn_later(_GOODBYE_SECONDS, self._hang_up)

    def _hang_up(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # whoever waits for a message wakes up

    def _take(self) -> None:
        if self._writer is not None:
            self._writer.join()
        try:
            data = self._socket.recv(_READ_BYTES)
        except OSError:
            data = b""
        if data:
            self._protocol.receive_data(data)
        else:
            self._protocol.receive_eof()
        frames = self._protocol.events_received()
        for frame in frames:
            if isinstance(frame, Frame) and frame.opcode in _MESSAGE:
                self._put(frame)
        self._flush()
        if (owed_seconds := self._owed(len(frames))) > 0:
            gevent.sleep(owed_seconds)

    def _put(self, frame: Frame) -> None:
        """A message is whole with its last piece; almost all come in one."""
        kind, whole = frame.opcode, bytes(frame.data)
        if self._begun is not None or not frame.fin:
            self._begun = self._begun or frame.opcode
            self._pieces += frame.data
            if not frame.fin:
                return
            kind, whole = self._begun, bytes(self._pieces)
            self._begun, self._pieces = None, bytearray()
        if kind is Opcode.BINARY:
            self._messages.append(whole)
            return
        try:
            self._messages.append(whole.decode())
        except UnicodeDecodeError:
            self._protocol.fail(CloseCode.INVALID_DATA)

    def _flush(self) -> None:
        """Give the kernel what it takes; whoever is writing takes along what others add."""
        for data in self._protocol.data_to_send():
            self._unsent += data
        if self._unsent and self._writer is None:
            try:
                self._write(wait=False)
            except OSError:
                self._hang_up()
                return
            if self._unsent:
                self._writer = gevent.spawn(self._write_the_rest)

    def _write(self, *, wait: bool) -> None:
        patience = self._socket.gettimeout()
        if not wait:
            self._socket.settimeout(0)
        try:
            sent = self._socket.send(self._unsent)
            del self._unsent[:sent]  # others may have added to it meanwhile
        except BlockingIOError:
            pass
        finally:
            self._socket.settimeout(patience)

    def _write_the_rest(self) -> None:
        try:
            while self._unsent:
                self._write(wait=True)
        except OSError:
            self._hang_up()
        finally:
            self._writer = None

    def _owed(self, arrived: int) -> float:
        """Spend ``arrived`` frames of the budget; how many seconds to rest until it is even."""
        now = time.perf_counter()
        self._left = min(MOST_AT_ONCE, self._left + (now - self._at) * MOST_PER_SECOND) - arrived
        self._at = now
        return -self._left / MOST_PER_SECOND


class _StraightOut:
    """Stands where Engine.IO puts what is to leave by one connection; None is the end."""

    __slots__ = ("_connection",)

    def __init__(self, connection: PatientWebSocket) -> None:
        self._connection = connection

    def join(self) -> None:
        """Nothing waits here."""

    def put(self, packet: Packet | None) -> None:
        """It has left, or waits for the kernel alone."""
        if packet is None:
            self._connection.close()
        else:
            self._connection.send(packet.encode())


class SocketsBeside:
    """WSGI: what begins with ``/socket.io/`` is the sockets', everything else is the pages'.

    The library's own would also take the pages, and make a class for every request.
    """

    def __init__(self, pages: Callable[..., Any], sockets: Callable[..., Any]) -> None:
        self._pages, self._sockets = pages, sockets

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """One request."""
        if environ["PATH_INFO"].startswith("/socket.io/"):
            return self._sockets(environ, start_response)
        return self._pages(environ, start_response)


def _request(environ: dict[str, Any]) -> Request:
    headers = Headers()
    for name in _HANDSHAKE:
        value = environ.get("HTTP_" + name.upper().replace("-", "_"))
        if value is not None:
            headers[name] = value
    return Request("/", headers, environ["REQUEST_METHOD"], environ["SERVER_PROTOCOL"])
