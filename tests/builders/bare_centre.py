"""A second machine with nothing on it, and what a centre's administrator does there."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, select

from exam_server import keys as centre_keys
from exam_server.clock import SystemClock
from exam_server.settings import Settings
from exam_server.storage.schema import metadata
from exam_server.upkeep.backup.making import Made, make_backup
from exam_server.upkeep.backup.restoring import Restored, restore
from tests.builders.room_day import RoomDay


@dataclass(frozen=True, slots=True)
class BareMachine:
    """Only the keys are there. ``url``: of an empty database."""

    home: Path
    url: str

    @property
    def settings(self) -> Settings:
        """As the program sees it."""
        return Settings(self.home, self.url)

    def take_keys(self, old: Settings) -> None:
        """The stick with the keys is put in."""
        shutil.copytree(old.keys, self.home / "keys")

    def restore(self, file: Path) -> Restored:
        """``kaochang restore``."""
        keys = centre_keys.load(self.settings.keys)
        return restore(self.settings, keys, file, now=SystemClock().now())

    @property
    def things(self) -> set[str]:
        """What lies in the home."""
        return {path.name for path in self.home.iterdir()} if self.home.exists() else set()


def back_up(room: RoomDay, file: Path) -> Made:
    """``kaochang backup`` beside the room's running server."""
    return make_backup(room.settings, room.centre.keys, file, program="test", now=room.clock.now())


def all_rows(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    try:
        with engine.connect() as connection:
            return {
                table.name: [
                    tuple(row)
                    for row in connection.execute(select(table).order_by(*table.primary_key))
                ]
                for table in metadata.sorted_tables
            }
    finally:
        engine.dispose()
