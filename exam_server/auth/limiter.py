"""Backing off after wrong logins, per account *and* address: a neighbour feels nothing.

In memory: a restart forgives. After five free tries the wait doubles from 1 s to 60 s; one
address that fails against many accounts is slowed on its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from exam_server.clock import Instant
from exam_server.errors import Refusal

FREE_TRIES = 5
FREE_TRIES_PER_ADDRESS = 40
LONGEST_WAIT_MS = 60_000
FORGET_MS = 15 * 60_000


@dataclass(slots=True)
class _Failures:
    count: int = 0
    last_ms: int = 0


class Limiter:
    """Counts failures by key."""

    def __init__(self) -> None:
        self._failures: dict[str, _Failures] = {}

    def check(self, account: str, address: str, now: Instant) -> None:
        """Refusal ``login_wait`` (429, facts: seconds) while this pair has to wait."""
        for key, free in _keys(account, address):
            wait_ms = self._wait_ms(key, free, now)
            if wait_ms > 0:
                raise Refusal("login_wait", 429, {"seconds": -(-wait_ms // 1000)})

    def failed(self, account: str, address: str, now: Instant) -> None:
        """Record a wrong login."""
        for key, _ in _keys(account, address):
            entry = self._failures.setdefault(key, _Failures())
            if now.boot_ms - entry.last_ms > FORGET_MS:
                entry.count = 0
            entry.count += 1
            entry.last_ms = now.boot_ms

    def succeeded(self, account: str, address: str) -> None:
        """A right login clears the pair, not the address."""
        self._failures.pop(f"{account}\n{address}", None)

    def _wait_ms(self, key: str, free: int, now: Instant) -> int:
        entry = self._failures.get(key)
        if entry is None or entry.count < free or now.boot_ms - entry.last_ms > FORGET_MS:
            return 0
        wait_ms = min(LONGEST_WAIT_MS, 1000 << min(entry.count - free, 6))
        return entry.last_ms + wait_ms - now.boot_ms


def _keys(account: str, address: str) -> tuple[tuple[str, int], tuple[str, int]]:
    return (f"{account}\n{address}", FREE_TRIES), (f"\n{address}", FREE_TRIES_PER_ADDRESS)
