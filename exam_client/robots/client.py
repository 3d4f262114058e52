"""One simulated candidate's connection: the documented HTTP and socket interface only."""

from __future__ import annotations

import base64
import json
import struct
import threading
import time
from typing import Any

import requests
import socketio
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_CONNECT_SECONDS = 5  # then HTTP goes on, and the socket is tried again later
_LOOK_SECONDS = 0.25  # how soon a terminal that waits for an answer sees that the line is dead


class Refused(Exception):
    """The server's problem+json."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(str(problem.get("type")))
        self.problem = problem


class Terminal:
    """A terminal without a screen."""

    def __init__(self, base_url: str, terminal_id: str, *, verify: str | bool = True) -> None:
        self.base_url, self.terminal_id = base_url.rstrip("/"), terminal_id
        self._http = requests.Session()
        self._http.headers["X-Kaochang"] = "1"
        self._http.verify = verify
        self._http.trust_env = False  # an exam LAN has no proxy
        self._socket: socketio.Client | None = None
        self.keys: dict[str, str] = {}
        self.state: dict[str, Any] = {}

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One HTTP request; :class:`Refused` for a problem."""
        answer = self._http.request(method, self.base_url + path, json=body, timeout=30)
        if answer.status_code >= 400:
            try:
                raise Refused(answer.json())
            except requests.JSONDecodeError as error:
                raise Refused({"type": f"http_{answer.status_code}"}) from error
        return answer.json()

    def blob(self, digest: str) -> bytes:
        """A sealed form."""
        answer = self._http.get(f"{self.base_url}/blob/{digest}", timeout=30)
        answer.raise_for_status()
        return answer.content

    def connect(self) -> None:
        """Open the socket with the login's cookie."""
        client = socketio.Client(reconnection=False, http_session=self._http)
        client.on("bell", self._on_bell, namespace="/terminal")
        client.on("state", self._on_state, namespace="/terminal")
        client.connect(
            self.base_url,
            headers={"Cookie": self.cookie},
            namespaces=["/terminal"],
            transports=["websocket"],
            wait_timeout=_CONNECT_SECONDS,
        )
        self._socket = client

    @property
    def cookie(self) -> str:
        """The login, as it travels in a header."""
        return "; ".join(f"{one.name}={one.value}" for one in self._http.cookies)

    @property
    def connected(self) -> bool:
        """Whether the socket lives."""
        return self._socket is not None and self._socket.connected

    def ask(self, event: str, data: Any, timeout_seconds: float = 10) -> Any:
        """An acknowledged socket message; :class:`Refused` for a problem."""
        answer = self._answer_to(event, data, timeout_seconds)
        if isinstance(answer, dict) and "problem" in answer:
            raise Refused(answer["problem"])
        return answer

    def _answer_to(self, event: str, data: Any, timeout_seconds: float) -> Any:
        """The library's own ``call`` would sit out its timeout on a line that is already dead."""
        if self._socket is None:
            raise ConnectionError("no socket")
        answers: list[Any] = []
        arrived = threading.Event()

        def receive(answer: Any = None) -> None:
            answers.append(answer)
            arrived.set()

        try:
            self._socket.emit(event, data, namespace="/terminal", callback=receive)
        except socketio.exceptions.SocketIOError as error:
            raise ConnectionError(str(error)) from error
        ends = time.monotonic() + timeout_seconds
        while not arrived.wait(_LOOK_SECONDS):
            if not self.connected or time.monotonic() > ends:
                raise ConnectionError("no answer")
        return answers[0]

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.disconnect()
            self._socket = None

    def _on_bell(self, data: dict[str, Any]) -> None:
        self.keys.update(data["keys"])

    def _on_state(self, data: dict[str, Any]) -> None:
        self.state = data


def open_paper(blob: bytes, key: str, form_id: str) -> dict[str, Any]:
    """The items of a sealed form (docs/reference/terminal-api.md)."""
    plain = AESGCM(base64.b64decode(key)).decrypt(blob[:12], blob[12:], form_id.encode())
    (length,) = struct.unpack(">I", plain[:4])
    content: dict[str, Any] = json.loads(plain[4 : 4 + length])
    return content
