"""One candidate at one terminal, without a screen (docs/reference/terminal-api.md)."""

from __future__ import annotations

import asyncio
import random
import ssl
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import msgspec

from bench.load.line import Line, open_line

BEAT_SECONDS = 10.0
POLL_SECONDS, POLL_JITTER = 120.0, 0.2  # as a terminal polls while its socket lives
START_SPREAD_SECONDS = 1.0
HEADERS = {"X-Kaochang": "1", "Content-Type": "application/json"}


class RefusedError(Exception):
    """The server's problem+json."""


def now_ms() -> float:
    """The machine's monotonic clock, the same for every process of it."""
    return time.monotonic_ns() / 1e6


@dataclass(slots=True)
class Surroundings:
    """What all terminals of a process share."""

    url: str
    http: aiohttp.ClientSession
    tls: ssl.SSLContext | None


@dataclass(slots=True)
class Terminal:
    """``person``: a line of the robots' list. All ``*_at`` are :func:`now_ms`."""

    person: dict[str, Any]
    around: Surroundings
    draw: random.Random
    cookie: str = ""
    line: Line | None = None
    attempt: str = ""
    items: list[tuple[str, int]] = field(default_factory=list)
    fence: int = 1
    version: str = ""  # of the State
    counter: int = 0
    key_at: float = 0.0
    started_at: float = 0.0
    ended_at: float = 0.0
    result_at: float = 0.0
    granted_at: float = 0.0
    granted_ms: int = 0
    result: dict[str, Any] | None = None
    rung: asyncio.Event = field(default_factory=asyncio.Event)
    scored: asyncio.Event = field(default_factory=asyncio.Event)
    granted: asyncio.Event = field(default_factory=asyncio.Event)

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """One HTTP request; :class:`RefusedError` for a problem."""
        data = None if body is None else msgspec.json.encode(body)
        headers = HEADERS | ({"Cookie": self.cookie} if self.cookie else {})
        around = self.around
        async with around.http.request(
            method, around.url + path, data=data, headers=headers, ssl=around.tls or True
        ) as answer:
            content = await answer.read()
            if answer.status >= 400:
                raise RefusedError(f"{path}: {answer.status} {content[:200]!r}")
            if not self.cookie and answer.cookies:
                self.cookie = "; ".join(f"{n}={m.value}" for n, m in answer.cookies.items())
            return content if path.startswith("/blob/") else msgspec.json.decode(content)

    async def arrive(self) -> None:
        """See whose room this is, log in, open the socket, confirm, fetch the sealed form, pledge:
        what the terminal in the browser sends, in its order."""
        person = self.person
        await self.call("GET", f"/api/seat?room={person['room']}&seat={person['seat']}")
        login = {name: person[name] for name in ("ticket", "id_number", "room", "seat")}
        await self.call("POST", "/api/login", login | {"terminal_id": f"bench-{person['ticket']}"})
        await self.connect()
        await self.call("POST", "/api/confirm", {"ok": True})
        stage = (await self.call("GET", "/api/stage"))["subjects"][0]
        self.attempt = stage["attempt_id"]
        outline = {
            item["id"]: item["options"]
            for section in stage["shape"]["sections"]
            for item in section["items"]
        }
        self.items = [(ident, outline[ident]) for ident in stage["order"]["items"]]
        await self.call("GET", f"/blob/{stage['blob']}")
        await self.call("POST", "/api/pledge", {})

    async def connect(self) -> None:
        """Open the socket."""
        around = self.around
        self.line = await open_line(around.url, "/terminal", self.cookie, self._told, around.tls)

    def _told(self, event: str, data: Any) -> None:
        if event == "bell":
            self.key_at = self.key_at or now_ms()
            self.rung.set()
        elif event == "state":
            self._take(data)
            if data["attempts"][0]["state"] == "submitted":
                self.ended_at = self.ended_at or now_ms()
            if data["result"] and not self.scored.is_set():
                self.result, self.result_at = data["result"], now_ms()
                self.scored.set()

    def _take(self, state: dict[str, Any]) -> None:
        self.version = state["version"]
        granted_ms = state["attempts"][0]["granted_ms"]
        if granted_ms > self.granted_ms and not self.granted.is_set():
            self.granted_at = now_ms()
            self.granted.set()
        self.granted_ms = granted_ms

    def expects_more(self) -> None:
        """The next grant is waited for."""
        self.granted.clear()

    async def start(self) -> None:
        """Wait for the bell's key and start the time within a second, as a terminal does."""
        await self.rung.wait()
        await asyncio.sleep(self.draw.random() * START_SPREAD_SECONDS)
        opened_ms = int(now_ms() - self.key_at)
        state = (await self._act("start", {"terminal_elapsed_ms": opened_ms}))["state"]
        self._take(state)
        self.fence = state["attempts"][0]["fence"]
        self.started_at = now_ms()

    async def _act(self, event: str, data: dict[str, Any]) -> Any:
        """By the socket, as a terminal does while it lives."""
        assert self.line is not None
        answer = await self.line.ask(event, {"attempt_id": self.attempt, **data})
        if "problem" in answer:
            raise RefusedError(str(answer["problem"]))
        return answer

    async def save(self) -> float:
        """Answer the next item; ms until it was acknowledged as counted."""
        item, options = self.items[self.counter % len(self.items)]
        self.counter += 1
        letters = "abcdefgh"[:options]
        answer = {
            "item": item,
            "options": self.draw.choice(letters),  # one letter is well formed for every type
            "marked": False,
            "revision": [self.fence, self.counter],
            "elapsed_ms": int(now_ms() - self.key_at),
        }
        batch = {
            "responses": [answer],
            "current_item": (self.counter - 1) % len(self.items) + 1,
        }
        sent_at = now_ms()
        receipts = await self._act("responses", batch)
        if receipts["receipts"][0]["kept"] != "counted":
            raise RefusedError(str(receipts))
        return now_ms() - sent_at

    async def echo(self) -> float:
        """A message of an answer's size to a server that only acknowledges; ms."""
        assert self.line is not None
        sent_at = now_ms()
        await self.line.ask("responses", {"attempt_id": "x" * 26, "responses": ["x" * 100]})
        return now_ms() - sent_at

    async def beat(self) -> None:
        """A sign of life."""
        if self.line is not None and self.line.up:
            sign = {"attempt_id": self.attempt, "current_item": 1, "elapsed_ms": 0}
            answer = await self.line.ask("beat", sign | {"version": self.version})
            if "problem" in answer or (self.started_at and answer["left_ms"] is None):
                raise RefusedError(str(answer))
            if answer["state"] is not None:
                self._told("state", answer["state"])

    async def poll(self) -> None:
        """The poll behind the pushes."""
        self._told("state", await self.call("GET", "/api/state"))

    async def hand_in(self) -> None:
        """交卷, confirmed."""
        batch = {"responses": [], "current_item": len(self.items), "confirmed": True}
        self._take((await self._act("submit", batch))["state"])
        self.ended_at = self.ended_at or now_ms()

    async def await_result(self) -> None:
        """Wait until told the score."""
        await self.scored.wait()
