"""The centre that the first release left, opened by this program."""

from __future__ import annotations

import json
import lzma
import shutil
from pathlib import Path
from typing import Any

from exam_server.results.scorer_client import ScorerClient
from exam_server.settings import Settings
from exam_server.storage import migrate
from exam_server.storage.engine import write_engine
from exam_server.upkeep.backup import rows
from question_bank.sealing import package
from tests.builders.room_day import Person, RoomDay
from tests.builders.together import Together
from tests.manual_clock import ManualClock

FOLDER = Path(__file__).resolve().parents[1] / "fixtures" / "first_release"
REVISION = "0001"
FACTS: dict[str, Any] = json.loads((FOLDER / "facts.json").read_text("utf-8"))


def lay_down(settings: Settings) -> None:
    """Its files and its database, as they were: SQLite's file itself, PostgreSQL's rows."""
    settings.make_folders()
    shutil.copytree(FOLDER / "keys", settings.keys)
    sealed = package.read(FOLDER / "package.kcp")
    for folder in ("packages", "blobs"):
        (settings.data / folder).mkdir()
    shutil.copy(FOLDER / "package.kcp", settings.data / "packages" / f"{sealed.id}.kcp")
    for form_id in sealed.shapes:
        blob = settings.data / "blobs" / sealed.form(form_id).content
        blob.write_bytes(sealed.content_blob(form_id))
    if settings.database_url.startswith("sqlite"):
        database = Path(settings.database_url.removeprefix("sqlite:///"))
        database.write_bytes(lzma.decompress((FOLDER / "database.xz").read_bytes()))
        return
    migrate.upgrade(settings.database_url, REVISION)
    engine = write_engine(settings.database_url)
    with engine.begin() as connection, lzma.open(FOLDER / "rows.jsonl.xz") as lines:
        rows.load(connection, lines)
    engine.dispose()


class ReleasedRoom(RoomDay):
    """Room 03 in its fortieth minute; its machine has been off for a while. Needs new tables."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = ManualClock(FACTS["wall_ms"], FACTS["boot_ms"])
        self.clock.reboot(180_000)
        self.scorer, self.runner = ScorerClient(), Together()
        self.sitting_id: str = FACTS["running"]
        self.closed_id: str = FACTS["closed"]
        self.people = [Person(*facts) for facts in FACTS["people"]]
        self.scoring: dict[str, Any] = FACTS["scoring"]
        self.correct = {
            form: {item: one["correct"] for item, one in key["items"].items()}
            for form, key in self.scoring.items()
        }
        self._open()


def next_program(folder: Path) -> Path:
    """The migrations of a program that has one more table than this one."""
    copy = folder / "migrations"
    shutil.copytree(migrate.MIGRATIONS, copy)
    (copy / "versions" / "9999_next.py").write_text(
        "import sqlalchemy as sa\n"
        "from alembic import op\n"
        f"revision, down_revision = '9999', {migrate.newest()!r}\n"
        "branch_labels = depends_on = None\n"
        "def upgrade() -> None:\n"
        "    op.create_table('next', sa.Column('id', sa.Integer(), primary_key=True))\n"
    )
    return copy
