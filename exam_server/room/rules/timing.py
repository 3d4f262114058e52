"""An attempt's time: spent milliseconds plus a running-since mark (DESIGN §5).

Never a bare deadline: clock steps, reboots and pauses change nothing that was spent.
All values are milliseconds; ``now`` is handed in.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from exam_server.clock import Instant


class Timing(msgspec.Struct, frozen=True):
    """The time facts of one attempt.

    ``running_since_ms`` is on the boot clock of ``boot``; None while the time stands still.
    """

    limit_ms: int
    granted_ms: int = 0
    spent_ms: int = 0
    running_since_ms: int | None = None
    boot: str | None = None

    @property
    def running(self) -> bool:
        """Whether the time runs."""
        return self.running_since_ms is not None

    def spent(self, now: Instant) -> int:
        """Spent until ``now``. After a reboot nothing runs until the outage is committed."""
        if self.running_since_ms is None or self.boot != now.boot:
            return self.spent_ms
        return self.spent_ms + now.since(self.running_since_ms)

    def left(self, now: Instant) -> int:
        """Time left; negative once the time is over."""
        return self.limit_ms + self.granted_ms - self.spent(now)

    def may_answer(self, now: Instant, grace_ms: int = 0) -> bool:
        """Whether an answer that arrives now counts: time is left, or within the grace."""
        return self.running and self.left(now) > -grace_ms

    def expired(self, now: Instant, grace_ms: int) -> bool:
        """Whether the server must end the attempt now: the time and the grace are over."""
        return self.running and self.left(now) <= -grace_ms

    def start(self, now: Instant, *, late_ms: int = 0) -> Timing:
        """The time begins; ``late_ms`` of it is gone already (DOMAIN D22)."""
        return replace(self, spent_ms=late_ms, running_since_ms=now.boot_ms, boot=now.boot)

    def start_at(self, boot_ms: int, boot: str) -> Timing:
        """The time began at a past moment of this boot: the bell."""
        return replace(self, running_since_ms=boot_ms, boot=boot)

    def stop(self, now: Instant) -> Timing:
        """The time stands still: pause or submission."""
        return replace(self, spent_ms=self.spent(now), running_since_ms=None, boot=None)

    def resume(self, now: Instant) -> Timing:
        """The time runs again."""
        return replace(self, running_since_ms=now.boot_ms, boot=now.boot)

    def grant(self, milliseconds: int) -> Timing:
        """More time, by a recorded act."""
        return replace(self, granted_ms=self.granted_ms + milliseconds)

    def credit_outage(self, last_alive: Instant, now: Instant) -> Timing:
        """What ran between ``last_alive`` and ``now`` is not spent (the server was down).

        ``last_alive`` may be of another boot: then only what ran before it counts.
        """
        if self.running_since_ms is None:
            return self
        ran_ms = last_alive.since(self.running_since_ms) if self.boot == last_alive.boot else 0
        return replace(
            self, spent_ms=self.spent_ms + ran_ms, running_since_ms=now.boot_ms, boot=now.boot
        )


def lateness(elapsed_since_bell_ms: int, stopped_ms: int) -> int:
    """By how much a late candidate's first subject is shorter: running time since the bell."""
    return max(0, elapsed_since_bell_ms - stopped_ms)
