"""A TCP proxy of our own that keeps every byte that passes, in both directions."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_CHUNK = 65_536


@dataclass(slots=True)
class _Line:
    """One connection's bytes. A word may be cut by a packet's end, never by this."""

    to_server: bytearray = field(default_factory=bytearray)
    to_client: bytearray = field(default_factory=bytearray)


class Wiretap:
    """Listens on ``port`` of localhost and passes everything on to ``target``."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._lines: list[_Line] = []
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def requests(self) -> list[bytes]:
        """What clients have sent, one element per connection."""
        return [bytes(line.to_server) for line in self._lines]

    def answers(self) -> list[bytes]:
        """What the server has sent, one element per connection."""
        return [bytes(line.to_client) for line in self._lines]

    def close(self) -> None:
        """Hang up everywhere."""
        for one in (self._listener, *self._sockets):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                return
            line = _Line()
            self._lines.append(line)
            self._sockets += [client, server]
            for source, sink, kept in (
                (client, server, line.to_server),
                (server, client, line.to_client),
            ):
                threading.Thread(target=_pass, args=(source, sink, kept), daemon=True).start()


def _pass(source: socket.socket, sink: socket.socket, kept: bytearray) -> None:
    with suppress(OSError):
        while data := source.recv(_CHUNK):
            kept += data
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def tapped(target: int) -> Iterator[Wiretap]:
    """A wiretap in front of the server on ``target``."""
    tap = Wiretap(target)
    try:
        yield tap
    finally:
        tap.close()
