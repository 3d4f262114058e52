"""The room every story of a day happens in."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders.room_day import RoomDay


@pytest.fixture
def room(database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[RoomDay]:
    """Room 02 with three candidates, on both databases.

    However the story went, its journal verifies afterwards, and the server had no error.
    """
    day = RoomDay(database_url, tmp_path / "centre")
    try:
        yield day
        day.verified()
        errors = [r for r in caplog.get_records("call") if r.levelno >= logging.ERROR]
        assert [(r.name, r.getMessage(), r.exc_text) for r in errors] == []
    finally:
        day.close()
