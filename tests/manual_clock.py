"""A machine's clocks that move when the test says so, the boot clock and the wall clock apart."""

from __future__ import annotations

from exam_server.clock import Instant

MORNING_MS = 1_781_917_200_000  # 20 June 2026, 09:00 in Xi'an
MINUTE = 60_000


class ManualClock:
    """Time passes only by :meth:`advance`; everything else is what goes wrong with clocks."""

    def __init__(self, wall_ms: int = MORNING_MS, boot_ms: int = 5_000_000) -> None:
        self._wall_ms, self._boot_ms, self._boots = wall_ms, boot_ms, 1

    def now(self) -> Instant:
        """The present reading of all clocks."""
        return Instant(self._wall_ms, self._boot_ms, f"boot-{self._boots}")

    def advance(self, milliseconds: int) -> None:
        """Time passes, on both clocks alike."""
        assert milliseconds >= 0, "time does not run backwards; step_wall does"
        self._wall_ms += milliseconds
        self._boot_ms += milliseconds

    def step_wall(self, milliseconds: int) -> None:
        """Somebody, or a time service, sets the wall clock; no time passes."""
        self._wall_ms += milliseconds

    def reboot(self, away_ms: int, *, boot_ms: int = 30_000) -> None:
        """The machine is off for ``away_ms``; its boot clock begins anew under a new boot id."""
        self._wall_ms += away_ms
        self._boot_ms, self._boots = boot_ms, self._boots + 1
