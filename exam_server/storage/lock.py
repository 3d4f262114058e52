"""Who may write: on SQLite one process, on PostgreSQL all that serve, never a command beside them.

On SQLite ``serve`` holds a lock and a command that writes takes it or refuses. Processes that
share a PostgreSQL are on several machines: there the database knows who serves, and its row
locks keep two writers apart.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.orm import Session

from exam_server.errors import Refusal
from exam_server.storage.engine import sqlite_path, write_engine
from exam_server.storage.life import serving


@contextmanager
def only_writer(path: Path, database_url: str, *, serves: bool = False) -> Iterator[None]:
    """Write while nobody else does; Refusal ``server_running`` when somebody is serving.

    ``path``: of the lock on SQLite. It is the kernel's and goes with the process: a killed
    server leaves none behind. ``serves``: one of several processes that share a PostgreSQL.
    """
    if sqlite_path(database_url) is None:
        if not serves:
            _refuse_beside_others(database_url)
        yield
        return
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


def _refuse_beside_others(database_url: str) -> None:
    engine = write_engine(database_url)
    try:
        with Session(engine) as session:
            count = len(serving(session))
    finally:
        engine.dispose()
    if count:
        raise Refusal("server_running", 409, {"processes": count})
