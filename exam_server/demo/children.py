"""Child processes of the demo: the server and the robots; none outlives it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from typing import Any

import requests

from exam_server.demo.prepare import crib
from exam_server.settings import Settings, write_private

START_SECONDS = 60.0


class Child:
    """A process that ends with the block."""

    def __init__(self, command: list[str], *, quiet: bool = False) -> None:
        self._command, self._quiet = command, quiet

    def __enter__(self) -> Child:
        out = subprocess.DEVNULL if self._quiet else None
        self._process = subprocess.Popen(self._command, stdout=out)  # noqa: S603  our own modules
        return self

    def __exit__(self, *_: object) -> None:
        if self.running:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def wait(self, seconds: float | None = None) -> int:
        """Its exit code, once it has ended."""
        return self._process.wait(seconds)


def answers_within(url: str, server: Child, seconds: float = START_SECONDS) -> bool:
    """Whether the server answers before it ends or the patience does."""
    ends = time.monotonic() + seconds
    while server.running and time.monotonic() < ends:
        try:
            if requests.get(f"{url}/healthz", timeout=5).status_code == 200:
                return True
        except requests.RequestException:
            time.sleep(0.2)
    return False


def robots_command(
    settings: Settings, people: list[dict[str, Any]], url: str, seed: str
) -> list[str]:
    """The command that plays these people through the real interface."""
    list_file = settings.home / "robots.json"
    write_private(list_file, json.dumps(people).encode())
    return [
        *(sys.executable, "-m", "exam_client.robots", str(list_file), "--url", url),
        *("--seed", seed, "--crib", str(crib(settings))),
        *("--ledger", str(settings.home / "robots-ledger.jsonl")),
    ]
