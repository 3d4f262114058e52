"""What the writer measures of itself: plain numbers, no lock on the way of an answer.

Only the writer's thread changes them; who reads them meanwhile is at most one batch behind.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
JOBS = (1, 2, 5, 10, 20, 50, 100, 200, 400)


class Buckets:
    """A histogram: how many values were at most each bound, and their sum."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        """One more value."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self.sum += value

    def cumulated(self) -> list[tuple[str, float]]:
        """(upper bound, values up to it), as Prometheus counts them."""
        names = [*map(str, self._bounds), "+Inf"]
        return list(zip(names, accumulate(self._counts), strict=True))


class Measures:
    """``jobs``, ``seconds``: per commit. ``saves``: messages of answers that became durable."""

    def __init__(self) -> None:
        self.jobs, self.seconds = Buckets(JOBS), Buckets(SECONDS)
        self.failed = 0
        self.saves = 0

    def committed(self, jobs: int, seconds: float) -> None:
        """A batch is durable."""
        self.jobs.add(jobs)
        self.seconds.add(seconds)
