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

import psycopg
import pytest

from tests.builders.seeds import seed_of
from tests.builders.services import Postgres
from tests.faults import audit
from tests.faults.audit import Record
from tests.faults.room import Outage, Room, served_room

pytestmark = pytest.mark.faults


@dataclass(frozen=True, slots=True)
class Size:
    """A day's size. ``unplugged``: candidates whose machine dies for good in the middle.

    ``cut``: the database server ends the server's connections once, too.
    """

    robots: int
    kills: int
    unplugged: int
    pace: float
    cut: bool


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
    "sqlite": Size(robots=100, kills=5, unplugged=8, pace=1.0, cut=False),
    "postgresql": Size(robots=30, kills=2, unplugged=0, pace=2.5, cut=True),
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
        if kind == "postgresql":
            postgres: Postgres = request.getfixturevalue("postgres")
            url = stack.enter_context(postgres.database())
        else:
            url = f"sqlite:///{home}/data/kaochang.sqlite3"
        yield play(home, url, SIZES[kind], seed)


def play(home: Path, url: str, size: Size, seed: int) -> Played:
    """Unseal, bell, kills, hand-ins and time-ups, close, export."""
    draw = random.Random(seed)
    with served_room(home, url, robots=size.robots, seed=seed) as room:
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
            for _ in range(size.kills):
                time.sleep(draw.uniform(1.0, 5.0) / size.pace)
                room.kill_nine(draw.uniform(0.0, LONGEST_AWAY_SECONDS))
            if size.cut:
                time.sleep(0.5)
                room.outages.append(cut_connections(room))
            unplugged.kill()
            assert robots.wait(180) == 0, (home / "robots.log").read_text()[-2000:]
            room.until(lambda board: board["counts"]["answering"] == 0, "everybody has ended")
        record = audit.read_record(room.close_and_export())
        attempts = _attempts_at(record, doomed)
        return Played(size, room, record, attempts, audit.read_ledger(room))


def cut_connections(room: Room) -> Outage:
    """As when PostgreSQL is restarted: every connection of the server is gone, for it to mend."""
    cut_ms = room.clock_ms()
    address = room.settings.database_url.replace("+psycopg", "")
    with psycopg.connect(address) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    ends = time.monotonic() + 30
    while "storage is back" not in room.said():
        assert time.monotonic() < ends, "saving did not come back"
        time.sleep(0.02)
    return Outage(cut_ms, room.clock_ms())


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
    if not day.size.cut:
        assert "Traceback" not in day.room.said()


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
