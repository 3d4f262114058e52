"""``python -m tests.faults.campaign``: the long form of the kill test, and its record.

    python -m tests.faults.campaign --kills 50 --robots 200 --database sqlite --record
    python -m tests.faults.campaign --kills 20 --database postgresql --workers 2 --record

Plays one day of two subjects, kills the serving processes at random moments of it, asks the
same questions as the short form, and with ``--record`` adds a row to ``docs/faults.md``. Of
several workers now one is killed and now all; PostgreSQL is killed and Redis emptied too.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import os
import random
import secrets
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.builders.services import ROOT, running_postgres, running_redis
from tests.faults import audit
from tests.faults.breaking import Faults
from tests.faults.room import Room, served_room

PAGE = ROOT / "docs" / "faults.md"
LONGEST_AWAY_SECONDS = 4.0
_SECONDS_PER_KILL = 9.0  # on the average: until the next one, the absence, the start
_SHARE_ANSWERING = 0.45  # of a limit: the quickest robots have finished then
HEAD = (
    "| date (UTC) | database | robots | kills | acknowledged answers | lost or altered |"
    " not the newest | outages credited beyond seen, ms (least … most) | wrong times |"
    " verifier | server CPU s per candidate | seed |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|---|\n"
)


@dataclass(slots=True)
class Found:
    """What a campaign found. ``beyond_ms``: per outage, credited minus seen."""

    database: str
    robots: int
    kills: str
    seed: int
    cpu_seconds: float
    answers: int = 0
    lost: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    times: list[str] = field(default_factory=list)
    beyond_ms: list[int] = field(default_factory=list)
    verifier: int = -1

    @property
    def clean(self) -> bool:
        """Whether every invariant held."""
        return not (self.lost or self.stale or self.times or self.verifier)

    @property
    def row(self) -> str:
        """One line of the page's table."""
        today = dt.datetime.now(dt.UTC).date()
        return (
            f"| {today} | {self.database} | {self.robots} | {self.kills} | {self.answers:,} |"
            f" {len(self.lost)} | {len(self.stale)} | {min(self.beyond_ms, default=0)} …"
            f" {max(self.beyond_ms, default=0)} | {len(self.times)} | exit {self.verifier} |"
            f" {self.cpu_seconds / self.robots:.2f} | {self.seed} |\n"
        )


def main() -> int:
    """Play, ask, print, record; 0 when every invariant held."""
    wanted = _arguments()
    print(f"seed {wanted.seed}", flush=True)
    with contextlib.ExitStack() as stack:
        postgres = None
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kc-faults-")))
        if wanted.database == "sqlite":
            url = f"sqlite:///{home}/data/kaochang.sqlite3"
        elif wanted.database == "postgresql":
            postgres = stack.enter_context(running_postgres())
            url = stack.enter_context(postgres.database())
        else:
            url = wanted.database
        redis = stack.enter_context(running_redis()) if wanted.workers > 1 else None
        found = _campaign(
            home,
            url,
            wanted,
            Faults(random.Random(wanted.seed), LONGEST_AWAY_SECONDS, postgres, redis),
        )
    print(HEAD + found.row)
    for problem in (*found.lost, *found.stale, *found.times):
        print(problem)
    if wanted.record:
        _record(found.row)
    return 0 if found.clean else 1


def _campaign(home: Path, url: str, wanted: argparse.Namespace, faults: Faults) -> Found:
    answering = wanted.kills * _SECONDS_PER_KILL / 2 / _SHARE_ANSWERING
    minutes = wanted.minutes or max(1, -(-int(answering) // 60))
    draw, cpu = random.Random(wanted.seed), _Cpu()
    with served_room(
        home,
        url,
        robots=wanted.robots,
        seed=wanted.seed,
        minutes=minutes,
        subjects=2,
        workers=wanted.workers,
        redis_url=faults.redis.url if faults.redis else None,
    ) as room:
        with room.robots(room.people, str(wanted.seed)) as robots:
            room.unseal()
            room.until_waiting(wanted.robots)
            room.ring()
            while faults.done.total() < wanted.kills and robots.poll() is None:
                time.sleep(draw.expovariate(1 / (_SECONDS_PER_KILL - 4)) + 0.2)
                cpu.note(room)
                kind = faults.any(room)
                print(f"{faults.done.total()}: {kind} {room.outages[-1:]}", flush=True)
            if robots.wait(minutes * 180 + 300) != 0:
                raise SystemExit((home / "robots.log").read_text()[-4000:])
            cpu.note(room)
        room.until(lambda board: board["counts"]["answering"] == 0, "everybody has ended")
        kind = "SQLite" if url.startswith("sqlite") else "PostgreSQL"
        if wanted.workers > 1:
            kind = f"{kind} × {wanted.workers} workers, Redis"
        found = Found(kind, wanted.robots, str(faults), wanted.seed, cpu.seconds)
        return _asked(room, found)


def _asked(room: Room, found: Found) -> Found:
    record, ledger = audit.read_record(room.close_and_export()), audit.read_ledger(room)
    found.answers = len(ledger)
    found.lost = audit.lost_or_altered(ledger, record)
    found.stale = [*audit.not_the_newest(ledger, record), *audit.answered_twice(ledger)]
    found.beyond_ms = [
        data["ms"] - (seen.answered_ms - seen.killed_ms)
        for data, seen in zip(record.outages, room.outages, strict=False)
    ]
    found.times = [
        *audit.credited_too_little_or_much(record, room.outages),
        *audit.wrong_times(record, room.outages),
        *audit.ended_too_early_or_late(record, audit.ended_by_time(record)),
    ]
    found.verifier = audit.verification(room, record)[0]
    return found


class _Cpu:
    """CPU seconds of the serving processes; noted before each ends."""

    def __init__(self) -> None:
        self._ticks: dict[tuple[str, str], int] = {}  # by process id and start

    @property
    def seconds(self) -> float:
        """Of all of them together."""
        return sum(self._ticks.values()) / os.sysconf("SC_CLK_TCK")

    def note(self, room: Room) -> None:
        assert room.server is not None
        for process in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                fields: list[str] = process.read_text().rpartition(")")[2].split()
                if int(fields[2]) == room.server.pid:  # its process group
                    ticks = int(fields[11]) + int(fields[12])
                    self._ticks[process.parent.name, fields[19]] = ticks


def _record(row: str) -> None:
    """Append the row to the page's last table."""
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(text.rstrip("\n") + "\n" + row, encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.campaign", description=__doc__)
    add: Callable[..., Any] = parser.add_argument
    add("--kills", type=int, default=50)
    add("--robots", type=int, default=200)
    add("--database", default="sqlite", help="sqlite, postgresql, or the address of an empty one")
    add("--workers", type=int, default=1, help="more than one with PostgreSQL; Redis comes too")
    add("--minutes", type=int, help="time limit of each subject; by default as the kills need")
    add("--seed", type=int, default=secrets.randbelow(2**31))
    add("--record", action="store_true", help=f"add the result to {PAGE.relative_to(ROOT)}")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
