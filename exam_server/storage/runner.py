"""How jobs reach the writer's thread: at once (commands, tests) or through gevent.

Under gevent any database call would block every terminal's greenlet, so writes and reads
run in native threads of their own; a pump greenlet takes all that waits as one batch.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
Batch = Callable[[Sequence[Any]], None]
log = logging.getLogger(__name__)

MOST_IN_A_BATCH = 400


class Runner(Protocol):
    """Runs batches of jobs one after the other, and reads beside them."""

    def write(self, run: Batch, job: Any) -> None: ...

    def read(self, query: Callable[[], T]) -> T: ...

    def stop(self) -> None: ...


def _follow_up(job: Any) -> None:
    """Run a durable job's pushes; a failing push must not undo anyone's answer."""
    for act in job.after:
        try:
            act()
        except Exception:
            log.exception("a push after a commit failed")


class InlineRunner:
    """Each job is its own batch, in the caller's thread."""

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def write(self, run: Batch, job: Any) -> None:
        """Run ``job`` now."""
        with self._lock:
            run([job])
        if job.error is None:
            _follow_up(job)

    def read(self, query: Callable[[], T]) -> T:
        """Run ``query`` now."""
        with self._lock:
            return query()

    def stop(self) -> None:
        """Nothing to stop."""


class GeventRunner:
    """A pump greenlet feeding one native writer thread, and one native reader thread."""

    def __init__(self) -> None:
        import gevent
        from gevent.event import Event
        from gevent.threadpool import ThreadPool

        self._waiting: deque[tuple[Any, Any]] = deque()
        self._wake = Event()
        self._writer = ThreadPool(1)
        self._reader = ThreadPool(1)
        self._run: Batch | None = None
        self._pump = gevent.spawn(self._pump_forever)

    def write(self, run: Batch, job: Any) -> None:
        """Queue ``job`` and wait until its batch is committed."""
        from gevent.event import Event

        done = Event()
        self._run = run
        self._waiting.append((job, done))
        self._wake.set()
        done.wait()

    def read(self, query: Callable[[], T]) -> T:
        """Run ``query`` in the reader's thread."""
        return self._reader.apply(query)  # type: ignore[no-any-return]

    def stop(self) -> None:
        """Stop the pump and the threads."""
        self._pump.kill()
        self._writer.kill()
        self._reader.kill()

    def _pump_forever(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            while self._waiting:
                count = min(len(self._waiting), MOST_IN_A_BATCH)
                batch = [self._waiting.popleft() for _ in range(count)]
                jobs = [job for job, _ in batch]
                assert self._run is not None
                try:
                    self._writer.apply(self._run, (jobs,))
                except Exception:  # a bug: nobody waits for ever, nobody is told "saved"
                    log.exception("the writer failed")
                    for job in jobs:
                        job.error = job.error or RuntimeError("writer failed")
                for job, done in batch:
                    done.set()
                for job in jobs:
                    if job.error is None:
                        _follow_up(job)
