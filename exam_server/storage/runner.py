"""How jobs reach the writer's thread: at once (commands, tests) or through gevent.

Under gevent any database call would block every terminal's greenlet, so writes and reads
run in native threads of their own; a pump greenlet takes all that waits as one batch.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

from exam_server.later import Then
from exam_server.logs import events

T = TypeVar("T")
A = TypeVar("A")
Prepare = Callable[[Sequence[A]], Callable[[], Sequence[T]]]
Batch = Callable[[Sequence[Any]], None]
Tell = Callable[[Any], None]
Done = Callable[[], None]
log = events(__name__)

MOST_IN_A_BATCH = 400
# A commit is most of what a few saves cost: when more than these come per second, batches begin no
# closer than this.
MANY_PER_SECOND, BETWEEN_SECONDS = 200, 0.05
_OF_LATE_SECONDS = 0.25
MOST_TOLD = 64  # of those, before others come to their turn
GATHER_SECONDS = 0.1  # how long what hurries nobody waits for its like


class Runner(Protocol):
    """Runs batches of jobs one after the other, and reads beside them."""

    @property
    def waiting(self) -> int: ...

    def write(self, run: Batch, job: Any, tell: Tell, done: Done) -> None: ...

    def read(self, query: Callable[[], T]) -> T: ...

    def gather(
        self,
        key: object,
        argument: A,
        prepare: Prepare[A, T],
        wait_seconds: float,
        then: Then[T],
    ) -> None: ...

    def until(self, begin: Callable[[Done], None]) -> None: ...

    def stop(self) -> None: ...


def _caught(query: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    """A refusal is an answer; gevent's pool would log it as a failure of the thread."""
    try:
        return query(), None
    except Exception as error:  # noqa: BLE001  it is raised again in the caller's greenlet
        return None, error


def _get(answer: T | None, error: BaseException | None) -> T:
    if error is not None:
        raise error
    return answer  # type: ignore[return-value]


@dataclass(slots=True)
class _Gathering:
    """Who asks the same, and who is to be told."""

    arguments: list[Any]
    then: list[Then[Any]]


class InlineRunner:
    """Each job is its own batch, in the caller's thread."""

    waiting = 0

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def write(self, run: Batch, job: Any, tell: Tell, done: Done) -> None:
        """Run ``job`` now."""
        with self._lock:
            run([job])
        done()
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
        then: Then[T],
    ) -> None:
        """Ask for ``argument`` alone, now."""
        then(lambda: self.read(prepare([argument]))[0])

    def until(self, begin: Callable[[Done], None]) -> None:
        """Whatever begins is done when ``begin`` returns."""
        begin(lambda: None)

    def stop(self) -> None:
        """Nothing to stop."""


class Rate:
    """How many jobs per second come, of late."""

    def __init__(self) -> None:
        self._recent, self._at = 0.0, 0.0

    def with_these(self, count: int, at: float) -> float:
        """Per second, now that ``count`` have come. ``at``: seconds, of a clock that only grows."""
        self._recent = self._recent * math.exp((self._at - at) / _OF_LATE_SECONDS) + count
        self._at = at
        return self._recent / _OF_LATE_SECONDS


class GeventRunner:
    """A pump greenlet feeding one native writer thread, and one native reader thread.

    What comes of a large batch is told by a greenlet of its own, in order, while the next one is
    saved.
    """

    def __init__(self) -> None:
        import gevent
        from gevent.event import Event
        from gevent.lock import Semaphore
        from gevent.threadpool import ThreadPool

        self._waiting: deque[tuple[Batch, Any, Tell, Done]] = deque()
        self._saved: deque[tuple[Batch, Any, Tell, Done]] = deque()
        self._wake, self._wake_teller = Event(), Event()
        self._writer = ThreadPool(1)
        self._reader = ThreadPool(1)
        self._turn = Semaphore()  # in the order of asking, and what waits may still gather
        self._pump = gevent.spawn(self._pump_forever)
        self._teller = gevent.spawn(self._tell_forever)
        self._gathering: dict[object, _Gathering] = {}

    @property
    def waiting(self) -> int:
        """Jobs that are not yet in a batch."""
        return len(self._waiting)

    def write(self, run: Batch, job: Any, tell: Tell, done: Done) -> None:
        """Queue ``job``; ``done()`` is called once its batch is committed, or has failed."""
        self._waiting.append((run, job, tell, done))
        self._wake.set()

    def until(self, begin: Callable[[Done], None]) -> None:
        """Wait until ``begin``'s ``done`` was called."""
        from gevent.event import Event

        done = Event()
        begin(done.set)
        done.wait()

    def read(self, query: Callable[[], T]) -> T:
        """Run ``query`` in the reader's thread; what it raises is raised here."""
        with self._turn:
            return self._read(query)

    def _read(self, query: Callable[[], T]) -> T:
        answer, error = self._reader.apply(_caught, (query,))
        return _get(answer, error)  # type: ignore[no-any-return]

    def gather(
        self,
        key: object,
        argument: A,
        prepare: Prepare[A, T],
        wait_seconds: float,
        then: Then[T],
    ) -> None:
        """Ask for ``argument`` together with all that comes under ``key`` in ``wait_seconds``
        and until the reader is free; ``then`` is told, in the order of asking.

        ``prepare`` runs just before the one query, whose answers are in the arguments' order.
        """
        import gevent

        some = self._gathering.get(key)
        if some is None:
            some = self._gathering[key] = _Gathering([], [])
            gevent.spawn_later(wait_seconds, self._answer, key, prepare)
        some.arguments.append(argument)
        some.then.append(then)

    def _answer(self, key: object, prepare: Prepare[Any, Any]) -> None:
        import gevent

        answers: Sequence[Any] = ()
        failed: BaseException | None = None
        with self._turn:
            some = self._gathering.pop(key)
            try:
                answers = self._read(prepare(some.arguments))
                assert len(answers) == len(some.arguments)  # or somebody would wait for ever
            except Exception as error:  # noqa: BLE001  it is raised again for each who asked
                failed = error
        for place, then in enumerate(some.then, start=1):
            answer = None if failed else answers[place - 1]
            _guarded(partial(then, partial(_get, answer, failed)))
            if place % MOST_TOLD == 0:
                gevent.sleep(0)

    def stop(self) -> None:
        """Stop the greenlets and the threads."""
        self._pump.kill()
        self._teller.kill()
        self._writer.kill()
        self._reader.kill()

    def _pump_forever(self) -> None:
        import gevent

        rate = Rate()
        while True:
            self._wake.wait()
            self._wake.clear()
            while self._waiting:
                count = min(len(self._waiting), MOST_IN_A_BATCH)
                batch = [self._waiting.popleft() for _ in range(count)]
                jobs = [job for _, job, _, _ in batch]
                begun = time.perf_counter()
                many = rate.with_these(count, begun) > MANY_PER_SECOND
                run = batch[0][0]  # one store, one runner
                try:
                    self._writer.apply(run, (jobs,))
                except Exception:  # a bug: nobody waits for ever, nobody is told "saved"
                    log.exception("writer_failed")
                    for job in jobs:
                        job.error = job.error or RuntimeError("writer failed")
                if self._saved or len(batch) > MOST_TOLD:
                    self._saved.extend(batch)
                    self._wake_teller.set()
                else:
                    _tell(batch)
                rest = BETWEEN_SECONDS - (time.perf_counter() - begun)
                if rest > 0 and many and len(self._waiting) < MOST_IN_A_BATCH:
                    gevent.sleep(rest)

    def _tell_forever(self) -> None:
        """A few at a time, others between."""
        import gevent

        while True:
            self._wake_teller.wait()
            self._wake_teller.clear()
            while self._saved:
                count = min(len(self._saved), MOST_TOLD)
                _tell([self._saved[place] for place in range(count)])
                for _ in range(count):  # only now: the pump tells nothing past what still waits
                    self._saved.popleft()
                gevent.sleep(0)


def _tell(some: Sequence[tuple[Batch, Any, Tell, Done]]) -> None:
    """Whoever waits first, then whoever is told of it."""
    for _, _, _, done in some:
        _guarded(done)
    for _, job, tell, _ in some:
        if job.error is None:
            _guarded(partial(tell, job))


def _guarded(tell: Done) -> None:
    try:
        tell()
    except Exception:  # the others are told all the same
        log.exception("answer_failed")
