"""The room every story of a day happens in."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders.room_day import RoomDay


@pytest.fixture
def bare_room(database_url: str, tmp_path: Path) -> Iterator[RoomDay]:
    """Room 02 with three candidates, on both databases; for stories in which storage breaks."""
    day = RoomDay(database_url, tmp_path / "centre")
    yield day
    day.close()


@pytest.fixture
def room(bare_room: RoomDay, caplog: pytest.LogCaptureFixture) -> Iterator[RoomDay]:
    """The same; however the story went, its journal verifies and the server had no error."""
    yield bare_room
    bare_room.verified()
    errors = [r for r in caplog.get_records("call") if r.levelno >= logging.ERROR]
    assert [(r.name, r.getMessage(), r.exc_text) for r in errors] == []
