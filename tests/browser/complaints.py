"""What a browser complained of, without what its story was meant to provoke."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page

# a line that is down; which request met it is a matter of chance
_LINE = ("net::ERR_", "WebSocket connection", "Failed to fetch")
_STATUS = re.compile(r"the server responded with a status of (\d{3})")


class Complaints(list[str]):
    """Errors of a page and of its console, as texts.

    A refused request is an error in the browser's eyes. Only those are passed over that the
    story names beforehand by :meth:`expect`.
    """

    def __init__(self) -> None:
        super().__init__()
        self._expected: list[tuple[int, re.Pattern[str]]] = []

    def expect(self, status: int, path: str) -> None:
        """Requests whose path matches ``path`` as a whole may be refused with ``status``."""
        self._expected.append((status, re.compile(path)))

    def listen(self, page: Page) -> None:
        """Hear what this page says from now on."""
        page.on("pageerror", lambda error: self.append(f"page error: {error}"))
        page.on("console", self._heard)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type != "error" or any(mark in message.text for mark in _LINE):
            return
        path = urlsplit(message.location["url"]).path
        found = _STATUS.search(message.text)
        if found and any(
            int(found[1]) == status and pattern.fullmatch(path)
            for status, pattern in self._expected
        ):
            return
        self.append(f"console: {path}: {message.text}")
