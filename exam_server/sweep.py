"""Pending work, looked for every second: signs of life, expiry, heads, scores (DESIGN §4).

Nothing here is remembered between two ticks that the database does not know; a push only
makes the same work sooner.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple, TypeVar
from zlib import crc32

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.clock import Instant
from exam_server.context import Centre
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.tables import Exam, Sitting
from exam_server.errors import Refusal
from exam_server.logs import events
from exam_server.profiles.profile import of_exam
from exam_server.results.actions.scoring import ScoredAttempt, mark_scored, score_job, store_scores
from exam_server.results.corrections import in_force
from exam_server.results.scorer_client import ScorerClient, ScorerFailed
from exam_server.results.views.pending import (
    AT_ONCE,
    ScoringJob,
    forms_waiting,
    pending_scores,
    sittings_to_settle,
)
from exam_server.room.actions import outage
from exam_server.room.actions.ending import sittings_with_expired, sweep_expired
from exam_server.room.actions.heads import take_heads
from exam_server.room.actions.people import sitting
from exam_server.room.actions.presence import (
    forget_sockets,
    note_lost,
    note_presence,
    sittings_with_silent,
)
from exam_server.room.views.answers import forms_done, forms_over
from exam_server.storage.lease import LeaseLostError, hold, under_lease
from exam_server.storage.life import serving
from exam_server.storage.tx import Tx
from exam_server.vault.actions.forms import forget_secrets, scoring_secret

log = events(__name__)

TICK_SECONDS = 1.0
HEARD_AT_ONCE = 100
T = TypeVar("T")


@dataclass(slots=True)
class Sweep:
    """Each process runs this; what is due is done by the one that holds the lease."""

    centre: Centre
    scorer: ScorerClient
    _holds: bool = False
    _heads_due_ms: dict[str, int] = field(default_factory=dict)
    _complained: set[tuple[str, str]] = field(default_factory=set)

    def tick(self) -> None:
        """One second of this process: a sign of life, one look at what is due, what is to score."""
        self.live()
        self.look()
        self.score()

    def look_on(self, sleep: Callable[[float], object]) -> None:
        """Look for ever, once a second."""
        while True:
            next_at = time.perf_counter() + TICK_SECONDS
            self.look()
            sleep(max(0.0, next_at - time.perf_counter()))

    def score_on(self, wait: Callable[[float], bool]) -> None:
        """Score for ever, beside the looks: a scorer that does not answer ends nobody's time late.
        ``wait(seconds)``: True as soon as there may be something to score."""
        while True:
            self.score()
            next_at = time.perf_counter() + TICK_SECONDS
            while (left := next_at - time.perf_counter()) > 0:
                if wait(left) and self._holds:
                    _each((self._scores,), _call)

    def live_on(self, sleep: Callable[[float], object]) -> None:
        """Live for ever, beside the looks: however long they take, nobody believes us dead."""
        while True:
            self.live()
            sleep(TICK_SECONDS)

    def live(self) -> None:
        """One sign of life; the lease is taken or renewed with it."""
        try:
            self._holds = self._life()
            self._hear()
        except Exception:
            self._holds = False
            log.exception("life_not_saved")

    def look(self) -> None:
        """One look at what the room waits for. A part that fails does not stop the others."""
        _each((self._sockets, self._running) if self._holds else (), _call)
        self.centre.swept_at = time.perf_counter()

    def score(self) -> None:
        """What is to be scored is, and what scoring needed goes when nothing needs it any more."""
        due = (self._scores, self._settle, self._forget)
        _each((*due, self._forget_here) if self._holds else (self._forget_here,), _call)

    def _life(self) -> bool:
        """This process lives; whether it has the lease."""
        centre = self.centre

        def command(tx: Tx) -> tuple[outage.Standing, bool]:
            return outage.beat(tx), hold(tx, process=centre.process)

        standing, holds = centre.store.write(command)
        centre.stands(standing)
        return holds

    def _hear(self) -> None:
        """Write down who was heard: a few at a time, so that no answer waits behind a hall."""
        centre = self.centre
        for _ in range(0, centre.presence.changed, HEARD_AT_ONCE):
            changes = centre.presence.take_changes(HEARD_AT_ONCE)
            heard = partial(note_presence, process=centre.process, changes=changes)
            try:
                centre.store.write(heard)
            except Exception:
                centre.presence.put_back(changes)
                raise

    def write(
        self,
        command: Callable[[Tx], T],
        *,
        sittings: Iterable[str] = (),
        attempts: Iterable[str] = (),
    ) -> T:
        """Run ``command`` under the lease: who slept and lost it meanwhile writes nothing.

        :class:`exam_server.storage.lease.LeaseLostError` then.
        """

        def fenced(tx: Tx) -> T:
            under_lease(tx, process=self.centre.process)
            return command(tx)

        return self.centre.store.write(fenced, sittings=sittings, attempts=attempts)

    def _sockets(self) -> None:
        """Who was connected to a process that is gone is connected no longer."""
        process = self.centre.process
        self.write(lambda tx: forget_sockets(tx, serving=serving(tx.session) | {process}))

    def _running(self) -> None:
        """Only where something is due is anything written: most seconds of a room are quiet."""
        store, now = self.centre.store, self.centre.now()

        def heads_due(sitting_id: str, every_ms: int) -> bool:
            # the first time somewhere within the minute, or all halls would come together
            first_ms = now.boot_ms + crc32(sitting_id.encode()) % every_ms
            due_ms = self._heads_due_ms.setdefault(sitting_id, first_ms)
            if now.boot_ms >= due_ms:
                self._heads_due_ms[sitting_id] = now.boot_ms + every_ms
            return now.boot_ms >= due_ms

        def look(running: _RunningSitting) -> None:
            heads = heads_due(running.id, running.heads_every_ms)
            if heads or running.due:
                self.write(lambda tx: _look(tx, running.id, heads), sittings=[running.id])

        _each(store.read(lambda session: _running_sittings(session, now)), look)

    def _scores(self) -> None:
        """Everything that is due, in as many looks as it takes."""
        stored: set[str] = set()
        failed: set[str] = set()  # forms: what cannot be scored keeps nobody else waiting

        def score(job: ScoringJob) -> None:
            try:
                scored = self._score(job)
            except (ScorerFailed, Refusal) as failure:
                if not _waits_for_people(job, failure.code):
                    self._complain(job.form_id, failure.code)
                failed.add(job.form_id)
                return
            stored.update(
                self.write(
                    lambda tx: store_scores(tx, scored=scored),
                    attempts=[one.attempt_id for one in scored],
                    sittings={one.sitting_id for one in job.attempts},
                )
            )

        full, before = True, -1
        while full and len(stored) + len(failed) > before:  # failures come up again next second
            before = len(stored) + len(failed)
            jobs = self.centre.store.read(partial(pending_scores, without=set(failed)))
            _each(jobs, score)
            full = sum(len(job.attempts) for job in jobs) == AT_ONCE

    def _complain(self, form_id: str, code: str) -> None:
        """Once per form and cause: the same line every second helps nobody."""
        if (form_id, code) not in self._complained:
            self._complained.add((form_id, code))
            log.error("form_not_scored", form=form_id, code=code)

    def _score(self, job: ScoringJob) -> list[ScoredAttempt]:
        centre = self.centre
        secret, corrections = centre.store.read(
            lambda session: (
                scoring_secret(session, form_id=job.form_id, vault=centre.vault, keys=centre.keys),
                in_force(session, centre.keys, job.form_id),
            )
        )
        return score_job(
            self.scorer,
            job,
            scoring_secret=secret,
            data_folder=centre.settings.data,
            corrections=corrections,
        )

    def _settle(self) -> None:
        """A closed sitting whose attempts all have scores is scored."""
        for sitting_id in self.centre.store.read(sittings_to_settle):

            def command(tx: Tx, ident: str = sitting_id) -> None:
                if mark_scored(tx, sitting_id=ident):
                    take_heads(tx, sitting(tx, ident))  # the last act before an export

            self.write(command, sittings=[sitting_id])

    def _forget(self) -> None:
        """Secrets go when scoring has ended, nothing waits for a score, and no late evidence for a
        decision."""
        done = self.centre.store.read(forms_done)
        if done and (done := done - self.centre.store.read(forms_waiting)):
            self.write(lambda tx: forget_secrets(tx, form_ids=done))

    def _forget_here(self) -> None:
        """And every process forgets what it still had in memory."""
        vault = self.centre.vault
        if held := vault.forms():
            read = self.centre.store.read
            over = read(lambda session: forms_over(session, held))
            if over:
                vault.forget(over - read(forms_waiting))


def _each(things: Iterable[T], act: Callable[[T], None]) -> None:
    """Do ``act`` with each of them; where it fails the others come to their turn all the same."""
    for thing in things:
        try:
            act(thing)
        except LeaseLostError:
            log.warning("lease_lost")
        except Refusal as refusal:
            log.warning("sweep_refused", code=refusal.code)
        except Exception:
            log.exception("sweep_failed")


def _waits_for_people(job: ScoringJob, code: str) -> bool:
    """Recovered after the secrets were gone: the results page asks two persons to open them."""
    return code == "not_unsealed" and all(one.reason is not None for one in job.attempts)


def _call(part: Callable[[], None]) -> None:
    part()


class _RunningSitting(NamedTuple):
    """``due``: a terminal is silent, or somebody's time is over."""

    id: str
    heads_every_ms: int
    due: bool


def _running_sittings(session: Session, now: Instant) -> list[_RunningSitting]:
    rows = session.execute(
        select(Sitting.id, Exam)
        .join(Exam, Exam.id == Sitting.exam_id)
        .where(Sitting.state == SittingState.RUNNING.value)
    ).all()
    due = sittings_with_silent(session, now) | sittings_with_expired(session, now)
    return [
        _RunningSitting(row[0], of_exam(row[1]).room.heads_every_seconds * 1000, row[0] in due)
        for row in rows
    ]


def _look(tx: Tx, sitting_id: str, heads_due: bool) -> None:
    note_lost(tx, sitting_id=sitting_id)
    if outage.settled(tx):  # after a start nothing expires until the terminals had time to return
        sweep_expired(tx, sitting_id=sitting_id)
    if heads_due:
        take_heads(tx, sitting(tx, sitting_id))
