"""``python -m tests.faults.drill``: the machine dies in mid-exam, another takes over from a backup.

    python -m tests.faults.drill --robots 100 --database sqlite --record

All that is carried to the bare machine is the stick with the keys and the backup file, by the
commands an administrator types. The terminals stay where they are and know nothing of it. With
``--record`` a row is added to ``docs/restore-drill.md``; the short form is test_restore_drill.py.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from exam_server.settings import Settings
from tests.builders.services import ROOT, running_postgres
from tests.faults import audit
from tests.faults.audit import Record
from tests.faults.room import Room, served_room

PAGE = ROOT / "docs" / "restore-drill.md"
PASSPHRASE = "carried in another pocket"
HEAD = (
    "| date (UTC) | database | robots | backup s | MB | restore s | answers acknowledged |"
    " of these after the backup | missing at the end | verifier | seed |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|\n"
)


@dataclass(frozen=True, slots=True)
class Drilled:
    """What came of it. ``after``: answers acknowledged by the machine that died, after its
    backup. ``restored``: what the command said. ``verifier``: its exit status at the end."""

    room: Room
    record: Record
    ledger: list[dict[str, Any]]
    after: list[dict[str, Any]]
    restored: dict[str, Any]
    backup_seconds: float
    backup_bytes: int
    restore_seconds: float
    verifier: int
    report: dict[str, Any]

    @property
    def missing(self) -> list[str]:
        """Items whose newest acknowledged answer does not stand at the end: must be none."""
        newest: dict[tuple[str, str], dict[str, Any]] = {}
        for told in self.ledger:
            place = (told["attempt"], told["item"])
            if told["kept"] == "counted" and (
                place not in newest or newest[place]["revision"] <= told["revision"]
            ):
                newest[place] = told
        stand = self.record.statement["responses"]
        return [
            f"{place}: {stand[place[0]].get(place[1])} instead of {told}"
            for place, told in newest.items()
            if stand[place[0]].get(place[1], [None])[0] != told["options"]
            or stand[place[0]][place[1]][2:4] != told["revision"]
        ]


def command(settings: Settings, *arguments: str) -> dict[str, Any]:
    """One command of the program, as it is typed on that machine; its JSON."""
    where = ("--home", str(settings.home), "--json")
    done = subprocess.run(
        [sys.executable, "-m", "exam_server", *arguments, *where],
        cwd=ROOT,
        env={**os.environ, "KAOCHANG_DATABASE_URL": settings.database_url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (arguments, done.stdout, done.stderr[-2000:])
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def play(
    folder: Path, urls: Sequence[str], *, robots: int, seed: int, pace: float, minutes: int = 1
) -> Drilled:
    """A day on the machine with the database ``urls[0]``, carried on at ``urls[1]``."""
    old = folder / "old"
    with served_room(old, urls[0], robots=robots, seed=seed, minutes=minutes) as room:
        manner = {"manner": "hands_in"} if pace > 1 else {}
        people = [{**person, "pace": pace, **manner} for person in room.people]
        stick, ledger = folder / "keys.stick", room.ledger
        command(room.settings, "keys", "export", str(stick), "--passphrase", PASSPHRASE)
        bare = Settings(folder / "new", urls[1], None)
        command(bare, "keys", "import", str(stick), "--passphrase", PASSPHRASE)
        with room.robots(people, str(seed)) as process:
            room.until_waiting(robots)
            room.unseal()
            room.ring()
            time.sleep(minutes * 6 / pace)
            begun = time.monotonic()
            made = command(room.settings, "backup", "--out", str(folder / "exam.backup"))
            backup_seconds, count = time.monotonic() - begun, _lines(ledger)
            time.sleep(minutes * 6 / pace)
            assert process.poll() is None, "all had finished: the drill proves nothing"
            room.end(signal.SIGKILL)
            after = [json.loads(line) for line in ledger.read_bytes().splitlines()[count:]]
            begun = time.monotonic()
            restored = command(bare, "restore", made["file"])
            restore_seconds = time.monotonic() - begun
            room.settings = bare
            room.start()
            assert process.wait(180 + minutes * 180) == 0, (old / "robots.log").read_text()[-2000:]
        room.until(lambda board: board["counts"]["answering"] == 0, "everybody has ended")
        _hand_in_for_who_left(room)
        record = audit.read_record(room.close_and_export())
        room.settings = replace(bare, home=old)  # the authority's scoring file is not carried
        status, report = audit.verification(room, record)
        told = audit.read_ledger(room)
        room.settings = bare
        return Drilled(
            *(room, record, told, after, restored),
            *(backup_seconds, made["bytes"], restore_seconds, status, report),
        )


def _hand_in_for_who_left(room: Room) -> None:
    """Who had handed in and gone before the machine died, and after the backup, is still at work
    for the new one: a proctor ends their subjects, one after the other."""
    chief, list_of = room.chief(), f"/api/sittings/{room.sitting_id}/reconciliation"
    for _ in range(2):
        for row in chief.get(list_of)["rows"]:
            if row["cause"] == "unfinished":
                chief.post(f"/api/attempts/{row['about']}/submit", {"reason": "已交卷离场"})


def _lines(path: Path) -> int:
    return len(path.read_bytes().splitlines())


def main() -> int:
    """Play, print, record; 0 when nothing is missing and the verifier finds nothing."""
    wanted = _arguments()
    print(f"seed {wanted.seed}", flush=True)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kc-drill-")))
        if wanted.database == "sqlite":
            urls = [f"sqlite:///{folder}/{one}/data/kaochang.sqlite3" for one in ("old", "new")]
        else:
            server = stack.enter_context(running_postgres())
            urls = [stack.enter_context(server.database()) for _ in range(2)]
        found = play(
            *(folder, urls),
            robots=wanted.robots,
            seed=wanted.seed,
            pace=1.0,
            minutes=wanted.minutes,
        )
    row = (
        f"| {dt.datetime.now(dt.UTC).date()} | {wanted.database} | {wanted.robots} |"
        f" {found.backup_seconds:.1f} | {found.backup_bytes / 1e6:.1f} |"
        f" {found.restore_seconds:.1f} | {len(found.ledger):,} | {len(found.after):,} |"
        f" {len(found.missing)} | exit {found.verifier} | {wanted.seed} |\n"
    )
    print(HEAD + row + "\n".join(found.missing))
    if wanted.record:
        PAGE.write_text(PAGE.read_text("utf-8").rstrip("\n") + "\n" + row, "utf-8")
    return 0 if not found.missing and found.verifier == 0 else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--robots", type=int, default=100)
    parser.add_argument("--minutes", type=int, default=3)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 32))
    parser.add_argument("--record", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
