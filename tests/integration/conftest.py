"""The room every story of a day happens in."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from exam_server.desk.rules.lifecycle import SittingState
from exam_server.storage.acts import first_break
from tests.builders.door_room import DoorRoom
from tests.builders.office import Office
from tests.builders.published import ScoredOffice
from tests.builders.results_day import Day
from tests.builders.room_day import RoomDay
from tests.builders.services import Postgres


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
    errors = [
        r
        for r in caplog.get_records("call")
        # the server has no asyncio: what it says is of a browser that an earlier story drove
        if r.levelno >= logging.ERROR and r.name != "asyncio"
    ]
    assert [(r.name, r.getMessage(), r.exc_text) for r in errors] == []


@pytest.fixture
def day(database_url: str, tmp_path: Path) -> Iterator[Day]:
    prepared = Day(database_url, tmp_path)
    yield prepared
    prepared.close()


@pytest.fixture
def sat(day: Day) -> tuple[Day, list[str]]:
    """Seven people: 8, 6, 4, 4 points, blank, absent, half absent; the room is closed."""
    people = day.register(day.people(7))
    day.bring_paper()
    day.hand_in(people[0], "ethics", "all right")
    day.hand_in(people[0], "theory", "all right")
    day.hand_in(people[1], "ethics", "all right")
    day.hand_in(people[1], "theory", "half", cause="time")
    for person in people[2:4]:
        day.hand_in(person, "ethics", "half")
        day.hand_in(person, "theory", "half")
    day.hand_in(people[4], "ethics", "blank", cause="time")
    day.hand_in(people[4], "theory", "blank", cause="proctor")
    for subject in ("ethics", "theory"):
        day.set_state(people[5], subject, "absent")
    day.hand_in(people[6], "ethics", "all right")
    day.set_state(people[6], "theory", "absent")
    day.set_sitting(SittingState.CLOSED)
    return day, people


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def scored(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ScoredOffice]:
    """An office with its results in, for all stories of a file: on both databases, published by
    whichever story comes to it (:meth:`ScoredOffice.publish`)."""
    folder = tmp_path_factory.mktemp("scored")
    with ExitStack() as stack:
        if request.param == "sqlite":
            tables = request.getfixturevalue("sqlite_tables")
            url = f"sqlite:///{shutil.copy(tables, folder / 'kaochang.sqlite3')}"
        else:
            server: Postgres = request.getfixturevalue("postgres")
            tables = request.getfixturevalue("postgres_tables")
            url = stack.enter_context(server.database(template=tables))
        made = ScoredOffice(url, folder / "office")
        yield made
        assert made.office.centre.store.read(first_break) is None
        made.close()


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DoorRoom]:
    """One room under way for all who knock; its journal verifies afterwards."""
    room = DoorRoom(tmp_path_factory.mktemp("doors"))
    try:
        yield room
        room.day.verified()
    finally:
        room.close()


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    """An office without an exam, on both databases; its chain of acts is whole afterwards."""
    opened = Office(database_url, tmp_path / "centre")
    yield opened
    assert opened.centre.store.read(first_break) is None
    opened.close()
