"""Another process that serves the room of a :class:`RoomDay`: same database, no shared memory."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from exam_server.bootstrap import build_app, open_centre, wake
from exam_server.results.scorer_client import ScorerClient
from exam_server.sweep import Sweep
from tests.builders.room_day import RoomDay
from tests.builders.room_terminal import Terminal


class SecondProcess:
    """Started while the room is what it is. ``meanwhile``: what the others do as it looks."""

    def __init__(self, room: RoomDay, meanwhile: Callable[[], object]) -> None:
        self._room = room
        self.centre = open_centre(room.settings, clock=room.clock, migrate=False)
        wake(self.centre, pause=lambda _seconds: meanwhile())
        self.app: Flask = build_app(self.centre)[0]
        self._scorer = ScorerClient()
        self.sweep = Sweep(self.centre, self._scorer)

    def serves(self, terminal: Terminal) -> None:
        """The proxy sends this terminal's requests here from now on."""
        terminal.served_by = self.app

    def die(self) -> None:
        """Its connections end, as when it is killed."""
        self._scorer.close()
        self.centre.store.close()


def second(room: RoomDay) -> SecondProcess:
    """One more process, while the first goes on giving its sign of life."""

    def first_lives() -> None:
        room.clock.advance(1_000)
        room.tick()

    return SecondProcess(room, first_lives)
