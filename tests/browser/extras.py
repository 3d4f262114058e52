"""People of a room who are in a state on purpose: idle, hand up, paused, lost, between, done."""

from __future__ import annotations

import contextlib
from typing import Any

from exam_client.robots.client import Refused
from exam_client.robots.client import Terminal as Machine
from exam_client.robots.plan import flat_items
from tests.browser.centre import BrowserCentre, Room


class Extras:
    """Terminals without a screen, through the documented interface. ``close`` hangs them up."""

    def __init__(self, centre: BrowserCentre, room: Room) -> None:
        self._centre, self._room = centre, room
        self._machines: dict[int, Machine] = {}
        self._blocks: dict[int, list[dict[str, Any]]] = {}

    def arrive(self, *seats: int) -> None:
        """Log in, confirm, pledge, hold the line open."""
        for seat in seats:
            person = next(one for one in self._room.people if one.seat == seat)
            machine = Machine(self._centre.url, f"extra-{seat}")
            numbers = {"ticket": person.ticket, "id_number": person.id_number}
            place = {"room": person.room, "seat": seat, "terminal_id": machine.terminal_id}
            me = machine.call("POST", "/api/login", {**numbers, **place})["me"]
            machine.call("POST", "/api/confirm", {"ok": True})
            machine.call("POST", "/api/pledge", {})
            machine.connect()
            self._machines[seat], self._blocks[seat] = machine, me["block"]

    def work(self, seat: int, count: int) -> None:
        """Opens the first subject and answers its first ``count`` items."""
        machine, attempt = self._machines[seat], self._attempt(seat)
        machine.call("POST", f"/api/attempt/{attempt}/start", {"terminal_elapsed_ms": 0})
        stage = machine.call("GET", "/api/stage")["subjects"][0]
        answers = [
            {
                "item": item,
                "options": "ab" if kind == "multiple" else "a",
                "marked": number % 7 == 0,
                "revision": [1, number],
                "elapsed_ms": number * 1000,
            }
            for number, (item, kind, _) in enumerate(flat_items(stage)[:count], start=1)
        ]
        batch = {"responses": answers, "current_item": count, "offline_ms": 0}
        if answers:
            machine.call("PUT", f"/api/attempt/{attempt}/responses", batch)

    def hand_in(self, seat: int) -> None:
        """The first subject; the next one is not begun."""
        body = {"responses": [], "confirmed": True}
        self._machines[seat].call("POST", f"/api/attempt/{self._attempt(seat)}/submit", body)

    def raise_hand(self, seat: int) -> None:
        """举手."""
        self._machines[seat].call("POST", "/api/hand", {"raised": True})

    def ask_elsewhere(self, seat: int) -> int:
        """Types the numbers at the last spare machine too, and waits there; that machine."""
        board = self._centre.staff().board(self._room.sitting_id)
        spare = max(one["seat"] for one in board["seats"] if one["state"] == "spare")
        person = next(one for one in self._room.people if one.seat == seat)
        machine = Machine(self._centre.url, f"extra-{seat}-spare")
        numbers = {"ticket": person.ticket, "id_number": person.id_number}
        place = {"room": person.room, "seat": spare, "terminal_id": machine.terminal_id}
        with contextlib.suppress(Refused):
            machine.call("POST", "/api/login", {**numbers, **place})
        return int(spare)

    def fall_silent(self, seat: int) -> None:
        """Switched off in mid-exam."""
        self._machines.pop(seat).close()

    def act(self, seat: int, what: str, body: dict[str, Any]) -> None:
        """What a proctor does about the first subject of who sits there."""
        self._centre.staff().post(f"/api/attempts/{self._attempt(seat)}/{what}", body)

    def close(self) -> None:
        """Everybody hangs up."""
        for machine in self._machines.values():
            machine.close()
        self._machines.clear()

    def _attempt(self, seat: int) -> str:
        return str(self._blocks[seat][0]["attempt_id"])
