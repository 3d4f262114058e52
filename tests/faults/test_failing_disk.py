"""The disk is full, or fails: nothing is called saved that is not, and nothing is lost."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders.waiting import wait_until
from tests.faults import audit, shim
from tests.faults.room import Outage, Room, served_room

pytestmark = pytest.mark.faults

ROBOTS = 10
IN_FLIGHT_SECONDS, BROKEN_SECONDS = 0.5, 1.0


def day_with(
    home: Path,
    seed: int,
    fail: Callable[[Room], None],
    mend: Callable[[Room], None],
    environment: dict[str, str] | None = None,
) -> None:
    """A day whose storage fails for some seconds while everybody answers."""
    url = f"sqlite:///{home}/data/kaochang.sqlite3"
    with served_room(home, url, robots=ROBOTS, seed=seed, environment=environment) as room:
        people = [{**person, "pace": 5.0, "manner": "hands_in"} for person in room.people]
        with room.robots(people, str(seed)) as robots:
            room.unseal()
            room.until_waiting(ROBOTS)
            room.ring()
            wait_until("answers", lambda: len(audit.read_ledger(room)) > ROBOTS, 60)
            assert room.health()["saving"]

            failed_ms = room.clock_ms()
            fail(room)
            wait_until("the latch", lambda: not room.health()["saving"], 60)
            time.sleep(IN_FLIGHT_SECONDS)
            told = len(audit.read_ledger(room))
            time.sleep(BROKEN_SECONDS)
            assert not room.health()["saving"]
            assert len(audit.read_ledger(room)) == told  # not one "saved" in all that time

            mend(room)
            room.outages.append(Outage(failed_ms, _surely_until_ms(room)))
            assert robots.wait(90) == 0, (home / "robots.log").read_text()[-2000:]
            assert room.health()["saving"]
        record = audit.read_record(room.close_and_export())
        ledger = audit.read_ledger(room)
        assert len(ledger) > told
        assert audit.lost_or_altered(ledger, record) == []
        assert audit.not_the_newest(ledger, record) == []
        assert audit.answered_twice(ledger) == []
        assert audit.wrong_times(record, room.outages) == []
        status, report = audit.verification(room, record)
        assert status == 0, report
        assert audit.told_other_scores(room, record) == []
        assert audit.credited_too_little_or_much(record, room.outages) == []


def _surely_until_ms(room: Room) -> int:
    """Waits until it saves; the last moment at which it surely did not yet."""
    surely_ms = room.clock_ms()

    def saves() -> bool:
        nonlocal surely_ms
        asked_ms = room.clock_ms()
        if room.health()["saving"]:
            return True
        surely_ms = asked_ms
        return False

    wait_until("saving again", saves, 60, every=0.1)
    return surely_ms


def test_a_full_disk_stops_the_saving_and_space_brings_it_back(tmp_path: Path, seed: int) -> None:
    """No file of the server may grow any more: every write to the database fails."""

    def limit(room: Room, most: int) -> None:
        _, hard = resource.prlimit(room.worker_pid(), resource.RLIMIT_FSIZE)
        resource.prlimit(room.worker_pid(), resource.RLIMIT_FSIZE, (most, hard))

    day_with(
        tmp_path,
        seed,
        fail=lambda room: limit(room, 0),
        mend=lambda room: limit(room, resource.RLIM_INFINITY),
    )


@pytest.mark.skipif(not shim.can_be_built(), reason=shim.WHY_NOT)
def test_a_disk_that_cannot_sync_is_not_believed(tmp_path: Path, seed: int) -> None:
    """fsync answers EIO: SQLite fails one commit and would go on; the program does not."""
    preload = shim.build(tmp_path)
    (tmp_path / "home").mkdir()
    day_with(
        tmp_path / "home",
        seed,
        fail=lambda _room: preload.let_fsync_fail(True),
        mend=lambda _room: preload.let_fsync_fail(False),
        environment=preload.environment,
    )
