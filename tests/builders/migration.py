"""``make migration NAME=what_changed``: a migration file from the difference to the tables.

Before the first release the first migration is written anew instead:
``rm exam_server/storage/migrations/versions/0001_first.py && make migration NAME=first``.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command

from exam_server.storage.engine import write_engine
from exam_server.storage.migrate import MIGRATIONS, config, upgrade


def write(name: str) -> Path:
    """Write the next migration, called ``name`` (snake_case), and return its file."""
    number = 1 + max((int(path.name[:4]) for path in versions()), default=0)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/empty.sqlite3"
        if number > 1:
            upgrade(url)
        engine = write_engine(url)
        with engine.begin() as connection:
            settings = config(connection)
            settings.set_main_option("file_template", "%%(rev)s_%%(slug)s")
            command.revision(settings, name, autogenerate=True, rev_id=f"{number:04}")
        engine.dispose()
    (written,) = MIGRATIONS.glob(f"versions/{number:04}_*.py")
    lines = written.read_text().splitlines(keepends=True)
    written.write_text("".join(line for line in lines if not line.strip().startswith("# ###")))
    for check in (["format", "--quiet"], ["check", "--fix", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *check, str(written)], check=True)
    return written


def versions() -> list[Path]:
    """The migration files there are, oldest first."""
    return sorted(MIGRATIONS.glob("versions/[0-9]*.py"))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("say what changed: make migration NAME=seat_has_a_note")
    print(write(sys.argv[1]))
