"""What is done to a served room: its processes, its PostgreSQL and its Redis."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.builders.services import Postgres, Redis
from tests.faults.room import Room


@dataclass(slots=True)
class Faults:
    """``draw``: decides what is left to chance. ``done``: how often each was done.

    ``postgres`` and ``redis``: of a room that several processes serve.
    """

    draw: random.Random
    longest_away_seconds: float
    postgres: Postgres | None = None
    redis: Redis | None = None
    done: Counter[str] = field(default_factory=Counter)

    def any(self, room: Room) -> str:
        """One fault, drawn; what it was."""
        kind = "all"
        if room.listening.workers > 1:
            kinds = {"all": 4, "one": 5, "Redis": 2, "PostgreSQL": 2}
            kind = self.draw.choices(list(kinds), list(kinds.values()))[0]
        self.do(room, kind)
        return kind

    def do(self, room: Room, kind: str) -> None:
        """``all``: kill -9 to every process. ``one``: to one of several. ``Redis``: stopped and
        emptied. ``PostgreSQL``: stopped as by a power cut; both are started again.
        """
        if room.listening.workers > 1:
            room.until_all_serve()
        away_seconds = self.draw.uniform(0.0, self.longest_away_seconds)
        if kind == "all":
            room.kill_nine(away_seconds)
        elif kind == "one":
            room.kill_worker(self.draw.randrange(room.listening.workers))
            time.sleep(away_seconds)
        elif kind == "Redis":
            assert self.redis is not None
            self.redis.stop()
            time.sleep(away_seconds)
            self.redis.start()
        else:
            assert self.postgres is not None
            assert self.postgres.restart is not None
            room.database_away(self.postgres.restart)
        self.done[kind] += 1

    def __str__(self) -> str:
        return ", ".join(f"{count} {kind}" for kind, count in sorted(self.done.items()))
