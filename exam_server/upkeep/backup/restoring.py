"""``kaochang restore``: a backup becomes a centre again, whole or not at all.

Everything is written beside the centre's place and proved there; one rename makes it the
centre. With PostgreSQL that is not one step, so a mark says that it is not finished.
"""

from __future__ import annotations

import gzip
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import MetaData, inspect, text
from sqlalchemy.orm import Session

from exam_server.clock import Instant
from exam_server.errors import Refusal
from exam_server.keys import CentreKeys
from exam_server.settings import RESTORE_MARK, Settings
from exam_server.storage.acts import record
from exam_server.storage.engine import sqlite_path, write_engine
from exam_server.storage.migrate import upgrade
from exam_server.storage.tx import Tx
from exam_server.upkeep.backup import rows
from exam_server.upkeep.backup.checking import open_backup, refuse_newer, take_file
from exam_server.upkeep.backup.content import DATABASE, Manifest
from exam_server.upkeep.proof import Proof, prove_sittings

_LEAST_EPOCH_STEP, _EPOCH_STEPS = 1_000, 1 << 20
_MAY_BE_THERE = {"keys", "centre.pub", "signing.pub"}
Moved = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Restored:
    """What is there now. ``proofs``: the independent verifier's word on every sitting."""

    manifest: Manifest
    proofs: list[Proof]


def restore(
    settings: Settings,
    keys: CentreKeys,
    file: Path,
    *,
    now: Instant,
    moved: Moved = lambda _: None,
) -> Restored:
    """Make the centre of ``file`` in the bare ``settings.home``.

    Terminals of a running exam resynchronise: the server's epoch becomes one that none has
    seen. ``moved``: told of bytes taken in, then of rows. Refusals: ``home_not_empty``,
    ``database_not_empty`` and ``restore_elsewhere`` 409, those of ``open_backup``, and
    ``backup_newer`` 422. On any of them nothing has changed.
    """
    _refuse_unless_bare(settings)
    with open_backup(file, keys) as (reader, manifest):
        refuse_newer(manifest)
        with _beside(settings.home) as staging:
            for stored in manifest.files:
                path = staging / stored.name
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                with path.open("wb") as out:

                    def take(piece: memoryview, out: object = out) -> None:
                        out.write(piece)  # type: ignore[attr-defined]
                        moved(len(piece))

                    take_file(reader, stored, take)
                    out.flush()
                    os.fsync(out.fileno())
            lines = staging.with_name("rows")
            (staging / DATABASE).rename(lines)
            return Restored(
                manifest, _land(settings, keys, staging, lines, manifest, now=now, moved=moved)
            )


def _land(
    settings: Settings,
    keys: CentreKeys,
    staging: Path,
    lines: Path,
    manifest: Manifest,
    *,
    now: Instant,
    moved: Moved,
) -> list[Proof]:
    inside = _database_inside(settings)
    if inside is not None:
        url = f"sqlite:///{staging / inside}"
        _fill(url, lines, manifest, now, moved)
        proofs = prove_sittings(url, keys)
        _rename(staging, settings)
        return proofs
    mark = settings.home / RESTORE_MARK
    mark.touch()
    try:
        _fill(settings.database_url, lines, manifest, now, moved)
        proofs = prove_sittings(settings.database_url, keys)
        _rename(staging, settings)
    except BaseException:
        _drop_all(settings.database_url)
        mark.unlink()
        raise
    mark.unlink()
    return proofs


def _fill(url: str, lines: Path, manifest: Manifest, now: Instant, moved: Moved) -> None:
    upgrade(url, manifest.revision)
    engine = write_engine(url)
    try:
        with engine.begin() as connection, gzip.open(lines) as plain:
            loaded = rows.load(connection, plain, moved)
            if loaded != manifest.rows:
                raise Refusal("backup_altered", 422, {"place": DATABASE})
            step = _LEAST_EPOCH_STEP + secrets.randbelow(_EPOCH_STEPS)
            connection.execute(text("UPDATE heartbeat SET epoch = epoch + :step"), {"step": step})
        upgrade(url)
        with Session(engine) as session, session.begin():
            facts = {"made_ms": manifest.made_ms, "rows": manifest.rows, "epoch": manifest.epoch}
            record(Tx(session, now), kind="restored", actor="system", data=facts)
    finally:
        engine.dispose()  # the last connection: SQLite folds its WAL into the file


@contextmanager
def _beside(home: Path) -> Iterator[Path]:
    """A folder ``data`` on the same disk, gone afterwards unless it has become the centre's."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=home) as folder:
        staging = Path(folder) / "data"
        staging.mkdir(mode=0o700)
        yield staging


def _rename(staging: Path, settings: Settings) -> None:
    for path in staging.rglob("*"):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    os.rename(staging, settings.data)


def _refuse_unless_bare(settings: Settings) -> None:
    home = settings.home
    if (home / RESTORE_MARK).exists():
        raise Refusal("restore_unfinished", 409, {"mark": str(home / RESTORE_MARK)})
    there = {path.name for path in home.iterdir()} if home.exists() else set()
    more = {name for name in there if not name.startswith(".restore-")} - _MAY_BE_THERE
    if settings.data.is_dir() and not any(settings.data.iterdir()):
        more.discard("data")
    if more:
        raise Refusal("home_not_empty", 409, {"home": str(home), "first": min(more)})
    for left in home.glob(".restore-*"):  # of a restore that was killed: never became a centre
        shutil.rmtree(left)
    if _database_inside(settings) is None:
        engine = write_engine(settings.database_url)
        try:
            with engine.connect() as connection:
                if inspect(connection).get_table_names():
                    raise Refusal("database_not_empty", 409)
        finally:
            engine.dispose()


def _database_inside(settings: Settings) -> Path | None:
    """Where in the data folder the SQLite database lies; None for PostgreSQL."""
    path = sqlite_path(settings.database_url)
    if path is None:
        return None
    if not path.is_relative_to(settings.data):
        raise Refusal("restore_elsewhere", 409, {"database": str(path)})
    return path.relative_to(settings.data)


def _drop_all(url: str) -> None:
    engine = write_engine(url)
    try:
        with engine.begin() as connection:
            metadata = MetaData()
            metadata.reflect(connection)
            metadata.drop_all(connection)
    finally:
        engine.dispose()
