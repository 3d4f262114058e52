"""Halls of candidates at a real centre, served by the real server.

A sitting has at most 400 seats: a thousand candidates are several halls whose bell is rung at
the same moment.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bench.machine import ServerUse
from exam_server import keys as centre_keys
from exam_server.bootstrap import open_centre
from exam_server.clock import SystemClock, utc
from exam_server.demo import plan
from exam_server.demo.plan import DemoRoom
from exam_server.demo.prepare import (
    DemoState,
    SeatedRoom,
    accounts,
    sealed_package,
    seat_room,
)
from exam_server.demo.provinces import SHAANXI
from exam_server.demo.staff import StaffBrowser
from exam_server.profiles.profile import builtins_of, load
from exam_server.serving.listening import Listening
from exam_server.settings import Settings
from exam_server.storage.lock import only_writer
from exam_server.upkeep.certificates import CA_CERT, create_authority, issue_server
from tests.builders.services import free_port
from tests.faults.room import Room

SEATS = 250
_EXAM, _TRADE = "2026 年等级考核", "汽车驾驶员"


@dataclass(frozen=True, slots=True)
class Staged:
    """A centre that is ready and not served yet: its candidates by sitting."""

    home: Path
    bell_code: str
    sittings: dict[str, list[dict[str, object]]]


@dataclass(slots=True)
class Hall(Room):
    """The served halls.

    ``sittings``: their ids. ``warm_bytes``: the server's memory when the first are there.
    """

    sittings: list[str] = field(default_factory=list)
    warm_bytes: int = 0

    @property
    def use(self) -> ServerUse:
        """CPU and memory of the server, of all its processes."""
        assert self.server is not None
        return ServerUse(self.server.pid)

    @property
    def ca(self) -> str | None:
        """The CA file of an https server."""
        return self.trusted if isinstance(self.trusted, str) else None

    def unseal_all(self) -> None:
        """启封 of every hall."""
        second = {"login": "proctor", "password": plan.PASSWORD}
        chief = self.chief()
        for sitting_id in self.sittings:
            asked = {"code": self.state.bell_code, "second": second}
            chief.post(f"/api/sittings/{sitting_id}/unseal", asked)

    def ring_all(self) -> float:
        """开考 in every hall at once; ms on the machine's monotonic clock when it was pressed."""
        return self._press("start", None)

    def grant_all(self, seconds: int) -> float:
        """加时 to every hall at once; when it was pressed."""
        return self._press("grant", {"seconds": seconds, "reason": "设备检查"})

    def _press(self, what: str, body: dict[str, object] | None) -> float:
        chiefs = [self.chief() for _ in self.sittings]

        def press(pair: tuple[StaffBrowser, str]) -> None:
            pair[0].post(f"/api/sittings/{pair[1]}/{what}", body)

        with ThreadPoolExecutor(len(chiefs)) as together:
            begin = time.monotonic_ns() / 1e6
            list(together.map(press, zip(chiefs, self.sittings, strict=True)))
        return begin


def stage(home: Path, database_url: str, *, candidates: int, minutes: int, seed: str) -> Staged:
    """A centre in ``home`` with one ready subject of 100 items for everybody.

    ``minutes``: the time limit.
    """
    settings = Settings(home, database_url, None)
    settings.make_folders()
    start_ms = SystemClock().now().wall_ms + 60_000
    theory = builtins_of(load(SHAANXI.profile))["subjects"]["theory"] | {"minutes": minutes}
    one_subject = {"block.order": ["theory"], "subjects": {"theory": theory}}
    sittings = {}
    with only_writer(settings.lock_path, settings.database_url):
        centre_keys.create(settings.keys)
        create_authority(settings.keys, SHAANXI.centre, utc(SystemClock().now()))
        centre = open_centre(settings)
        try:
            staff = accounts(centre)
            bell_code = sealed_package(centre, settings, staff.actor, SHAANXI)
            for number, seats in enumerate(_halls(candidates), start=11):
                room = DemoRoom(
                    f"{number}", f"{_EXAM} {number}", _TRADE, "L3", ("商洛市",), one_subject
                )
                seated = seat_room(
                    centre, staff, SHAANXI, room, seats, None, seed, start_ms, lambda _text: None
                )
                sittings[seated.sitting_id] = seated.people
        finally:
            centre.store.close()
    return Staged(home, bell_code, sittings)


@contextmanager
def served(
    staged: Staged,
    database_url: str,
    *,
    tls: bool = False,
    workers: int = 1,
    environment: dict[str, str] | None = None,
) -> Iterator[Hall]:
    """The staged centre with its server running until the block ends."""
    home = staged.home
    certificate = key = None
    if tls:
        issued = utc(SystemClock().now())
        certificate, key = issue_server(home / "keys", ["localhost", "127.0.0.1"], issued)
    people = [one for some in staged.sittings.values() for one in some]
    ids = list(staged.sittings)
    seated = SeatedRoom(ids[0], "", people)
    state = DemoState(SHAANXI.profile, staged.bell_code, None, [seated])
    hall = Hall(
        Settings(home, database_url, None),
        state,
        ids[0],
        people,
        environment or {},
        listening=Listening("127.0.0.1", free_port(), certificate, key, workers),
        trusted=str(home / "keys" / CA_CERT) if tls else True,
        sittings=ids,
    )
    try:
        hall.start()
        yield hall
    finally:
        hall.end()


def copied(staged: Staged, home: Path) -> Staged:
    """The same centre once more, in ``home`` (SQLite)."""
    shutil.copytree(staged.home, home)
    return Staged(home, staged.bell_code, staged.sittings)


def sqlite_url(home: Path) -> str:
    """The database of a centre in ``home``."""
    return f"sqlite:///{home}/data/kaochang.sqlite3"


def commit() -> str:
    """The commit that is measured, with a plus when the tree differs from it."""
    asked = ["git", "describe", "--always", "--dirty=+"]
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(asked, capture_output=True, text=True, check=True, cwd=os.getcwd())
        return done.stdout.strip()
    return "unknown"


def _halls(candidates: int) -> list[int]:
    """Seats per hall: as even as can be."""
    halls = -(-candidates // SEATS)
    return [candidates // halls + (n < candidates % halls) for n in range(halls)]
