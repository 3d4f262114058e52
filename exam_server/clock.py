"""The one place where the time is read (DESIGN §4, §5).

Everything else receives an :class:`Instant`. Within one boot the boot-time clock
decides; wall time is evidence and what survives a reboot.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Protocol

import msgspec

from exam_server.errors import Refusal

_CHINA = timezone(timedelta(hours=8))  # one zone for the whole country, no summer time


class Instant(msgspec.Struct, frozen=True):
    """One reading of all clocks.

    ``wall_ms``: milliseconds since 1970 UTC, may step. ``boot_ms``: milliseconds of
    a clock that never steps and counts sleep, comparable only under the same ``boot``.
    """

    wall_ms: int
    boot_ms: int
    boot: str

    def since(self, earlier_boot_ms: int) -> int:
        """Milliseconds from ``earlier_boot_ms`` of the same boot, never negative."""
        return max(0, self.boot_ms - earlier_boot_ms)


def utc(now: Instant) -> datetime:
    """The wall time as an aware datetime, for certificates and calendars."""
    return datetime.fromtimestamp(now.wall_ms / 1000, UTC)


def china_time(wall_ms: int) -> datetime:
    """This wall time as China's clocks show it, whatever zone the machine is set to."""
    return datetime.fromtimestamp(wall_ms / 1000, _CHINA)


def china_day(wall_ms: int) -> date:
    """The day in China at this wall time: what periods and notices count in."""
    return china_time(wall_ms).date()


def typed_start(written: str) -> int:
    """A planned start as a person types it, ``2026-06-20T09:00``, in milliseconds since 1970.

    China's time, unless the text names a zone. Refusal: ``start_malformed`` 422, also of a
    year that no exam is planned in.
    """
    text = written.strip()
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal("start_malformed", 422, {"start": text[:40]}) from None
    if not 2000 <= start.year < 2100:
        raise Refusal("start_malformed", 422, {"start": text[:40]})
    return int((start if start.tzinfo else start.replace(tzinfo=_CHINA)).timestamp() * 1000)


class Clock(Protocol):
    """Anything that can say what time it is."""

    def now(self) -> Instant: ...


@cache
def _boot_id() -> str:
    """The kernel's boot id; elsewhere one id per process, so a restart counts as a boot."""
    path = Path("/proc/sys/kernel/random/boot_id")
    if path.exists():
        return path.read_text().strip()
    return f"process-{time.time_ns()}"


class SystemClock:
    """The machine's clocks: CLOCK_BOOTTIME where the kernel has it, else monotonic."""

    _clock_id = getattr(time, "CLOCK_BOOTTIME", None)

    def now(self) -> Instant:
        boot_ns = (
            time.clock_gettime_ns(self._clock_id)
            if self._clock_id is not None
            else time.monotonic_ns()
        )
        return Instant(time.time_ns() // 1_000_000, boot_ns // 1_000_000, _boot_id())
