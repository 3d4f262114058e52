"""One terminal's or console's socket: Socket.IO 4 frames on a bare websocket.

Only what the two namespaces use: open, ping, connect, event, acknowledgement. A full client
library would cost this process more than the server that it is to load.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

import msgspec
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

CONNECT_SECONDS = 60.0
_encode = msgspec.json.encode
_decode = msgspec.json.Decoder().decode


class LineLostError(ConnectionError):
    """The server hung up, or refused the socket."""


class Line(WSListener):
    """``heard(event, data)`` is called for every event the server pushes."""

    def __init__(self, namespace: str, heard: Callable[[str, Any], None]) -> None:
        self._name = namespace.encode()
        self._heard = heard
        self._open = b"40" + self._name
        self._event = b"42" + self._name + b","
        self._ack = b"43" + self._name + b","
        self._refused = b"44" + self._name
        self._transport: WSTransport | None = None
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._count = 0
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The websocket stands."""
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """One message, most frequent kinds first."""
        if frame.msg_type is not WSMsgType.TEXT:
            return
        text = frame.get_payload_as_bytes()
        if text.startswith(self._ack):
            number, bracket, rest = text[len(self._ack) :].partition(b"[")
            future = self._waiting.pop(int(number), None)
            if future is not None and not future.done():
                future.set_result(bracket + rest)
        elif text == b"2":
            transport.send(WSMsgType.TEXT, b"3")
        elif text.startswith(self._event):
            event, data = (*_decode(text[len(self._event) :]), None)[:2]
            self._heard(event, data)
        elif text.startswith(b"0"):
            transport.send(WSMsgType.TEXT, self._open + b",")
        elif text.startswith(self._open):
            if not self.ready.done():
                self.ready.set_result(None)
        elif text.startswith((self._refused, b"41", b"1")):
            self._lost()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Whoever waits is told."""
        self._transport = None
        self._lost()

    @property
    def up(self) -> bool:
        """Whether it lives."""
        return self._transport is not None

    @property
    def waiting(self) -> int:
        """Messages sent and not acknowledged yet."""
        return len(self._waiting)

    async def ask(self, event: str, data: Any) -> Any:
        """Send one event; what the server acknowledges it with. :class:`LineLostError`."""
        if self._transport is None:
            raise LineLostError("no socket")
        self._count += 1
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[self._count] = future
        head = b"%b%d" % (self._event, self._count)
        self._transport.send(WSMsgType.TEXT, head + _encode([event, data]))
        answer = _decode(await future)
        return answer[0] if answer else None

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.disconnect()

    def _lost(self) -> None:
        if not self.ready.done():
            self.ready.set_exception(LineLostError("refused"))
        waiting, self._waiting = self._waiting, {}
        for future in waiting.values():
            if not future.done():
                future.set_exception(LineLostError("the socket closed"))


async def open_line(
    base_url: str,
    namespace: str,
    cookie: str,
    heard: Callable[[str, Any], None],
    tls: ssl.SSLContext | None = None,
) -> Line:
    """A connected line. :class:`LineLostError` when the server refuses it."""
    _, line = await ws_connect(
        lambda: Line(namespace, heard),
        f"ws{base_url.removeprefix('http')}/socket.io/?EIO=4&transport=websocket",
        ssl_context=tls,
        extra_headers={"Cookie": cookie, "Origin": base_url},
        websocket_handshake_timeout=CONNECT_SECONDS,
        read_buffer_init_size=4096,
    )
    assert isinstance(line, Line)
    await line.ready
    return line
