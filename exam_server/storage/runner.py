"""How jobs reach the writer's thread: at once (commands, tests) or through gevent.

Under gevent any database call would block every terminal's greenlet, so writes and reads
run in native threads of their own; a pump greenlet takes all that waits as one batch.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from exam_server.logs import events

T = TypeVar("T")
A = TypeVar("A")
Prepare = Callable[[Sequence[A]], Callable[[], Sequence[T]]]
Batch = Callable[[Sequence[Any]], None]
Tell = Callable[[Any], None]
log = events(__name__)

MOST_IN_A_BATCH = 400
GATHER_SECONDS = 0.05  # how long what hurries nobody waits for its like


class Runner(Protocol):
    """Runs batches of jobs one after the other, and reads beside them."""

    @property
    def waiting(self) -> int: ...

    def write(self, run: Batch, job: Any, tell: Tell) -> None: ...

    def read(self, query: Callable[[], T]) -> T: ...

    def gather(
        self, key: object, argument: A, prepare: Prepare[A, T], wait_seconds: float
    ) -> T: ...

    def stop(self) -> None: ...


def _caught(query: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    """A refusal is an answer; gevent's pool would log it as a failure of the thread."""
    try:
        return query(), None
    except Exception as error:  # noqa: BLE001  it is raised again in the caller's greenlet
        return None, error


@dataclass(slots=True)
class _Gathering:
    """Who asks the same, and what came of it."""

    arguments: list[Any]
    done: Any
    answers: Sequence[Any] = ()
    error: BaseException | None = None


class InlineRunner:
    """Each job is its own batch, in the caller's thread."""

    waiting = 0

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def write(self, run: Batch, job: Any, tell: Tell) -> None:
        """Run ``job`` now."""
        with self._lock:
            run([job])
        if job.error is None:
            tell(job)

    def read(self, query: Callable[[], T]) -> T:
        """Run ``query`` now."""
        with self._lock:
            return query()

    def gather(
        self,
        key: object,  # noqa: ARG002
        argument: A,
        prepare: Prepare[A, T],
        wait_seconds: float,  # noqa: ARG002
    ) -> T:
        """Ask for ``argument`` alone, now."""
        (answer,) = self.read(prepare([argument]))
        return answer

    def stop(self) -> None:
        """Nothing to stop."""


class GeventRunner:
    """A pump greenlet feeding one native writer thread, and one native reader thread."""

    def __init__(self) -> None:
        import gevent
        from gevent.event import Event
        from gevent.lock import Semaphore
        from gevent.threadpool import ThreadPool

        self._waiting: deque[tuple[Batch, Any, Tell, Any]] = deque()
        self._wake = Event()
        self._writer = ThreadPool(1)
        self._reader = ThreadPool(1)
        self._turn = Semaphore()  # in the order of asking, and what waits may still gather
        self._pump = gevent.spawn(self._pump_forever)
        self._gathering: dict[object, _Gathering] = {}

    @property
    def waiting(self) -> int:
        """Jobs that are not yet in a batch."""
        return len(self._waiting)

    def write(self, run: Batch, job: Any, tell: Tell) -> None:
        """Queue ``job`` and wait until its batch is committed."""
        from gevent.event import Event

        done = Event()
        self._waiting.append((run, job, tell, done))
        self._wake.set()
        done.wait()

    def read(self, query: Callable[[], T]) -> T:
        """Run ``query`` in the reader's thread; what it raises is raised here."""
        with self._turn:
            return self._read(query)

    def _read(self, query: Callable[[], T]) -> T:
        answer, error = self._reader.apply(_caught, (query,))
        if error is not None:
            raise error
        return answer  # type: ignore[no-any-return]

    def gather(self, key: object, argument: A, prepare: Prepare[A, T], wait_seconds: float) -> T:
        """Ask for ``argument`` together with all that comes under ``key`` in ``wait_seconds``
        and until the reader is free.

        ``prepare`` runs just before the one query, whose answers are in the arguments' order.
        """
        import gevent
        from gevent.event import Event

        some = self._gathering.get(key)
        if some is None:
            some = self._gathering[key] = _Gathering([], Event())
            gevent.spawn_later(wait_seconds, self._answer, key, prepare)
        place = len(some.arguments)
        some.arguments.append(argument)
        some.done.wait()
        if some.error is not None:
            raise some.error
        return some.answers[place]  # type: ignore[no-any-return]

    def _answer(self, key: object, prepare: Prepare[Any, Any]) -> None:
        with self._turn:
            some = self._gathering.pop(key)
            try:
                some.answers = self._read(prepare(some.arguments))
            except Exception as error:  # noqa: BLE001  it is raised again by each who asked
                some.error = error
        some.done.set()

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
                jobs = [job for _, job, _, _ in batch]
                run = batch[0][0]  # one store, one runner
                try:
                    self._writer.apply(run, (jobs,))
                except Exception:  # a bug: nobody waits for ever, nobody is told "saved"
                    log.exception("writer_failed")
                    for job in jobs:
                        job.error = job.error or RuntimeError("writer failed")
                for _, _, _, done in batch:
                    done.set()
                for _, job, tell, _ in batch:
                    if job.error is None:
                        tell(job)
