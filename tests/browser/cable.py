"""A network cable between a browser and the server that a test can pull out.

Cut, it swallows everything in silence, as a pulled cable or a dead switch does: no reset, no
refusal; who waits, waits. The browser's own ``set_offline`` fails requests at once instead, and
leaves open websockets alone.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading

CHUNK = 64 * 1024


class Cable:
    """A TCP relay on localhost: ``with Cable(server_port) as cable`` … ``cable.cut()``."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ends = threading.Event()
        self._whole = threading.Event()
        self._whole.set()
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()

    @property
    def url(self) -> str:
        """What the browser opens."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Cable:
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._listener.close()
        self._drop_all()

    def cut(self) -> None:
        """From now on nothing passes in either direction; new connections hang."""
        self._whole.clear()

    def mend(self) -> None:
        """New connections pass; what was open has lost bytes and is gone."""
        self._drop_all()
        self._whole.set()

    def _listen(self) -> None:
        while not self._ends.is_set():
            try:
                browser, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._relay, args=(browser,), daemon=True).start()

    def _relay(self, browser: socket.socket) -> None:
        self._keep(browser)
        if not self._whole.is_set():
            return  # accepted by the machine, never answered
        try:
            server = socket.create_connection(("127.0.0.1", self._server_port), 5)
        except OSError:
            self._drop(browser)
            return
        self._keep(server)
        with contextlib.suppress(OSError, ValueError):
            self._carry(browser, server)
        self._drop(browser)
        self._drop(server)

    def _carry(self, browser: socket.socket, server: socket.socket) -> None:
        other = {browser: server, server: browser}
        with selectors.DefaultSelector() as watch:
            for one in other:
                watch.register(one, selectors.EVENT_READ)
            while not self._ends.is_set():
                for key, _ in watch.select(0.5):
                    ready = key.fileobj
                    assert isinstance(ready, socket.socket)
                    data = ready.recv(CHUNK)
                    if not self._whole.is_set():
                        self._hang()
                        return
                    if not data:
                        return
                    other[ready].sendall(data)

    def _hang(self) -> None:
        """The bytes are lost; the connection dies when the cable is mended."""
        while not self._whole.is_set() and not self._ends.is_set():
            self._whole.wait(0.2)

    def _keep(self, one: socket.socket) -> None:
        with self._guard:
            self._open.add(one)

    def _drop(self, one: socket.socket) -> None:
        with self._guard:
            self._open.discard(one)
        one.close()

    def _drop_all(self) -> None:
        with self._guard:
            ends, self._open = self._open, set()
        for one in ends:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
