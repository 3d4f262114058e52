"""The terminal's socket, frame by frame: what a browser, a bad client and a slow one send."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.builders.centre import PreparedCentre, small_centre
from tests.builders.exam_day import OwnTerminal, serving
from tests.builders.services import free_port

NAMESPACE = "/terminal"


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> PreparedCentre:
    """One candidate, one subject."""
    return small_centre(tmp_path_factory.mktemp("wire"), "wire", candidates=1)


@pytest.fixture(scope="module")
def url(centre: PreparedCentre) -> Iterator[str]:
    """A server."""
    with serving(centre, free_port()) as address:
        yield address


@pytest.fixture(scope="module")
def cookie(url: str, centre: PreparedCentre) -> str:
    """Of a terminal at which somebody has arrived."""
    own = OwnTerminal(url, centre.people[0])
    own.arrive()
    return own.wire.cookie


def _address(url: str) -> str:
    return url.replace("http://", "ws://") + "/socket.io/?EIO=4&transport=websocket"


@contextmanager
def opened(url: str, cookie: str, **options: Any) -> Iterator[ClientConnection]:
    """A socket that has joined the terminals' namespace and has been told its State."""
    with connect(_address(url), additional_headers={"Cookie": cookie}, **options) as line:
        assert str(line.recv()).startswith("0{"), "Engine.IO opens"
        line.send(f"40{NAMESPACE},")
        assert str(line.recv()).startswith(f"40{NAMESPACE},")
        yield line


def beat(line: ClientConnection, number: int) -> None:
    """A heartbeat; its acknowledgement comes, whatever else is told before."""
    line.send(f'42{NAMESPACE},{number}["beat",{{}}]')
    answered(line, number)


def answered(line: ClientConnection, number: int) -> None:
    """Reads on to the acknowledgement."""
    for _ in range(50):
        said = str(line.recv(timeout=10))
        if said.startswith(f"43{NAMESPACE},{number}["):
            assert "left_ms" in json.loads(said.partition("[")[1] + said.partition("[")[2])[0]
            return
    raise AssertionError("never answered")


def read_to_the_end(line: ClientConnection) -> None:
    """Raises how it ended."""
    while True:
        line.recv(timeout=10)


def test_a_message_in_pieces_is_one_message(url: str, cookie: str) -> None:
    with opened(url, cookie) as line:
        text = f'42{NAMESPACE},7["beat",{{}}]'
        line.send(iter([text[:3], text[3:9], "", text[9:]]))
        answered(line, 7)


def test_pieces_cut_anywhere_on_the_way_are_one_message(url: str, cookie: str) -> None:
    """TCP keeps no borders: byte by byte, and three messages in one."""
    with opened(url, cookie) as line:
        line.protocol.send_text(f'42{NAMESPACE},8["beat",{{}}]'.encode())
        for sign in b"".join(line.protocol.data_to_send()):
            line.socket.sendall(bytes([sign]))
        answered(line, 8)
        for number in (9, 10, 11):
            line.protocol.send_text(f'42{NAMESPACE},{number}["beat",{{}}]'.encode())
        line.socket.sendall(b"".join(line.protocol.data_to_send()))
        for number in (9, 10, 11):
            answered(line, number)


def test_a_ping_of_the_protocol_is_answered(url: str, cookie: str) -> None:
    with opened(url, cookie) as line:
        assert line.ping().wait(10)
        beat(line, 1)


def test_nobody_is_offered_compression(url: str, cookie: str) -> None:
    """Two windows of memory per terminal, for messages of 200 bytes."""
    with opened(url, cookie, compression="deflate") as line:
        assert line.response is not None
        assert "Sec-WebSocket-Extensions" not in line.response.headers


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        pytest.param(b"\x81\x82\0\0\0\0\xff\xfe", 1007, id="no text"),
        pytest.param(b"\x81\x02ab", 1002, id="not masked"),
        pytest.param(b"\x83\x80\0\0\0\0", 1002, id="no such kind"),
        pytest.param(b"\x80\x80\0\0\0\0", 1002, id="goes on with nothing"),
        pytest.param(b"\x81\xff" + (2**40).to_bytes(8, "big") + b"\0\0\0\0", 1009, id="endless"),
    ],
)
def test_what_is_no_frame_ends_its_own_socket_with_the_reason(
    url: str, cookie: str, frame: bytes, code: int
) -> None:
    with opened(url, cookie) as neighbour:
        with opened(url, cookie) as line:
            line.socket.sendall(frame)
            with pytest.raises(ConnectionClosed) as ended:
                read_to_the_end(line)
            assert ended.value.rcvd is not None
            assert ended.value.rcvd.code == code
        beat(neighbour, 2)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8"), id="version"),
        pytest.param(("Sec-WebSocket-Key: ", "Sec-WebSocket-Key: short"), id="key"),
    ],
)
def test_a_handshake_that_is_none_is_refused(url: str, change: tuple[str, str]) -> None:
    host, port = url.removeprefix("http://").split(":")
    asked = (
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
        f"Host: {host}:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    ).replace(*change)
    with closing(socket.create_connection((host, int(port)), timeout=10)) as line:
        line.sendall(asked.encode())
        answer = line.recv(4096)
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_whoever_reads_nothing_holds_nobody_up(url: str, cookie: str) -> None:
    """Its TCP window fills with answers; the writer waits, the neighbour does not notice."""
    with opened(url, cookie) as neighbour:
        host, port = url.removeprefix("http://").split(":")
        slow = socket.socket()
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect((host, int(port)))
        with closing(slow), opened(url, cookie, sock=slow) as line:
            line.protocol.send_ping(b"x" * 120)
            ping = b"".join(line.protocol.data_to_send())
            for _ in range(150):
                slow.sendall(ping)
            began = time.monotonic()
            for number in range(5):
                beat(neighbour, number)
            assert time.monotonic() - began < 5


def test_the_page_that_is_left_says_goodbye_and_is_answered(url: str, cookie: str) -> None:
    with opened(url, cookie) as line:
        line.close(1001)
        assert line.close_code == 1001
