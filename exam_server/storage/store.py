"""One write queue, one writer, group commit (DESIGN §3).

What waits together is one transaction. Each command is validated inside it; a refusal
touches nothing; a database error fails the whole batch and every command is told *not
saved*. After such an error the store latches: it saves nothing until it has reopened the
database and found every chain head it ever acknowledged (invariant 1).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from exam_server.clock import Clock, Instant
from exam_server.errors import Refusal, not_saved
from exam_server.ids import is_id
from exam_server.later import Get, Then
from exam_server.logs import events
from exam_server.storage.base import Base
from exam_server.storage.engine import read_engine, sqlite_path, write_engine
from exam_server.storage.jobs import Command, Job, Together, alike, hand_on
from exam_server.storage.latch import sound
from exam_server.storage.measures import Measures
from exam_server.storage.runner import GATHER_SECONDS, Done, InlineRunner, Runner
from exam_server.storage.tx import Fact, Tx

T = TypeVar("T")
A = TypeVar("A")
LONG_SILENCE_MS = 10_000
_MOST_TRIES = 5
# SQLite's log of pages 日志: it is carried over into the database after the commit by which it has
# grown to so many. Where many save that costs a fifth of the writer's time, as the same pages come
# again and again; where nobody waits hardly anybody notices.
_PAGES_WHEN_QUIET, _PAGES_WHEN_BUSY = 1_000, 8_000
_IN_EACH_OTHERS_WAY = ("40P01", "40001")  # PostgreSQL: deadlock detected, serialization failure
log = events(__name__)


class _SpoiltError(Exception):
    """A command of many failed by its own doing and may have written: nothing may be committed."""


class Store:
    """The database as the rest of the program sees it: ``write`` and ``read``."""

    def __init__(
        self, url: str, clock: Clock, runner: Runner | None = None, *, database_clock: bool = True
    ) -> None:
        self.url = url
        self.is_sqlite = sqlite_path(url) is not None
        self._clock = clock
        # many hosts share a PostgreSQL: there only the database knows the time
        self._own_clock = self.is_sqlite or not database_clock
        self._runner = runner or InlineRunner()
        self._database_ahead_ms: int | None = None
        self._listeners: list[Callable[[Fact], None]] = []
        self._writer = write_engine(url)
        self._reader = read_engine(url)
        self._acknowledged: dict[str, tuple[int, str]] = {}
        self._latched = False
        self.measures = Measures()
        self._after_silence: Command[None] | None = None
        self._saved_at: Instant | None = None
        self._acknowledged_lock = threading.Lock()

    @property
    def waiting(self) -> int:
        """How many commands wait for the writer."""
        return self._runner.waiting

    @property
    def saving(self) -> bool:
        """False while the latch of invariant 1 holds."""
        return not self._latched

    def on_fact(self, listener: Callable[[Fact], None]) -> None:
        """``listener`` hears every durable journal fact, in the journal's order."""
        self._listeners.append(listener)

    def after_silence(self, command: Command[None]) -> None:
        """``command`` goes in front of what is saved first after a time without saving.

        That is: after a failure, or after ``LONG_SILENCE_MS`` without a commit. For a store
        that commits every second, or every quiet hour would count.
        """
        self._after_silence = command

    def write(
        self,
        command: Command[T],
        *,
        attempts: Iterable[str] = (),
        sittings: Iterable[str] = (),
    ) -> T:
        """Run ``command`` in the next group commit and return once it is durable.

        ``attempts`` and ``sittings``: rows to lock first, in id order (PostgreSQL); what else
        a command changes it locks itself (:meth:`exam_server.storage.tx.Tx.lock`).
        Refusals of the rules and ``not_saved`` come back as exceptions.
        """
        return self._done(Job(command, _ids(attempts), _ids(sittings)))  # type: ignore[no-any-return]

    def write_together(
        self, together: Together[A, T], argument: A, *, attempts: Iterable[str] = ()
    ) -> T:
        """As :meth:`write`, for the hot path: neighbours in the queue are one call.

        ``together`` is one function for all who share it; it is given every argument that
        waits and answers each with a result or a refusal, in order. It needs no savepoint:
        what it refuses it must not have written.
        """
        job = Job(None, _ids(attempts), together=together, argument=argument)
        return self._done(job)  # type: ignore[no-any-return]

    def write_together_later(
        self,
        together: Together[A, T],
        argument: A,
        then: Then[T],
        *,
        attempts: Iterable[str] = (),
    ) -> None:
        """As :meth:`write_together` without waiting: ``then(get)`` is called once it is durable or
        refused; ``get()`` returns the answer or raises."""
        job = Job(None, _ids(attempts), together=together, argument=argument)
        self._runner.write(self._run_batch, job, self._tell, lambda: then(job.outcome))

    def _done(self, job: Job) -> Any:
        self._runner.until(lambda done: self._runner.write(self._run_batch, job, self._tell, done))
        return job.outcome()

    def read(self, query: Callable[[Session], T]) -> T:
        """Run a read-only ``query`` off the serving core and return its answer.

        Refusal ``not_saved`` (503) while PostgreSQL is away: whoever asked tries again.
        """
        return self._runner.read(lambda: self._read(query))

    def read_together(
        self,
        together: Callable[[Session, Instant, Sequence[A]], Sequence[T]],
        argument: A,
        *,
        hurries: bool = True,
    ) -> T:
        """As :meth:`read`, for what many ask at the same time.

        ``together`` is one function for all who share it; it is given every argument that has
        come by the time the reader is free, and the instant at which they are answered, in
        order. Where nobody ``hurries`` a short while is waited for more of them.
        """
        told: list[Get[T]] = []

        def begin(done: Done) -> None:
            def then(get: Get[T]) -> None:
                told.append(get)
                done()

            self.read_together_later(together, argument, then, hurries=hurries)

        self._runner.until(begin)
        return told[0]()

    def read_together_later(
        self,
        together: Callable[[Session, Instant, Sequence[A]], Sequence[T]],
        argument: A,
        then: Then[T],
        *,
        hurries: bool = True,
    ) -> None:
        """As :meth:`read_together` without waiting; ``then(get)`` as in
        :meth:`write_together_later`."""

        def prepare(arguments: Sequence[A]) -> Callable[[], Sequence[T]]:
            now = self.now()
            return lambda: self._read(lambda session: together(session, now, arguments))

        key = (together, hurries)
        wait_seconds = 0 if hurries else GATHER_SECONDS
        self._runner.gather(key, argument, prepare, wait_seconds, then)

    def now(self) -> Instant:
        """The instant by the clock that decides: the machine's, or the database's.

        Between two batches the database's clock is carried on by this machine's boot clock,
        so that looking at the time costs no round trip; what is written asks the database.
        """
        if self._own_clock:
            return self._clock.now()
        if self._database_ahead_ms is None:
            self.read(lambda session: self._ask_time(session.connection()))
        assert self._database_ahead_ms is not None
        return _database_instant(self._clock.now().boot_ms + self._database_ahead_ms)

    def _ask_time(self, connection: Connection) -> Instant:
        now = _database_now(connection)
        self._database_ahead_ms = now.wall_ms - self._clock.now().boot_ms
        return now

    def close(self) -> None:
        """Stop the threads and close the connections."""
        self._runner.stop()
        self._writer.dispose()
        self._reader.dispose()

    def _read(self, query: Callable[[Session], T]) -> T:
        try:
            try:
                return self._read_once(query)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
            return self._read_once(query)  # the line was cut: a query may be asked again
        except OperationalError as error:
            if self.is_sqlite:
                raise
            log.warning("postgresql_away", error=error)
            raise not_saved() from error

    def _read_once(self, query: Callable[[Session], T]) -> T:
        try:
            with Session(self._reader) as session:
                return query(session)
        except DBAPIError:
            self._reader.dispose()  # a broken connection is not kept for the next reader
            raise

    def _tell(self, job: Job) -> None:
        """A listener that fails must not undo anyone's answer: the poll tells the same."""
        for fact in job.facts:
            self.measures.saves += fact.kind == "response"
            for listener in self._listeners:
                try:
                    listener(fact)
                except Exception:
                    log.exception("telling_failed", kind=fact.kind)

    # --- the writer's thread -------------------------------------------------

    def _run_batch(self, jobs: Sequence[Job]) -> None:
        if self._latched and not sound(self._writer, self._acknowledged):
            for job in jobs:
                job.error = not_saved()
            return
        begun = time.perf_counter()
        try:
            try:
                saved = self._commit_in_turn(jobs)
            except _SpoiltError as spoilt:  # whoever sent it, it must not stop the room
                log.error("command_bug", error=spoilt.__cause__)
                saved = self._commit_in_turn(jobs, savepoints=True)
        except Exception:  # whatever broke the commit, nobody may be told "saved"
            log.exception("saving_stopped")
            self._latched = True
            self.measures.failed += 1
            for job in jobs:
                job.result, job.facts = None, ()
                job.error = not_saved()
            return
        self.measures.committed(len(jobs), time.perf_counter() - begun)
        if self._latched:  # only what has been saved proves that saving works again
            log.warning("saving_again")
            self._latched = False
        with self._acknowledged_lock:
            for job in saved:
                self._acknowledged.update(job.heads or {})

    def _commit_in_turn(self, jobs: Sequence[Job], *, savepoints: bool = False) -> Sequence[Job]:
        """Two processes that wait for each other's rows: one lets go and begins again."""
        for tries_left in range(_MOST_TRIES - 1, -1, -1):
            try:
                return self._commit(jobs, savepoints=savepoints)
            except OperationalError as error:
                cause = getattr(error.orig, "sqlstate", None)
                if cause not in _IN_EACH_OTHERS_WAY or not tries_left:
                    raise
                log.warning("batch_again")
        raise AssertionError("unreachable")

    def _commit(self, jobs: Sequence[Job], *, savepoints: bool = False) -> Sequence[Job]:
        with self._writer.connect() as connection, connection.begin():
            self._lock_rows(connection, jobs)  # before the time: what waited comes after
            now = self._clock.now() if self._own_clock else self._ask_time(connection)
            due = [*self._returning(now), *jobs]
            for some in alike(due):
                for job in some:
                    job.begin()
                if some[0].together is None or savepoints:
                    for job in some:
                        now = self._run_job(connection, now, job)
                else:
                    now = self._run_together(connection, now, some)
            self._pace_checkpoints(connection)
        self._saved_at = now
        hand_on(due[: len(due) - len(jobs)], jobs)
        return due

    def _pace_checkpoints(self, connection: Connection) -> None:
        pages = _PAGES_WHEN_BUSY if self._runner.waiting else _PAGES_WHEN_QUIET
        if self.is_sqlite and connection.info.get("pages") != pages:
            connection.exec_driver_sql(f"PRAGMA wal_autocheckpoint={pages}")
            connection.info["pages"] = pages

    def _returning(self, now: Instant) -> list[Job]:
        """The command of :meth:`after_silence` when it is due."""
        if self._after_silence is None or self._saved_at is None:
            return []
        away_ms = now.since(self._saved_at.boot_ms)
        if not self._latched and away_ms <= LONG_SILENCE_MS:
            return []
        return [Job(self._after_silence, ())]

    def _run_job(self, connection: Connection, now: Instant, job: Job) -> Instant:
        """Run one command; the time after it."""
        with Session(connection, join_transaction_mode="rollback_only") as session:
            tx = self._tx(session, now)
            try:
                with connection.begin_nested():
                    job.result = job.run(tx)
                    session.flush()
            except DBAPIError as error:
                if not isinstance(error, IntegrityError | DataError):
                    raise
                job.error = error  # this command does not fit the tables; the others do
            except Exception as error:  # a refusal, or a bug of this one command
                job.error = error
            else:
                job.facts, job.heads = tuple(tx.facts), tx.heads
            return tx.now

    def _run_together(self, connection: Connection, now: Instant, jobs: Sequence[Job]) -> Instant:
        """All at once, without savepoints; the first who is not refused tells for all."""
        together = jobs[0].together
        assert together is not None
        with Session(connection, join_transaction_mode="rollback_only") as session:
            tx = self._tx(session, now)
            try:
                outcomes = together(tx, [job.argument for job in jobs])
                session.flush()
            except DBAPIError as error:
                if not isinstance(error, IntegrityError | DataError):
                    raise
                raise _SpoiltError from error
            except Exception as error:
                raise _SpoiltError from error
        for job, outcome in zip(jobs, outcomes, strict=True):
            if isinstance(outcome, Refusal):
                job.error = outcome
            else:
                job.result = outcome
        if heir := next((job for job in jobs if job.error is None), None):
            heir.facts, heir.heads = tuple(tx.facts), tx.heads
        return tx.now

    def _tx(self, session: Session, now: Instant) -> Tx:
        tx = Tx(session, now)
        if not self._own_clock:
            tx.clock = lambda: self._ask_time(session.connection())
        return tx

    def _lock_rows(self, connection: Connection, jobs: Sequence[Job]) -> None:
        if self.is_sqlite:
            return  # one writer: nothing to lock
        for name, field in (("sitting", "sittings"), ("attempt", "attempts")):
            wanted = sorted({ident for job in jobs for ident in getattr(job, field)})
            if wanted:
                table = Base.metadata.tables[name]
                connection.execute(
                    select(table.c.id)
                    .where(table.c.id.in_(wanted))
                    .order_by(table.c.id)
                    .with_for_update(key_share=True)  # journal entries name it meanwhile
                )


def _ids(texts: Iterable[str]) -> tuple[str, ...]:
    """In the order of locking; what is no id locks nothing, and could fail the whole batch."""
    return tuple(sorted(text for text in texts if is_id(text)))


def _database_now(connection: Connection) -> Instant:
    """With PostgreSQL the only clock is the database's (DESIGN §5)."""
    moment: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return _database_instant(int(moment.astimezone(UTC).timestamp() * 1000))


def _database_instant(wall_ms: int) -> Instant:
    return Instant(wall_ms, wall_ms, "postgresql")
