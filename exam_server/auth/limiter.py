"""Backing off after wrong logins, per account *and* address: a neighbour feels nothing.

An *account* is what is being guessed at: a machine's seat, or a staff login; its *door* keeps
the two apart. In memory: a restart forgives. After five free tries the wait doubles from 1 s
to 60 s. An address that fails at many accounts of one door at once is slowed as a whole, at
that door only: somebody goes through a list. A right login clears its account there too, so
that a room full of typing errors behind one address is no such list.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field

from exam_server.clock import Instant
from exam_server.errors import Refusal

FREE_TRIES = 5
FREE_ACCOUNTS_PER_ADDRESS = 40
LONGEST_WAIT_MS = 60_000
FORGET_MS = 15 * 60_000
MOST_ADDRESSES = 2_000  # more than a LAN has; the longest silent is forgotten first
MOST_ACCOUNTS = 500  # per door and address; a list waits a minute per try long before


@dataclass(slots=True)
class _Failures:
    count: int = 0
    last_ms: int = 0


@dataclass(slots=True)
class _Address:
    """What failed from one address at one door, the longest ago first."""

    accounts: OrderedDict[bytes, _Failures] = field(default_factory=OrderedDict)
    last_ms: int = 0


class Limiter:
    """Counts failures. Memory is bounded, whatever is typed and however often."""

    def __init__(self) -> None:
        self._addresses: OrderedDict[tuple[str, str], _Address] = OrderedDict()

    def check(self, door: str, account: str, address: str, now: Instant) -> None:
        """Refusal ``login_wait`` (429, facts: seconds) while this pair has to wait."""
        known = self._addresses.get((door, address))
        if known is None:
            return
        _forget(known.accounts, now)
        mine = known.accounts.get(_short(account), _Failures())
        wait_ms = max(
            _wait_ms(mine.count - FREE_TRIES, mine.last_ms, now),
            _wait_ms(len(known.accounts) - FREE_ACCOUNTS_PER_ADDRESS, known.last_ms, now),
        )
        if wait_ms > 0:
            raise Refusal("login_wait", 429, {"seconds": -(-wait_ms // 1000)})

    def failed(self, door: str, account: str, address: str, now: Instant) -> None:
        """Record a wrong login."""
        known = self._addresses.setdefault((door, address), _Address())
        self._addresses.move_to_end((door, address))
        known.last_ms = now.boot_ms
        _forget(known.accounts, now)
        mine = known.accounts.setdefault(_short(account), _Failures())
        known.accounts.move_to_end(_short(account))
        mine.count, mine.last_ms = mine.count + 1, now.boot_ms
        while len(known.accounts) > MOST_ACCOUNTS:
            known.accounts.popitem(last=False)
        while len(self._addresses) > MOST_ADDRESSES:
            self._addresses.popitem(last=False)

    def succeeded(self, door: str, account: str, address: str) -> None:
        """A right login clears its account at this address."""
        known = self._addresses.get((door, address))
        if known is not None:
            known.accounts.pop(_short(account), None)

    @property
    def remembered(self) -> int:
        """How many accounts are kept at the moment."""
        return sum(len(known.accounts) for known in self._addresses.values())


def _short(account: str) -> bytes:
    """Whatever was typed takes 32 bytes."""
    return hashlib.sha256(account.encode(errors="replace")).digest()


def _forget(accounts: OrderedDict[bytes, _Failures], now: Instant) -> None:
    """Failures of a quarter of an hour ago are forgiven."""
    while accounts:
        oldest = next(iter(accounts))
        if now.boot_ms - accounts[oldest].last_ms <= FORGET_MS:
            return
        del accounts[oldest]


def _wait_ms(over: int, last_ms: int, now: Instant) -> int:
    if over < 0:
        return 0
    return last_ms + min(LONGEST_WAIT_MS, 1000 << min(over, 6)) - now.boot_ms
