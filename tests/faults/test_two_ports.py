"""Two servers on two ports, one PostgreSQL, one Redis: a room that does not notice."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from exam_client.robots.client import Refused, Terminal
from exam_server.demo.staff import StaffBrowser
from exam_server.errors import Refusal
from tests.builders.services import Postgres, Redis, running_redis
from tests.builders.waiting import wait_until
from tests.faults import audit
from tests.faults.room import Room, served_room

pytestmark = pytest.mark.faults
SOON_SECONDS = 5.0
ANSWERS_EACH = 40


@dataclass(slots=True)
class Site:
    """The room, served by ``room`` and by ``other``; ``redis`` between them."""

    room: Room
    other: Room
    redis: Redis

    def chief_at_the_other(self) -> StaffBrowser:
        """The chief proctor, whose requests the proxy sends to the other server."""
        return self.other.chief()


@pytest.fixture
def site(postgres: Postgres, tmp_path: Path, seed: int) -> Iterator[Site]:
    """Both are there and hear each other."""
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(postgres.database())
        redis = stack.enter_context(running_redis())
        room = stack.enter_context(
            served_room(tmp_path, url, robots=3, seed=seed, redis_url=redis.url)
        )
        other = Room(room.settings, room.state, room.sitting_id, room.people)
        stack.callback(other.end)
        other.start()
        yield Site(room, other, redis)


def at(room: Room, person: dict[str, Any], machine: str = "first") -> Terminal:
    """A candidate's machine, logged in at this server, its socket open."""
    terminal = Terminal(room.url, f"{machine}-{person['seat']}")
    body = {key: person[key] for key in ("ticket", "id_number", "room", "seat")}
    terminal.call("POST", "/api/login", {**body, "terminal_id": terminal.terminal_id})
    terminal.call("POST", "/api/confirm", {"ok": True})
    terminal.call("POST", "/api/pledge", {})
    terminal.connect()
    return terminal


def soon(happens: Callable[[], object], what: str) -> None:
    """It happens by itself within a few seconds."""
    wait_until(what, happens, SOON_SECONDS)


def paper(terminal: Terminal) -> tuple[str, list[str]]:
    """Attempt and item ids of the only subject."""
    (subject,) = terminal.call("GET", "/api/stage")["subjects"]
    sections = subject["shape"]["sections"]
    ids = [item["id"] for section in sections for item in section["items"]]
    return str(terminal.call("GET", "/api/state")["attempts"][0]["id"]), ids


def test_a_day_through_both(site: Site) -> None:
    one, two, three = site.room.people
    here, there = at(site.room, one), at(site.other, two)

    # unsealed through one server, the bell rung through the other; both rooms' sockets hear it
    site.room.unseal()
    rung = site.chief_at_the_other()

    def rings() -> bool:
        with contextlib.suppress(Refusal):
            rung.ring(site.room.sitting_id)
            return True
        return False

    soon(rings, "the secrets have reached the other server")
    soon(lambda: here.keys and there.keys, "the bell through both")

    _one_attempt_through_both(site, here, one)
    _moves_to_the_other(site, there, two)
    _without_redis(site, here)
    _others_go_on(site, three)

    for terminal in (here, at(site.room, two, "spare"), at(site.room, three)):
        _hands_in(terminal)
    record = audit.read_record(site.room.close_and_export())
    assert record.outages == []
    status, report = audit.verification(site.room, record)
    assert status == 0, report
    assert "Traceback" not in site.room.said()


def _one_attempt_through_both(site: Site, here: Terminal, person: dict[str, Any]) -> None:
    """A terminal whose requests go now to one server, now to the other, at the same time."""
    attempt, items = paper(here)
    here.call("POST", f"/api/attempt/{attempt}/start", {})
    told: list[dict[str, Any]] = []

    def write(url: str, first: int) -> None:
        double = Terminal(url, here.terminal_id)
        double._http.cookies.update(here._http.cookies)
        for counter in range(first, 2 * ANSWERS_EACH, 2):
            answer = {
                "item": items[counter % 3],
                "options": "ab"[counter % 2],
                "marked": False,
                "revision": [1, counter + 1],
                "elapsed_ms": 0,
            }
            for _ in range(2):  # each is sent twice: the same receipt comes back
                body = {"responses": [answer]}
                receipts = double.call("PUT", f"/api/attempt/{attempt}/responses", body)
                told.extend(receipts["receipts"])

    threads = [
        threading.Thread(target=write, args=(room.url, first))
        for first, room in enumerate((site.room, site.other))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    by_revision = {tuple(one["revision"]): (one["seq"], one["digest"]) for one in told}
    assert len(told) == 4 * ANSWERS_EACH
    assert len(by_revision) == 2 * ANSWERS_EACH
    assert all(by_revision[tuple(one["revision"])] == (one["seq"], one["digest"]) for one in told)
    assert len({seq for seq, _ in by_revision.values()}) == 2 * ANSWERS_EACH
    kept = here.call("GET", f"/api/attempt/{attempt}/responses")["responses"]
    newest = {
        item: max(c for c in range(2 * ANSWERS_EACH) if items[c % 3] == item) for item in items[:3]
    }
    assert {row["item"]: row["options"] for row in kept} == {
        item: "ab"[counter % 2] for item, counter in newest.items()
    }


def _moves_to_the_other(site: Site, there: Terminal, person: dict[str, Any]) -> None:
    """The old machine's socket is held by one server, the new login comes to the other."""
    board = site.room.board()
    seat = next(tile for tile in board["seats"] if tile["seat"] == person["seat"])
    chief = site.room.chief()
    chief.post(f"/api/candidates/{seat['candidate_id']}/release", {"reason": "键盘坏了"})
    at(site.room, person, "spare").close()
    soon(lambda: not there.connected, "the old terminal goes dark")
    with pytest.raises(Refused):
        there.call("GET", "/api/state")


def _without_redis(site: Site, here: Terminal) -> None:
    """Pushes of the other server become polls; nobody sees an error; and back again."""
    site.redis.stop()
    board = site.room.board()
    candidate = next(t["candidate_id"] for t in board["seats"] if t["state"] == "working")
    path = f"/api/sittings/{site.room.sitting_id}/candidates/{candidate}/message"
    site.chief_at_the_other().post(path, {"text": "请安静"})
    texts = [message["text"] for message in here.call("GET", "/api/state")["messages"]]
    assert "请安静" in texts
    site.redis.start()
    sent: list[str] = []

    def told() -> bool:
        sent.append(f"第 {len(sent)} 次")
        site.chief_at_the_other().post(path, {"text": sent[-1]})
        time.sleep(0.2)
        return any(message["text"] in sent for message in here.state.get("messages", ()))

    soon(told, "pushes after Redis came back")


def _others_go_on(site: Site, person: dict[str, Any]) -> None:
    """One server is killed: the other serves, and it is no outage."""
    site.other.end()
    late = at(site.room, person)
    attempt, _items = paper(late)
    late.call("POST", f"/api/attempt/{attempt}/start", {})
    late.close()


def _hands_in(terminal: Terminal) -> None:
    attempt, _items = paper(terminal)
    terminal.call("POST", f"/api/attempt/{attempt}/start", {})
    body = {"responses": [], "confirmed": True}
    terminal.call("POST", f"/api/attempt/{attempt}/submit", body)
    terminal.close()
