"""Somebody sets the server's clock during the exam: no time is won or lost (invariant 3)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders.waiting import wait_until
from tests.faults import audit, shim
from tests.faults.room import Room, served_room

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(not shim.can_be_built(), reason=shim.WHY_NOT),
]

DAY_SECONDS = 86_400
ROBOTS = 10


def _answers_come(room: Room) -> None:
    """More are saved than were on their way when the clock was what it was."""
    before = len(audit.read_ledger(room))
    wait_until("answers", lambda: len(audit.read_ledger(room)) > before + ROBOTS, 60)


def test_a_wall_clock_that_steps_changes_nobodys_time(tmp_path: Path, seed: int) -> None:
    """Forward over every limit, back to yesterday, and a kill while it is wrong."""
    preload = shim.build(tmp_path)
    with served_room(
        tmp_path / "home",
        f"sqlite:///{tmp_path}/home/data/kaochang.sqlite3",
        robots=ROBOTS,
        seed=seed,
        environment=preload.environment,
    ) as room:
        people = [{**person, "pace": 4.0, "manner": "hands_in"} for person in room.people]
        with room.robots(people, str(seed)) as robots:
            room.unseal()
            room.until_waiting(ROBOTS)
            room.ring()
            _answers_come(room)

            preload.step_clock(3 * 3600)  # three hours on: far beyond everybody's limit
            _answers_come(room)
            board = room.until(  # who is there is written down once a second
                lambda board: bool(board["counts"]["answering"] == ROBOTS), "all answer"
            )
            lefts = [seat["left_ms"] for seat in board["seats"] if seat["candidate_id"]]
            assert all(50_000 < left < 60_000 for left in lefts)

            preload.step_clock(-DAY_SECONDS)
            _answers_come(room)
            room.kill_nine(0.5)
            preload.step_clock(2 * DAY_SECONDS)
            _answers_come(room)
            room.logins.clear()  # a login of that long ago has ended
            lefts = [seat["left_ms"] for seat in room.board()["seats"] if seat["left_ms"]]
            assert lefts
            assert all(40_000 < left < 60_000 for left in lefts)

            assert robots.wait(60) == 0
        record = audit.read_record(room.close_and_export())
        walls = [entry["at"] for chain in record.chains.values() for entry in chain]
        assert max(walls) - min(walls) > DAY_SECONDS * 1000  # the clock really stepped
        assert audit.wrong_times(record, room.outages) == []
        assert audit.credited_too_little_or_much(record, room.outages) == []
        ledger = audit.read_ledger(room)
        assert audit.lost_or_altered(ledger, record) == []
        assert audit.not_the_newest(ledger, record) == []
        status, report = audit.verification(room, record)
        assert status == 0, report
