"""A runner that lets a test say which commands wait together for one commit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from exam_server.storage.runner import Batch, Done, InlineRunner, Tell

PATIENCE_SECONDS = 30.0


class Together(InlineRunner):
    """Runs commands at once, except inside :meth:`batch`."""

    def __init__(self) -> None:
        super().__init__()
        self._gathering = False
        self._arrived = threading.Condition()
        self._waiting: list[tuple[Any, Done]] = []
        self._run: Batch | None = None

    def write(self, run: Batch, job: Any, tell: Tell, done: Done) -> None:
        """Run ``job`` now, or with the others."""
        if not self._gathering:
            super().write(run, job, tell, done)
            return
        with self._arrived:
            self._run = run
            self._waiting.append((job, done))
            self._arrived.notify_all()

    def until(self, begin: Callable[[Done], None]) -> None:
        """Wait for the others."""
        over = threading.Event()
        begin(over.set)
        assert over.wait(PATIENCE_SECONDS)

    def batch(self, acts: Sequence[Callable[[], Any]]) -> list[Any]:
        """Do all ``acts``, each of one write, as one commit; what each returned or raised."""
        self._gathering = True
        with ThreadPoolExecutor(len(acts)) as pool:
            futures: list[Future[Any]] = []
            for count, act in enumerate(acts, start=1):  # one after the other: in this order
                futures.append(pool.submit(act))
                with self._arrived:
                    assert self._arrived.wait_for(
                        lambda wanted=count: len(self._waiting) == wanted,  # type: ignore[misc]
                        PATIENCE_SECONDS,
                    )
            self._gathering = False
            waiting, self._waiting = self._waiting, []
            assert self._run is not None
            self._run([job for job, _ in waiting])
            for _, done in waiting:
                done()
            return [future.exception() or future.result() for future in futures]


@contextmanager
def commits() -> Iterator[list[None]]:
    """Counts the commits of all engines meanwhile."""
    seen: list[None] = []

    def count(_connection: Any) -> None:
        seen.append(None)

    event.listen(Engine, "commit", count)
    try:
        yield seen
    finally:
        event.remove(Engine, "commit", count)


@contextmanager
def failing_reads() -> Iterator[None]:
    """Every SELECT meanwhile finds the database away."""

    def fail(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith("SELECT"):
            raise OperationalError(statement, None, OSError("the database is away"))

    event.listen(Engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", fail)


@contextmanager
def failing_commits(*, after_all: bool = False) -> Iterator[None]:
    """Every COMMIT meanwhile ends in an error of the storage.

    ``after_all``: the disk had it in fact; only the good news was lost.
    """

    def fail(connection: Any) -> None:
        if after_all:
            connection.connection.dbapi_connection.commit()
        raise OperationalError("COMMIT", None, OSError("disk I/O error"))

    event.listen(Engine, "commit", fail)
    try:
        yield
    finally:
        event.remove(Engine, "commit", fail)
