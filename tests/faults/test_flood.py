"""One terminal gone mad sends thousands of messages a second: the others hardly feel it.

Alone on two cores the flood is 12,000 messages a second (docs/security.md); beside other tests
it is what is left of the machine.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from exam_client.robots.client import Terminal
from tests.builders.services import ROOT
from tests.builders.waiting import wait_until
from tests.faults import audit
from tests.faults.room import Room, served_room

pytestmark = pytest.mark.faults

FLOOD_SECONDS = 5.0
LEAST_PER_SECOND = 2_000
P99_SECONDS = 0.5


def logged_in(room: Room, person: dict[str, Any]) -> tuple[Terminal, str, str]:
    """A terminal that has checked in; its attempt, and an item of it with two options or more."""
    terminal = Terminal(room.url, f"by-hand-{person['seat']}")
    body = {key: person[key] for key in ("ticket", "id_number", "room", "seat")}
    me = terminal.call("POST", "/api/login", {**body, "terminal_id": terminal.terminal_id})["me"]
    terminal.call("POST", "/api/confirm", {"ok": True})
    terminal.call("POST", "/api/pledge", {})
    (stage,) = terminal.call("GET", "/api/stage")["subjects"]
    return terminal, me["block"][0]["attempt_id"], stage["shape"]["sections"][0]["items"][0]["id"]


def waits_of(
    terminal: Terminal, attempt: str, item: str, flood: subprocess.Popen[bytes]
) -> Iterator[float]:
    """Seconds until each answer of a calm terminal is acknowledged, while the flood lasts."""
    for counter in count(1):
        if flood.poll() is not None:
            return
        answer = {
            "item": item,
            "options": "a",
            "marked": False,
            "revision": [1, counter],
            "elapsed_ms": 0,
        }
        sent = time.monotonic()
        terminal.ask("responses", {"attempt_id": attempt, "responses": [answer]}, 30)
        yield time.monotonic() - sent
        time.sleep(0.1)


def until_it_reads_no_more(room: Room, seat: int) -> None:
    """The rest of the flood is read when the paper is in already, and kept for two persons to
    refuse, until the server takes the silent sender for dead."""
    person = next(one for one in room.board()["seats"] if one["seat"] == seat)["candidate_id"]
    gone = f"the end of the socket of {person}"
    wait_until(gone, lambda: person not in room.connected(), 90, every=0.1)


def test_a_terminal_that_floods_does_not_stop_the_others(tmp_path: Path, seed: int) -> None:
    with served_room(
        tmp_path, f"sqlite:///{tmp_path}/data/kaochang.sqlite3", robots=12, seed=seed
    ) as room:
        mad, calm, *rest = room.people
        flooder, flooded, item = logged_in(room, mad)
        terminal, attempt, own_item = logged_in(room, calm)
        people = [{**person, "pace": 6.0, "manner": "hands_in"} for person in rest]
        with room.robots(people, str(seed)) as robots:
            room.unseal()
            room.until_waiting(12)
            room.ring()
            flooder.call("POST", f"/api/attempt/{flooded}/start", {})
            terminal.call("POST", f"/api/attempt/{attempt}/start", {})
            terminal.connect()

            with subprocess.Popen(
                [
                    *(sys.executable, "-m", "tests.faults.flood", room.url, flooder.cookie),
                    *(flooded, item, str(FLOOD_SECONDS)),
                ],
                cwd=ROOT,
                stdout=subprocess.PIPE,
            ) as flood:
                waits = [*waits_of(terminal, attempt, own_item, flood)]
                amount = json.loads(flood.communicate()[0])
            assert amount["messages"] >= LEAST_PER_SECOND * FLOOD_SECONDS
            waits.sort()
            print(amount, len(waits), "median", waits[len(waits) // 2], "longest", waits[-1])
            assert len(waits) > 20
            assert waits[len(waits) * 99 // 100 - 1] < P99_SECONDS

            assert robots.wait(60) == 0
            for one, ident in ((flooder, flooded), (terminal, attempt)):
                done = {"responses": [], "current_item": 1, "confirmed": True}
                one.call("POST", f"/api/attempt/{ident}/submit", done)
            terminal.close()
        until_it_reads_no_more(room, mad["seat"])
        record = audit.read_record(room.close_and_export())
        ledger = audit.read_ledger(room)
        assert audit.lost_or_altered(ledger, record) == []
        assert audit.not_the_newest(ledger, record) == []
        status, report = audit.verification(room, record)
        assert status == 0, report
