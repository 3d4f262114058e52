"""Makes ``tests/fixtures/first_release``: a centre as the first release left it.

Two rooms of one exam, one closed and scored, one in mid-exam, played by the program itself.
Run once, at the commit of the release, with this file laid beside it:
``python -m tests.builders.first_release FOLDER``. The people do not exist.
"""

from __future__ import annotations

import base64
import json
import lzma
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, select

from exam_server.room.actions import bell, closing, ending
from exam_server.storage.migrate import upgrade
from exam_server.storage.schema import metadata
from exam_server.vault.actions.packages import import_package
from question_bank.items.key import as_builtins
from question_bank.items.shape import ItemType
from question_bank.sealing import package
from tests.builders.papers import Authority, draft
from tests.builders.profiles import counted
from tests.builders.room_day import ADMIN, CHIEF, PROCTOR, Person, RoomDay, roster

_COUNTS = {"single": 2, "multiple": 2}
_PAPER = {ItemType.SINGLE: 2, ItemType.MULTIPLE: 2}


class FirstRelease(RoomDay):
    """Room 02 is over; in room 03 two candidates are in the middle of one subject."""

    def __init__(self, url: str, home: Path) -> None:
        super().__init__(url, home, profile=counted({"theory": _COUNTS}, minutes=60))
        self.closed_id, self.running_id = self.sitting_id, self.plan("03")
        self.others = self._room_03()
        self.do(bell.make_ready, sitting_id=self.running_id, actor=ADMIN.actor)

    def _bring_paper(self) -> str:
        """One form, for both rooms: they sit at the same time."""
        authority = Authority()
        authority.centre = self.centre.keys.hpke
        built = authority.pack(draft(_PAPER, subject="theory"))
        self.scoring = {form: as_builtins(key) for form, key in built.form_keys.items()}
        self.correct = {
            form: {item.item_id: item.correct for item in key.items}
            for form, key in built.form_keys.items()
        }
        sealed = package.from_bytes(built.data)
        self.do(import_package, package=sealed, file=built.data, data=self.settings.data)
        return built.bell_code

    def _room_03(self) -> list[Person]:
        rows = roster(3, "03", "other day")
        ids = self.register(rows, {"03": self.running_id})
        return [
            Person(ident, str(row.ticket), row.id_number, row.seat or 0)
            for ident, row in zip(ids, rows, strict=True)
        ]

    def play(self) -> None:
        """The morning until the fortieth minute."""
        first, second = (self.terminal(number).arrive() for number in (0, 1))
        self.unseal()
        self.ring()
        people, self.people, self.sitting_id = self.people, self.others, self.running_id
        waiting = []
        for number in (0, 1):
            terminal = self.terminal(number, name="room-03")
            terminal.log_in(room="03")
            terminal.confirm()
            terminal._call("POST", "/api/pledge", {})
            waiting.append(terminal)
        self.unseal()
        self.ring()
        for terminal in (first, second, *waiting):
            terminal.open()
        self.wait(minutes=5)
        first.answer_right()
        second.answer(0, "a")
        waiting[0].answer(0, "a")
        waiting[0].answer(1, "b", marked=True)
        waiting[0].answer(0, "c")
        waiting[1].answer(2, "ac")
        self.wait(minutes=30)
        first.hand_in()
        second.hand_in()
        self.people, self.sitting_id = people, self.closed_id
        self.do(ending.mark_absent, candidate_id=people[2].id, actor=PROCTOR, reason="未到场")
        self.do(closing.close_sitting, sitting_id=self.closed_id, actor=CHIEF)
        self.wait(seconds=1)
        self.wait(minutes=5)
        assert self.sitting().state == "scored"
        self.verified()


def dump(engine: Engine) -> Iterator[dict[str, Any]]:
    """Every row of every table, parents before children."""
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table).order_by(*table.primary_key)):
                values = {name: _plain(value) for name, value in row._mapping.items()}
                yield {"table": table.name, "row": values}


def _plain(value: object) -> object:
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def make(out: Path) -> None:
    """Play, and write what is left into ``out``."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "centre"
        url = f"sqlite:///{home}/data/kaochang.sqlite3"
        (home / "data").mkdir(parents=True)
        upgrade(url)
        day = FirstRelease(url, home)
        day.play()
        now = day.clock.now()
        facts = {
            "closed": day.closed_id,
            "running": day.running_id,
            "wall_ms": now.wall_ms,
            "boot_ms": now.boot_ms,
            "scoring": day.scoring,
            "people": [[one.id, one.ticket, one.id_number, one.seat] for one in day.others],
        }
        day.close()
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(home / "keys", out / "keys")
        (out / "package.kcp").write_bytes(next((home / "data/packages").glob("*.kcp")).read_bytes())
        (out / "facts.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n")
        engine = create_engine(url)
        lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in dump(engine))
        engine.dispose()
        _compressed(out / "rows.jsonl.xz", lines.encode())
        _compressed(out / "database.xz", (home / "data/kaochang.sqlite3").read_bytes())


def _compressed(path: Path, content: bytes) -> None:
    path.write_bytes(lzma.compress(content, preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    make(Path(sys.argv[1]))
