"""Whatever is repeated, reordered or late, and whatever the clocks do, the room is right.

Invariants 2, 3 and 4 under random interleavings of answers, machine changes, pauses, grants,
outages and waiting, each against a model (tests/builders/room_walk.py).
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exam_server.storage.migrate import upgrade
from tests.builders.room_day import RoomDay
from tests.builders.room_walk import ACTS, Step, Walk

NUMBERS = st.integers(0, 30)
STEPS = st.lists(st.builds(Step, st.sampled_from(ACTS), NUMBERS, NUMBERS, NUMBERS), max_size=25)


@pytest.fixture(scope="module")
def empty_file() -> Iterator[Path]:
    """A database with tables and nothing else, to begin each example from."""
    with tempfile.TemporaryDirectory(prefix="kc-walk-") as folder:
        path = Path(folder) / "empty.sqlite3"
        upgrade(f"sqlite:///{path}")
        yield path


@pytest.mark.timeout(900)  # a failure is made small first, which takes a while
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_every_interleaving_agrees_with_the_model(empty_file: Path, steps: list[Step]) -> None:
    with tempfile.TemporaryDirectory(prefix="kc-walk-") as folder:
        file = Path(folder) / "room.sqlite3"
        shutil.copyfile(empty_file, file)
        room = RoomDay(f"sqlite:///{file}", Path(folder) / "centre", candidates=1)
        try:
            walk = Walk(room)
            for step in steps:
                walk.take(step)
            room.verified()
        finally:
            room.close()


@pytest.mark.parametrize("stops_early", [True, False], ids=["hands in", "runs out"])
def test_a_long_walk_on_each_database(
    database_url: str, tmp_path: Path, rng: random.Random, stops_early: bool
) -> None:
    acts = ACTS if stops_early else [act for act in ACTS if act != "hand_in"]
    room = RoomDay(database_url, tmp_path / "centre", candidates=1)
    try:
        walk = Walk(room)
        for _ in range(120):
            walk.take(
                Step(rng.choice(acts), rng.randrange(31), rng.randrange(31), rng.randrange(31))
            )
        room.verified()
    finally:
        room.close()
