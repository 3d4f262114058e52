"""Several processes, whatever they do and whenever they stop: one holder, one clock, one record.

The lease and the company are tried against models; clock, receipts and chain with real
transactions of two processes that write the same rows at the same time.
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from exam_server.clock import SystemClock
from exam_server.room.actions import control
from exam_server.room.rules.company import DEAD_AFTER_MS, Company, company_of
from exam_server.room.tables import Heartbeat
from exam_server.storage.lease import LEASE_MS, LeaseLostError, hold, under_lease
from exam_server.storage.life import serving, stand_for
from exam_server.storage.migrate import upgrade
from exam_server.storage.store import Store
from exam_server.storage.tx import Tx
from tests.builders.room_day import PROCTOR, RoomDay
from tests.builders.second_process import second
from tests.manual_clock import ManualClock


@given(st.booleans(), st.integers(0, 4 * DEAD_AFTER_MS), st.booleans())
def test_alone_is_whoever_has_nobody_beside_or_hears_nothing_for_long(
    others: bool, silent_ms: int, moved: bool
) -> None:
    found = company_of(others, silent_ms, moved)
    assert (found is Company.ALONE) == (not others or silent_ms > DEAD_AFTER_MS)
    assert (found is Company.TOGETHER) <= (others and moved)
    if others and not moved:  # looking on always comes to an end
        assert company_of(others, DEAD_AFTER_MS + 1, moved) is Company.ALONE


@pytest.fixture
def stores(postgres_url: str) -> Iterator[tuple[ManualClock, list[Store]]]:
    """Three processes that could hold the lease, by one clock."""
    upgrade(postgres_url)
    clock = ManualClock()
    three = [Store(postgres_url, clock, database_clock=False) for _ in range(3)]
    yield clock, three
    for store in three:
        store.close()


ACTS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["beat", "write", "die"]),
        st.sampled_from([0, 1, 1_000, LEASE_MS - 1, LEASE_MS, LEASE_MS + 1]),
    ),
    max_size=30,
)


def test_the_lease_has_one_holder_and_never_a_dead_one_for_long(
    stores: tuple[ManualClock, list[Store]],
) -> None:
    """Beats, writes, deaths and pauses in any order, against a model of one row."""
    clock, three = stores
    numbers = itertools.count(1)

    @settings(max_examples=25)
    @given(ACTS)
    def walk(acts: list[tuple[int, str, int]]) -> None:
        for store in three:  # whoever stood there in the example before is gone
            store.close()
        own = [next(numbers) for _ in three]
        holder, until_ms = None, 0
        while three[0].write(lambda tx: serving(tx.session)):
            time.sleep(0.005)
        for who, act, pause_ms in acts:
            clock.advance(pause_ms)
            store, me, now_ms = three[who], own[who], clock.now().boot_ms
            if act == "die":  # its connection ends; who comes after it is another process
                die(store, me, three[(who + 1) % 3])
                own[who] = next(numbers)
                continue
            store.write(partial(stands, process=me))
            free = holder not in own or until_ms <= now_ms
            got = store.write(partial(hold, process=me)) if act == "beat" else wrote(store, me)
            assert got == (free or holder == me)
            if got:
                holder, until_ms = me, now_ms + LEASE_MS

    walk()


def stands(tx: Tx, *, process: int) -> None:
    stand_for(tx.session, process)


def die(store: Store, process: int, witness: Store) -> None:
    store.close()
    while process in witness.write(lambda tx: serving(tx.session)):
        time.sleep(0.005)


def wrote(store: Store, process: int) -> bool:
    try:
        store.write(lambda tx: under_lease(tx, process=process))
    except LeaseLostError:
        return False
    return True


@pytest.mark.parametrize("as_columns", [False, True])
def test_the_databases_clock_never_runs_back_in_a_chain(
    postgres_url: str, rng: random.Random, as_columns: bool
) -> None:
    """Whoever waited for a row comes after the one it waited for, by the database's time."""
    upgrade(postgres_url)
    two = [Store(postgres_url, SystemClock()) for _ in range(2)]
    seen: list[int] = []

    def append(tx: Tx) -> None:
        time.sleep(rng.uniform(0, 0.004))  # the batch has its time; the other may be quicker
        if as_columns:
            row = select(Heartbeat.boot_ms).where(Heartbeat.id == 1)
            (before_ms,) = tx.lock_rows(row.with_for_update(key_share=True), {})[0]
        else:
            before_ms = tx.lock(select(Heartbeat).where(Heartbeat.id == 1))[0].boot_ms
        assert before_ms <= tx.now.boot_ms
        tx.session.execute(update(Heartbeat).values(boot_ms=tx.now.boot_ms))
        seen.append(tx.now.boot_ms)

    outage_row = {"id": 1, "wall_ms": 0, "boot_ms": 0, "boot": "postgresql"}
    two[0].write(lambda tx: tx.session.add(Heartbeat(**outage_row, epoch=0)))

    def write_often(store: Store) -> None:
        for _ in range(30):
            store.write(append)

    run_all([partial(write_often, store) for store in two])
    assert len(seen) == 60
    for store in two:
        store.close()


def run_all(acts: Sequence[Callable[[], None]]) -> None:
    """All at the same time; the first failure is raised."""
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(act) for act in acts]:
            done.result(60)


def test_one_attempt_through_two_processes_is_one_chain(
    postgres_url: str, tmp_path: Path, rng: random.Random
) -> None:
    """Answers, repeats, a move to another machine and pauses, all at once through both."""
    upgrade(postgres_url)
    room = RoomDay(postgres_url, tmp_path / "centre", candidates=1)
    (terminal,) = room.begin(0)
    other = second(room)
    attempt, items = terminal.attempt_id(), terminal.items()
    apps = [room.app, other.app]
    told: list[dict[str, Any]] = []

    def answers(app: Flask, counters: list[int]) -> None:
        machine = copy(terminal)
        machine.served_by = app
        for counter in counters:
            body = machine.write(counter % 2, "abcd"[counter % 4], revision=(1, counter))
            told.extend(machine.send(body))

    def pauses() -> None:
        for verb in (control.pause_attempt, control.resume_attempt) * 5:
            act = partial(verb, attempt_id=attempt, actor=PROCTOR, reason="检查电源")
            rng.choice([room.centre.store, other.centre.store]).write(act, attempts=[attempt])

    counters = list(range(1, 61))
    rng.shuffle(counters)
    shares = (counters[:40], counters[20:])  # a third goes through both
    run_all(
        [*(partial(answers, app, share) for app, share in zip(apps, shares, strict=True)), pauses]
    )
    receipts = {one["revision"][1]: (one["seq"], one["digest"]) for one in told}
    assert len(told) == 80
    assert sorted(receipts) == list(range(1, 61))
    assert all(receipts[one["revision"][1]] == (one["seq"], one["digest"]) for one in told)
    assert len({seq for seq, _ in receipts.values()}) == 60
    newest = {place: max(c for c in counters if c % 2 == place) for place in (0, 1)}
    assert terminal.kept() == {place: "abcd"[c % 4] for place, c in newest.items()}
    assert len(items) == 4
    other.die()
    room.verified()
    room.close()


def test_what_a_room_is_given_and_what_one_is_never_undo_each_other(
    postgres_url: str, tmp_path: Path, rng: random.Random
) -> None:
    """Pauses and minutes for all through one process, for single people through the other."""
    upgrade(postgres_url)
    room = RoomDay(postgres_url, tmp_path / "centre", candidates=3)
    people = room.begin(0, 1, 2)
    other = second(room)
    everybody: dict[str, Any] = {"sitting_id": room.sitting_id, "actor": PROCTOR, "reason": "停电"}
    given = [0, *(0 for _ in people)]

    def for_all() -> None:
        give = partial(control.grant, seconds=1, **everybody)
        for act in (give, control.pause_sitting, give, control.resume_sitting) * 10:
            doing = act if act is give else partial(act, **everybody)
            room.centre.store.write(doing, sittings=[room.sitting_id])
            given[0] += act is give

    def for_single_people() -> None:
        for _ in range(15):
            place = rng.randrange(len(people))
            who: dict[str, Any] = {"actor": PROCTOR, "reason": "检查电源"}
            who["attempt_id"] = people[place].attempt_id()
            give = partial(control.grant, seconds=1, **who)
            for act in (control.pause_attempt, give, control.resume_attempt):
                doing = act if act is give else partial(act, **who)
                other.centre.store.write(doing, attempts=[who["attempt_id"]])
            given[place + 1] += 1

    run_all([for_all, for_single_people])
    for place, terminal in enumerate(people):
        found = room.attempt(terminal.person)
        assert found.granted_ms == 1000 * (given[0] + given[place + 1])
        assert (found.state, found.timing.running) == ("in_progress", True)
    other.die()
    room.verified()
    room.close()
