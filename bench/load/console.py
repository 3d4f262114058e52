"""A proctor's console without a screen: the whole board once, then what changes."""

from __future__ import annotations

import asyncio
from typing import Any

from bench.load.line import Line, open_line
from bench.load.terminal import RefusedError, Surroundings, now_ms


class Console:
    """Watches one sitting."""

    def __init__(self, around: Surroundings, cookie: str, sitting_id: str) -> None:
        self._around, self._cookie, self._sitting_id = around, cookie, sitting_id
        self._line: Line | None = None
        self._answered: dict[str, int] = {}
        self._expected: dict[str, asyncio.Future[float]] = {}

    async def watch(self) -> int:
        """Ask for the board; how many candidates it shows."""
        around = self._around
        self._line = await open_line(around.url, "/console", self._cookie, self._told, around.tls)
        shown = await self._line.ask("watch", {"sitting_id": self._sitting_id})
        if "problem" in shown:
            raise RefusedError(str(shown["problem"]))
        self._take(shown["board"]["seats"])
        return len(self._answered)

    def close(self) -> None:
        """Hang up."""
        if self._line is not None:
            self._line.close()

    def sees(self, ticket: str) -> bool:
        """Whether this candidate sits here."""
        return ticket in self._answered

    def expect(self, ticket: str) -> asyncio.Future[float]:
        """When the board next shows another count of answers for this candidate."""
        future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._expected[ticket] = future
        return future

    def _told(self, event: str, data: Any) -> None:
        if event == "board":
            self._take(data["seats"])

    def _take(self, seats: list[dict[str, Any]]) -> None:
        for seat in seats:
            ticket = seat.get("ticket")
            if ticket is None or self._answered.get(ticket) == seat["answered"]:
                continue
            self._answered[ticket] = seat["answered"]
            future = self._expected.pop(ticket, None)
            if future is not None and not future.done():
                future.set_result(now_ms())
