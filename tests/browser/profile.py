"""A Chromium profile on disk: what survives when its browser is killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

FLUSH_SECONDS = 45.0


def cookies_are_on_disk(profile: Path, name: str) -> None:
    """Waits until the browser has written the cookie: it does so every 30 seconds."""
    file = profile / "Default" / "Cookies"
    ends = time.monotonic() + FLUSH_SECONDS
    while time.monotonic() < ends:
        with (
            suppress(sqlite3.Error),
            closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db,
        ):
            if db.execute("SELECT 1 FROM cookies WHERE name = ?", (name,)).fetchone():
                return
        time.sleep(0.5)
    raise AssertionError(f"the cookie {name} was not written to {file}")


def kill_browser(profile: Path) -> None:
    """SIGKILL to every process of the browser that uses this profile, the first one first."""
    found = _browser(profile)
    assert found, "no browser runs on this profile"
    for pid in found:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    ends = time.monotonic() + 10
    while any(_command(pid) for pid in found):
        assert time.monotonic() < ends
        time.sleep(0.05)


def browser_runs(profile: Path) -> bool:
    """Whether a browser uses this profile."""
    return bool(_browser(profile))


def _browser(profile: Path) -> list[int]:
    mark = f"--user-data-dir={profile}".encode()
    numbers = sorted(int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in numbers if mark in _command(pid)]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
