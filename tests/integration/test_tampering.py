"""Whatever is changed in the database of the record is found, and the finding names the entry.

A short form runs with the other tests; ``make tamper`` makes thousands of changes and prints what
it did. ``KAOCHANG_TAMPER_ROUNDS``: random changes of every sort.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.builders.room_day import RoomDay
from tests.builders.seeds import run_seed, seed_of
from tests.builders.tampering import Tamperer, play, sorts

ROUNDS = int(os.environ.get("KAOCHANG_TAMPER_ROUNDS", "4"))


def test_every_change_is_found_and_its_entry_named(
    room: RoomDay,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    play(room)
    dice = random.Random(seed_of(request.node.name))
    tamperer = Tamperer(room, dice, tmp_path / "lie.zip")
    tamperer.run(ROUNDS)
    with capsys.disabled():
        if ROUNDS > 4:
            dialect = room.settings.database_url.split(":")[0]
            print(f"\nseed {run_seed()}, {dialect}, {len(tamperer.covered)} entries under the head")
            for what in sorts():
                print(f"  {tamperer.tried[what]:>6}  {what}")
            print(f"  {tamperer.tried.total():>6}  in all, {len(tamperer.missed)} missed")
    assert tamperer.missed == []
    assert all(tamperer.tried[what] >= ROUNDS for what in sorts() if what != "attempt removed")
    assert tamperer.tried["attempt removed"] == 6
