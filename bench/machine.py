"""What the machine says: CPU and memory of a server, its disk, and what it is."""

from __future__ import annotations

import math
import os
import platform
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; ``share`` in 0…1; NaN of nothing."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]


class ServerUse:
    """CPU and memory of one server: its master, its workers, their scorers."""

    def __init__(self, pid: int) -> None:
        self._master = psutil.Process(pid)

    def workers(self) -> list[psutil.Process]:
        """All that live now and are not the master."""
        return list(self._master.children(recursive=True))

    def processes(self) -> list[psutil.Process]:
        """All that live now, the master first."""
        return [self._master, *self.workers()]

    def cpu_seconds(self) -> float:
        """User and system time of all of them, and of those that have ended."""
        total = 0.0
        for process in self.processes():
            used = process.cpu_times()
            total += used.user + used.system
        return total

    def resident_bytes(self) -> int:
        """Resident memory of the largest worker."""
        return max(int(process.memory_info().rss) for process in self.workers())

    def own_bytes(self) -> int:
        """Memory that would be free without the workers (unique set size)."""
        return sum(int(process.memory_full_info().uss) for process in self.workers())


def fdatasync_per_second(folder: Path, seconds: float = 1.5) -> float:
    """How often this disk makes 4 KiB durable, one after the other."""
    block, count = os.urandom(4096), 0
    with tempfile.TemporaryFile(dir=folder) as file:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            file.seek(count % 256 * 4096)
            file.write(block)
            file.flush()
            os.fdatasync(file.fileno())
            count += 1
    return count / seconds


def description() -> str:
    """The machine in one line; nothing that names its owner."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory_gib = round(psutil.virtual_memory().total / 2**30)
    return f"{os.cpu_count()} × {model}, {memory_gib} GiB, Linux {platform.release()}"
