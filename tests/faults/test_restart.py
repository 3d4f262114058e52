"""An administrator restarts the server: before the bell, and in the middle of the exam."""

from __future__ import annotations

from pathlib import Path

import pytest

from exam_server.errors import Refusal
from tests.faults import audit
from tests.faults.room import served_room

pytestmark = pytest.mark.faults


def test_a_restart_before_the_bell_asks_for_the_code_again_and_one_after_it_does_not(
    tmp_path: Path, seed: int
) -> None:
    """Until the bell the secrets are in memory only (DESIGN §6)."""
    with served_room(
        tmp_path, f"sqlite:///{tmp_path}/data/kaochang.sqlite3", robots=8, seed=seed
    ) as room:
        people = [{**person, "pace": 5.0, "manner": "hands_in"} for person in room.people]
        with room.robots(people, str(seed)) as robots:
            room.until_waiting(8)
            room.unseal()
            assert room.board()["sitting"]["state"] == "unsealed"
            room.until(lambda _board: len(room.connected()) == 8, "all sockets are open")

            room.restart()
            room.outages.clear()  # nobody's time ran
            assert room.board()["sitting"]["state"] == "ready"
            with pytest.raises(Refusal) as refused:
                room.ring()
            assert refused.value.code == "wrong_state"
            room.unseal()
            room.ring()

            room.until(
                lambda board: board["counts"]["answering"] == 8 == len(room.connected()),
                "all answer, by their sockets",
            )
            room.restart()
            assert room.board()["sitting"]["state"] == "running"
            assert robots.wait(60) == 0
        record = audit.read_record(room.close_and_export())
        ledger = audit.read_ledger(room)
        assert audit.lost_or_altered(ledger, record) == []
        assert audit.not_the_newest(ledger, record) == []
        assert audit.credited_too_little_or_much(record, room.outages) == []
        assert audit.wrong_times(record, room.outages) == []
        status, report = audit.verification(room, record)
        assert status == 0, report
        assert '"level"' not in room.said(), "no warning, no error"
        assert room.codes == [0, 0], "both times an orderly end"
        lines = room.logged()
        told = [line["event"] for line in lines if line["logger"].startswith("exam_server.serving")]
        assert told == ["serving", *["stopping", "stopped", "serving"] * 2]
        assert all(line["saved"] for line in lines if line["event"] == "stopped")
        assert [line["terminals"] for line in lines if line["event"] == "stopping"] == [8, 8]
