"""What leaves by a terminal's connection: at once, whole, in order, and waiting for nobody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeGuard

import engineio
import gevent
import pytest
import socketio
from engineio.packet import MESSAGE, Packet
from engineio.socket import Socket
from gevent import socket
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from exam_server.later import Later
from exam_server.serving.acknowledging import MOST_UNANSWERED, acknowledge_later
from exam_server.serving.pinging import TURNS, Pings
from exam_server.serving.websocket import PatientWebSocket

PATIENCE_SECONDS = 10


class Peer:
    """The terminal's end of a connection that a real server serves at the other."""

    def __init__(self) -> None:
        self.server = engineio.Server(async_mode="gevent")
        self.server.on("message", lambda _sid, text: self.heard.append(text))
        self.heard: list[str] = []
        self.end, self.theirs = _connected()
        self.connection = Socket(self.server, "sid")
        self.server.sockets["sid"] = self.connection
        self.protocol = ClientProtocol(parse_uri("ws://kaochang/"), max_size=None)
        handshake = self.protocol.connect()
        environ: dict[str, Any] = {"gunicorn.socket": self.theirs}
        environ |= {"REQUEST_METHOD": "GET", "SERVER_PROTOCOL": "HTTP/1.1"}
        environ |= {
            f"HTTP_{name.upper().replace('-', '_')}": value
            for name, value in handshake.headers.raw_items()
        }
        ws = PatientWebSocket(self.connection._websocket_handler, self.server)
        self.serving = gevent.spawn(self._served, ws, environ)
        self.protocol.send_request(handshake)
        self.protocol.data_to_send()  # it went by the environ

    @staticmethod
    def _served(ws: PatientWebSocket, environ: dict[str, Any]) -> None:
        with pytest.raises(StopIteration):
            ws(environ, None)

    def greeted(self) -> None:
        """The handshake is done."""
        while self.protocol.state is not State.OPEN:
            self.protocol.receive_data(self.end.recv(65536))

    def read(self, count: int) -> list[str]:
        """The next ``count`` messages."""
        texts: list[str] = []
        while len(texts) < count:
            self.protocol.receive_data(self.end.recv(65536))
            frames = [one for one in self.protocol.events_received() if _is_text(one)]
            texts += [bytes(frame.data).decode() for frame in frames]
        return texts

    def say(self, text: str) -> None:
        """One message to the server."""
        self.protocol.send_text(text.encode())
        for data in self.protocol.data_to_send():
            self.end.sendall(data)


def _is_text(event: object) -> TypeGuard[Frame]:
    return isinstance(event, Frame) and event.opcode is Opcode.TEXT


def _connected() -> tuple[Any, Any]:
    """Both ends of a TCP connection."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    mine = socket.socket()
    mine.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    mine.connect(listening.getsockname())
    theirs, _ = listening.accept()
    listening.close()
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
    return mine, theirs


@pytest.fixture
def peer() -> Iterator[Peer]:
    one = Peer()
    with gevent.Timeout(PATIENCE_SECONDS):
        one.greeted()
    yield one
    one.end.close()
    one.serving.join(PATIENCE_SECONDS)
    one.theirs.close()
    assert one.serving.successful()
    assert "sid" not in one.server.sockets or one.connection.closed


def test_a_ping_leaves_by_the_connection_and_whoever_says_anything_is_there(peer: Peer) -> None:
    server, connection = peer.server, peer.connection
    server.on("connect", lambda _sid, _environ: None)
    pings = Pings(server)
    server._trigger_event("connect", "sid", {}, run_async=False)
    with gevent.Timeout(PATIENCE_SECONDS):
        for answer in ("3", "4a message instead"):
            for _ in range(TURNS):
                pings.turn()
            assert peer.read(1) == ["2"]
            assert connection.last_ping is not None
            peer.say(answer)
            while connection.last_ping is not None:
                gevent.sleep(0.001)
    assert peer.heard == ["a message instead"]


def test_whoever_sends_waits_for_no_terminal_and_nothing_is_lost(peer: Peer) -> None:
    """It takes nothing, more is told to it than the kernel keeps, and then it takes everything."""
    others_ran: list[bool] = []
    gevent.spawn(others_ran.append, True)
    texts = [str(number) for number in range(15_000)]  # small: they fill the kernel to the byte
    for text in texts[:-50]:
        peer.connection.send(Packet(MESSAGE, text))
    assert not others_ran, "sending switched to somebody else"
    gevent.sleep(0.01)  # now a greenlet waits for the kernel
    for text in texts[-50:]:
        peer.connection.send(Packet(MESSAGE, text))
    with gevent.Timeout(PATIENCE_SECONDS):
        assert peer.read(len(texts)) == [f"4{text}" for text in texts]


def test_who_takes_nothing_is_not_read(peer: Peer) -> None:
    """Or whoever asks without end and never listens would fill the memory with answers."""
    peer.connection.send(Packet(MESSAGE, "x" * 30_000_000))
    gevent.sleep(0.01)
    peer.say("4one")  # somebody was waiting for this already
    gevent.sleep(0.01)
    peer.say("4two")
    gevent.sleep(0.05)
    assert peer.heard == ["one"]
    with gevent.Timeout(PATIENCE_SECONDS):
        peer.read(1)
        while len(peer.heard) < 2:
            gevent.sleep(0.001)
    assert peer.heard == ["one", "two"]


def test_the_server_says_goodbye_and_the_end_is_told(peer: Peer) -> None:
    gone: list[str] = []
    peer.server.on("disconnect", lambda _sid, reason: gone.append(reason))
    with gevent.Timeout(PATIENCE_SECONDS):
        peer.server.disconnect("sid")
        assert peer.read(1) == ["1"], "Engine.IO's own goodbye"
    assert gone == ["server disconnect"]
    peer.connection.queue.put(Packet(MESSAGE, "too late"))  # is nothing, and no error


def test_nonsense_ends_this_connection_alone(peer: Peer) -> None:
    peer.say("")
    with gevent.Timeout(PATIENCE_SECONDS):
        peer.serving.join()
    assert peer.connection.closed


def test_a_terminal_with_many_unanswered_messages_is_not_read_on() -> None:
    """Answers that come later; the acknowledgement of each carries its own number."""
    server = socketio.Server(async_mode="threading")
    acknowledge_later(server)
    sent: list[tuple[int, Any]] = []
    server._send_packet = lambda _eio, packet: sent.append((packet.id, packet.data))
    given: list[Later] = []

    def ask(_sid: str, wants: str) -> Any:
        if wants == "now":
            return "at once"
        given.append(Later())
        return given[-1]

    server.on("ask", ask)
    handled: list[int] = []

    def terminal() -> None:
        for ident in range(MOST_UNANSWERED + 2):
            server._handle_event_internal(server, "sid", "eio", ["ask", "later"], "/", ident)
            handled.append(ident)
        server._handle_event_internal(server, "sid", "eio", ["ask", "now"], "/", 99)
        server._handle_event_internal(server, "sid", "eio", ["nobody listens"], "/", 100)

    reading = gevent.spawn(terminal)
    gevent.sleep(0.01)
    assert len(given) == MOST_UNANSWERED
    assert len(handled) == MOST_UNANSWERED - 1, "the last one is waited for"
    given[-1].give("eighth")
    gevent.sleep(0.01)
    assert len(given) == MOST_UNANSWERED + 1
    for later in reversed(given[:-2]):
        later.give("early")
    given[-1].give("ninth")
    gevent.sleep(0.01)
    given[-1].give("tenth")
    reading.join(PATIENCE_SECONDS)
    assert reading.successful()
    assert dict(sent)[MOST_UNANSWERED - 1] == ["eighth"]
    assert dict(sent)[MOST_UNANSWERED] == ["ninth"]
    assert dict(sent)[99] == ["at once"]
    assert len(sent) == MOST_UNANSWERED + 3, "each once; what nobody handles is not acknowledged"
