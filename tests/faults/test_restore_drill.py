"""The centre's machine dies in mid-exam; another one, with a backup and the keys, carries on."""

from __future__ import annotations

from pathlib import Path

import pytest

from exam_server.verify.outside import OutsideHead
from exam_server.verify.verify import verify
from tests.faults import drill

pytestmark = pytest.mark.faults


def test_a_backup_of_mid_exam_and_the_keys_are_enough(tmp_path: Path, seed: int) -> None:
    urls = [f"sqlite:///{tmp_path}/{name}/data/kaochang.sqlite3" for name in ("old", "new")]
    found = drill.play(tmp_path, urls, robots=6, seed=seed, pace=1.5)
    assert len(found.after) > 10, "nothing was saved after the backup: the drill proves nothing"
    assert found.missing == []
    assert (found.verifier, found.report["findings"]) == (0, [])
    assert [one["findings"] for one in found.restored["sittings"]] == [0] * len(
        found.restored["sittings"]
    )
    assert len(found.record.outages) == 1
    assert '"level": "error"' not in found.room.said()

    # what only the dead machine had is gone from the record, and a receipt of it says so
    lost = found.after[0]
    report = verify(found.record.path, outside=[OutsideHead.typed(lost["digest"], lost["seq"])])
    assert [finding.code for finding in report.findings] == ["outside_head_missing"]
