"""The sockets of a running server: who may open one, and who is cut off when."""

from __future__ import annotations

import http.client
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import socketio

from exam_client.robots.client import Refused, Terminal
from exam_server.demo.staff import StaffBrowser
from tests.builders.centre import PASSWORD, PreparedCentre, small_centre
from tests.builders.exam_day import OwnTerminal, serving
from tests.builders.services import free_port
from tests.builders.waiting import wait_until

TERMINAL, CONSOLE = "/terminal", "/console"


class _Plain(socketio.packet.Packet):  # type: ignore[misc]
    """Says in ASCII what no text encoding can."""

    json = json


class Line:
    """A socket in the test's hands; what it was told, and whether it is still open."""

    def __init__(self, url: str, namespace: str, cookie: str) -> None:
        self.told: list[str] = []
        self.client = socketio.Client(reconnection=False, serializer=_Plain)
        self.client.on("*", lambda event, *_: self.told.append(event), namespace=namespace)
        self.gone = threading.Event()
        self.client.on("disconnect", lambda *_: self.gone.set(), namespace=namespace)
        self.client.connect(
            url,
            headers={"Cookie": cookie},
            namespaces=[namespace],
            transports=["websocket"],
            wait_timeout=5,
        )
        self.namespace = namespace

    def ask(self, event: str, data: Any) -> Any:
        """An acknowledged message."""
        return self.client.call(event, data, namespace=self.namespace, timeout=10)

    def close(self) -> None:
        """Hang up."""
        self.client.disconnect()


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> PreparedCentre:
    """Three candidates, one subject."""
    return small_centre(tmp_path_factory.mktemp("sockets"), "sockets", candidates=3)


@pytest.fixture(scope="module")
def url(centre: PreparedCentre) -> Iterator[str]:
    """A server."""
    with serving(centre, free_port()) as address:
        yield address


def arrived(url: str, centre: PreparedCentre, number: int) -> Terminal:
    own = OwnTerminal(url, centre.people[number])
    own.arrive()
    return own.wire


def staff_cookie(staff: StaffBrowser) -> str:
    return "; ".join(f"{one.name}={one.value}" for one in staff._http.cookies)


def test_only_whoever_is_logged_in_opens_a_socket_and_only_their_own(
    url: str, centre: PreparedCentre
) -> None:
    candidate = arrived(url, centre, 0).cookie
    staff = staff_cookie(StaffBrowser(url, "proctor", PASSWORD))
    for namespace, right, wrong in ((TERMINAL, candidate, staff), (CONSOLE, staff, candidate)):
        Line(url, namespace, right).close()
        for cookie in (wrong, "", "kc_terminal=x; kc_staff=x"):
            with pytest.raises(socketio.exceptions.ConnectionError):
                Line(url, namespace, cookie)


def test_a_page_of_another_origin_opens_none(url: str, centre: PreparedCentre) -> None:
    """The browser would send the cookies along; it also says where the page is from."""
    cookie = arrived(url, centre, 0).cookie
    for origin, status in (
        (url, 101),
        (None, 101),  # no browser: it has no cookies that were not its own
        ("http://evil.example", 400),
        ("null", 400),
        (url.replace("http", "https"), 400),
        (f"{url}.evil.example", 400),
    ):
        assert handshake(url, cookie, origin) == status, origin


def handshake(url: str, cookie: str, origin: str | None) -> int:
    """The status that a websocket is answered with."""
    where = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
    headers = {
        "Cookie": cookie,
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "x3JJHMbDL1EzLkh9GBhXDw==",
        "Sec-WebSocket-Version": "13",
        **({"Origin": origin} if origin else {}),
    }
    with closing(where):
        where.request("GET", "/socket.io/?EIO=4&transport=websocket", headers=headers)
        with where.getresponse() as answer:
            return answer.status


def test_a_second_login_at_the_same_machine_ends_the_first(
    url: str, centre: PreparedCentre
) -> None:
    first = Line(url, TERMINAL, arrived(url, centre, 0).cookie)
    second = Line(url, TERMINAL, arrived(url, centre, 0).cookie)
    assert first.gone.wait(10)
    assert "left_ms" in second.ask("beat", {})
    second.close()


def test_the_old_machine_is_cut_off_and_the_new_one_is_not(
    url: str, centre: PreparedCentre
) -> None:
    person = centre.people[1]
    old = arrived(url, centre, 1)
    line = Line(url, TERMINAL, old.cookie)
    me = old.call("GET", "/api/me")
    proctor = StaffBrowser(url, "proctor", PASSWORD)
    candidate = me["me"]["candidate_id"]
    proctor.post(f"/api/candidates/{candidate}/release", {"reason": "换机"})
    attempt = me["state"]["attempts"][0]["id"]
    assert line.ask("beat", {"attempt_id": attempt})["left_ms"] > 0, "still theirs until moved"
    seats = proctor.get(f"/api/sittings/{centre.sitting_id}/board")["seats"]
    spare = max(seat["seat"] for seat in seats)  # the last one, by the builder's plan
    new = Terminal(url, "spare")
    body = {name: person[name] for name in ("ticket", "id_number", "room")}
    new.call("POST", "/api/login", {**body, "seat": spare, "terminal_id": "spare"})
    fresh = Line(url, TERMINAL, new.cookie)
    assert line.gone.wait(10)
    assert "fenced" in line.told
    with pytest.raises(socketio.exceptions.ConnectionError):
        Line(url, TERMINAL, old.cookie)
    with pytest.raises(Refused, match="not_logged_in"):
        old.call("GET", "/api/state")
    assert fresh.ask("beat", {"attempt_id": attempt})["left_ms"] > 0
    assert "fenced" not in fresh.told
    assert not fresh.gone.is_set()
    fresh.close()


def test_an_old_socket_that_nobody_has_cut_off_yet_neither_begins_nor_hands_in(
    url: str, centre: PreparedCentre
) -> None:
    """Another process has seated the candidate elsewhere, and its word has not come yet."""
    old = arrived(url, centre, 2)
    line = Line(url, TERMINAL, old.cookie)
    me = old.call("GET", "/api/me")
    attempt = {"attempt_id": me["state"]["attempts"][0]["id"]}
    handing_in = {**attempt, "responses": [], "confirmed": True}

    def refusals() -> list[str]:
        asked = (("start", attempt), ("submit", handing_in))
        return [line.ask(event, data)["problem"]["type"] for event, data in asked]

    assert refusals() == ["bell_not_rung", "not_started"], "theirs, and nothing has begun"
    database = centre.settings.data / "kaochang.sqlite3"
    moved = "UPDATE terminal SET token_hash = 'elsewhere' WHERE candidate_id = ?"
    with closing(sqlite3.connect(database, timeout=30)) as connection, connection:
        connection.execute(moved, (me["me"]["candidate_id"],))
    assert refusals() == ["not_logged_in", "not_logged_in"]
    line.close()


def test_a_board_is_shown_to_nobody_who_has_left_or_was_disabled(
    url: str, centre: PreparedCentre
) -> None:
    leaves, stays = (StaffBrowser(url, name, PASSWORD) for name in ("proctor", "chief"))
    disabled = StaffBrowser(url, "admin", PASSWORD)
    lines = {who: Line(url, CONSOLE, staff_cookie(who)) for who in (leaves, disabled, stays)}
    for line in lines.values():
        assert line.ask("watch", {"sitting_id": centre.sitting_id})["board"]
    leaves._http.post(f"{url}/console/logout", data={"csrf": leaves._csrf}, timeout=30)
    database = centre.settings.data / "kaochang.sqlite3"
    with closing(sqlite3.connect(database, timeout=30)) as connection, connection:
        connection.execute("UPDATE staff SET disabled = 1 WHERE login = 'admin'")
    assert lines[leaves].gone.wait(10)
    assert lines[disabled].gone.wait(10)
    seen = len(lines[stays].told)
    wait_until("another board", lambda: len(lines[stays].told) > seen, 10)
    assert not lines[stays].gone.is_set()
    lines[stays].close()
    with pytest.raises(socketio.exceptions.ConnectionError):
        Line(url, CONSOLE, staff_cookie(disabled))


@pytest.mark.parametrize(
    "message",
    [
        {"attempt_id": "\ud800", "responses": []},
        {"attempt_id": "a\x00b", "responses": []},
        {"attempt_id": "x" * 20, "responses": [], "current_item": 10**30},
        {"attempt_id": ["x"], "responses": {}},
        "text",
        None,
    ],
)
def test_nonsense_of_one_terminal_is_nobody_elses_trouble(
    url: str, centre: PreparedCentre, message: Any
) -> None:
    sender = Line(url, TERMINAL, arrived(url, centre, 0).cookie)
    neighbour = Line(url, TERMINAL, arrived(url, centre, 2).cookie)
    problem = sender.ask("responses", message)["problem"]
    assert problem["type"] in ("malformed", "not_found")
    assert problem["status"] in (422, 404), "the storage has no part in it"
    assert "left_ms" in neighbour.ask("beat", {})
    sender.close()
    neighbour.close()


def test_a_message_larger_than_a_paper_ends_its_own_socket_only(
    url: str, centre: PreparedCentre
) -> None:
    sender = Line(url, TERMINAL, arrived(url, centre, 0).cookie)
    neighbour = Line(url, TERMINAL, arrived(url, centre, 2).cookie)
    fits = {"attempt_id": "x" * 20, "responses": [], "padding": "y" * 200_000}
    assert sender.ask("responses", fits)["problem"]["type"] == "not_found"
    wire = sender.client.eio.ws
    sender.client.emit("responses", {**fits, "padding": "y" * 300_000}, namespace=TERMINAL)
    assert sender.gone.wait(10)
    wire.shutdown()  # the library leaves it open when the server hangs up
    assert "left_ms" in neighbour.ask("beat", {})
    assert not neighbour.gone.is_set()
    neighbour.close()
