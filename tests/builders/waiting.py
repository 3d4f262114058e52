"""Waiting for what happens by itself: a server, a page, another process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import psycopg

PATIENCE_SECONDS = 120.0
T = TypeVar("T")


def wait_until(
    what: str,
    happens: Callable[[], T],
    seconds: float = PATIENCE_SECONDS,
    *,
    every: float = 0.02,
    instead: Callable[[], object] | None = None,
    pause: Callable[[float], object] = time.sleep,
) -> T:
    """Look ``every`` so many seconds until ``happens()`` is true; what it gave then.

    AssertionError after ``seconds`` names ``what`` did not come, and what there was
    ``instead``. What costs the server something to tell is looked at less often. ``pause``: of a
    page, which hears nothing while Python sleeps.
    """
    ends = time.monotonic() + seconds
    while not (found := happens()):
        if time.monotonic() >= ends:
            there = "" if instead is None else f"; instead: {instead()}"
            raise AssertionError(f"waited {seconds:g} s in vain for: {what}{there}")
        pause(every)
    return found


_BLOCKED = """SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"""


def until_blocked(database_url: str, over: Callable[[], bool], count: int = 1) -> None:
    """Until PostgreSQL says that ``count`` transactions of this database wait for a lock.

    AssertionError when it is ``over()`` first: then nobody had to wait for anybody.
    """
    with psycopg.connect(database_url.replace("+psycopg", "", 1), autocommit=True) as watching:

        def blocked() -> bool:
            row = watching.execute(_BLOCKED).fetchone()
            assert row is not None
            if row[0] >= count:
                return True
            assert not over(), "it ended without waiting"
            return False

        wait_until("a transaction that waits for the other one", blocked, 10)
