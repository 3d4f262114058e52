"""One writer at a time: ``serve`` holds the lock, a command that writes takes it or refuses."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from exam_server.errors import Refusal


@contextmanager
def only_writer(path: Path) -> Iterator[None]:
    """Hold the lock at ``path``; Refusal ``server_running`` when another process has it.

    The lock is the kernel's and goes with the process: a killed server leaves none behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Refusal("server_running", 409, {"lock": str(path)}) from error
        os.set_inheritable(handle, True)  # gunicorn's worker keeps it through fork
        yield
    finally:
        os.close(handle)
