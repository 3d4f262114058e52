"""A Chromium profile on disk: what survives when its browser is killed."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from tests.builders.waiting import wait_until

FLUSH_SECONDS = 45.0


def cookies_are_on_disk(profile: Path, name: str) -> None:
    """Waits until the browser has written the cookie: it does so every 30 seconds."""
    file = profile / "Default" / "Cookies"

    def written() -> bool:
        with (
            suppress(sqlite3.Error),
            closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db,
        ):
            asked = "SELECT 1 FROM cookies WHERE name = ?"
            return db.execute(asked, (name,)).fetchone() is not None
        return False

    wait_until(f"the cookie {name} in {file}", written, FLUSH_SECONDS, every=0.1)


def kill_browser(profile: Path) -> None:
    """SIGKILL to every process of the browser that uses this profile, the first one first."""
    found = _browser(profile)
    assert found, "no browser runs on this profile"
    for pid in found:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    wait_until("the browser's end", lambda: not any(_command(pid) for pid in found), 10)


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
