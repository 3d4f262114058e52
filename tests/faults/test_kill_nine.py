"""The serving processes are killed again and again under a full room (invariants 1 to 5).

One day is played per kind of database; each test then asks its own question about it.
"""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.builders.seeds import seed_of
from tests.builders.services import running_postgres, running_redis
from tests.faults import audit
from tests.faults.audit import Record
from tests.faults.breaking import Faults
from tests.faults.room import Room, served_room

pytestmark = pytest.mark.faults


@dataclass(frozen=True, slots=True)
class Size:
    """A day's size. ``faults``: what is broken, in this order (:class:`Faults`).

    ``unplugged``: candidates whose machine dies for good in the middle.
    """

    robots: int
    faults: tuple[str, ...]
    unplugged: int
    pace: float
    workers: int = 1


@dataclass(frozen=True, slots=True)
class Played:
    """What is left of such a day."""

    size: Size
    room: Room
    record: Record
    unplugged: frozenset[str]  # attempts
    ledger: list[dict[str, Any]]


# pace 1 fills the minute, so that some run out of time; PostgreSQL's smaller day is quicker
SIZES = {
    "sqlite": Size(robots=100, faults=("all",) * 5, unplugged=8, pace=1.0),
    "postgresql": Size(
        robots=30,
        faults=("one", "Redis", "all", "PostgreSQL", "one"),
        unplugged=0,
        pace=2.5,
        workers=2,
    ),
}
LONGEST_AWAY_SECONDS = 1.0


@pytest.fixture(scope="module", params=sorted(SIZES, reverse=True))
def day(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Played]:
    """A day with kills at random moments, played to its end."""
    kind = str(request.param)
    seed = seed_of(f"kill-nine {kind}")
    print(f"seed {seed}")
    home = tmp_path_factory.mktemp(f"kills-{kind}")
    with contextlib.ExitStack() as stack:
        faults = Faults(random.Random(seed), LONGEST_AWAY_SECONDS)
        url = f"sqlite:///{home}/data/kaochang.sqlite3"
        if kind == "postgresql":
            faults.postgres = stack.enter_context(running_postgres())
            faults.redis = stack.enter_context(running_redis())
            url = stack.enter_context(faults.postgres.database())
            if faults.postgres.restart is None:
                pytest.skip("PostgreSQL of KAOCHANG_TEST_POSTGRES cannot be restarted by a test")
        yield play(home, url, SIZES[kind], seed, faults)


def play(home: Path, url: str, size: Size, seed: int, faults: Faults) -> Played:
    """Unseal, bell, kills, hand-ins and time-ups, close, export."""
    redis_url = faults.redis.url if faults.redis else None
    with served_room(
        home, url, robots=size.robots, seed=seed, workers=size.workers, redis_url=redis_url
    ) as room:
        manner = {} if size.pace == 1.0 else {"manner": "hands_in"}
        people = [{**person, "pace": size.pace, **manner} for person in room.people]
        doomed, staying = people[: size.unplugged], people[size.unplugged :]
        with (
            room.robots(staying, str(seed)) as robots,
            room.robots(doomed, str(seed), "unplugged") as unplugged,
        ):
            room.unseal()
            room.until_waiting(size.robots)
            room.ring()
            for kind in size.faults:
                time.sleep(faults.draw.uniform(1.0, 5.0) / size.pace)
                faults.do(room, kind)
            unplugged.kill()
            assert robots.wait(180) == 0, (home / "robots.log").read_text()[-2000:]
            room.until(lambda board: board["counts"]["answering"] == 0, "everybody has ended")
        record = audit.read_record(room.close_and_export())
        attempts = _attempts_at(record, doomed)
        return Played(size, room, record, attempts, audit.read_ledger(room))


def _attempts_at(record: Record, people: list[dict[str, Any]]) -> frozenset[str]:
    seats = {person["seat"] for person in people}
    return frozenset(
        one["id"]
        for one in record.statement["attempts"]
        if record.one(one["id"], "assigned")["data"]["seat"] in seats
    )


def test_every_kill_was_seen_and_the_room_went_on(day: Played) -> None:
    assert len(day.record.outages) == len(day.room.outages) > 0
    ends = {attempt["state"] for attempt in day.record.statement["attempts"]}
    assert ends == {"submitted"}
    if day.size.workers == 1:
        assert '"level": "error"' not in day.room.said()


def test_no_acknowledged_answer_is_lost_or_altered(day: Played) -> None:
    assert len(day.ledger) > 40 * len(day.record.statement["attempts"])
    assert audit.lost_or_altered(day.ledger, day.record) == []


def test_the_newest_acknowledged_revision_stands_exactly_once(day: Played) -> None:
    problems = audit.not_the_newest(day.ledger, day.record, unplugged=day.unplugged)
    assert problems == []
    assert audit.answered_twice(day.ledger) == []


def test_each_outage_is_credited_in_full_and_no_more(day: Played) -> None:
    assert audit.credited_too_little_or_much(day.record, day.room.outages) == []


def test_nobody_gains_or_loses_time(day: Played) -> None:
    assert audit.wrong_times(day.record, day.room.outages) == []


def test_at_zero_the_server_hands_in_terminal_alive_or_not(day: Played) -> None:
    ended = set(audit.ended_by_time(day.record))
    assert ended >= day.unplugged
    assert audit.ended_too_early_or_late(day.record, ended) == []
    for attempt in day.unplugged:
        handed_in = day.record.one(attempt, "submitted")
        assert handed_in["actor"] == "system"
        assert handed_in["data"]["answered"] > 0  # what was saved before it died counts
        assert day.record.one(attempt, "scored")


def test_the_exported_journal_verifies_and_the_scores_are_recomputed(day: Played) -> None:
    status, report = audit.verification(day.room, day.record)
    assert status == 0, report
    assert report["counts"]["recomputed"] == len(day.record.statement["attempts"])
    if not day.unplugged:
        assert audit.told_other_scores(day.room, day.record) == []
