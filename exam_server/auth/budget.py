"""How much one terminal may ask for: enough for anybody at a keyboard, too little for a flood.

One bucket per login. It holds ``burst`` requests and is filled again by ``per_second``; whoever
finds theirs empty is told after how many seconds to come back, and nobody else feels it. What a
terminal has to deliver stays in its outbox meanwhile. In memory: a restart fills every bucket.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

from exam_server.clock import Instant
from exam_server.errors import Refusal

MOST_LOGINS = 20_000  # buckets that are kept; one that was not used for longest is full anyway


@dataclass(slots=True)
class _Bucket:
    left: float
    at_ms: int


class Budget:
    """Buckets of one kind of request. Memory is bounded, whoever asks."""

    def __init__(self, *, burst: int, per_second: float) -> None:
        self._burst, self._per_ms = burst, per_second / 1000
        self._buckets: OrderedDict[bytes, _Bucket] = OrderedDict()

    def take(self, login: str, now: Instant, *, units: int = 1) -> None:
        """Spend ``units`` of this login's bucket, or Refusal ``too_many`` (429, facts: seconds).
        Whoever asks for more than a full bucket empties it once."""
        key = hashlib.sha256(login.encode(errors="replace")).digest()
        bucket = self._buckets.setdefault(key, _Bucket(self._burst, now.boot_ms))
        self._buckets.move_to_end(key)
        if len(self._buckets) > MOST_LOGINS:
            self._buckets.popitem(last=False)
        refilled = max(0, now.boot_ms - bucket.at_ms) * self._per_ms
        bucket.left = min(self._burst, bucket.left + refilled)
        bucket.at_ms = now.boot_ms
        wanted = min(units, self._burst)
        if bucket.left < wanted:
            wait_ms = (wanted - bucket.left) / self._per_ms
            raise Refusal("too_many", 429, {"seconds": max(1, -(-int(wait_ms) // 1000))})
        bucket.left -= wanted
