"""``kaochang backup``: a moment of the whole centre in one sealed file, while it runs."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
from sqlalchemy import Connection, text

from exam_server.clock import Instant
from exam_server.errors import Refusal
from exam_server.keys import CentreKeys
from exam_server.settings import Settings, write_private
from exam_server.storage.engine import read_engine, sqlite_path
from exam_server.storage.migrate import current
from exam_server.upkeep.backup import rows
from exam_server.upkeep.backup.checking import open_backup, prove
from exam_server.upkeep.backup.content import (
    DATABASE,
    FOLDERS,
    FORMAT,
    Manifest,
    StoredFile,
    signed_front,
)
from exam_server.upkeep.backup.stream import write_sealed

LAST_BACKUP = "last-backup.json"
_PIECE_BYTES = 1 << 20
_PACKING_LEVEL = 3  # five times smaller at a third of the usual time
Moved = Callable[[int], None]


class LastBackup(msgspec.Struct, frozen=True):
    """What the centre remembers of its newest backup. ``made_ms``: wall time."""

    file: str
    made_ms: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Made:
    """A finished backup that has been read back. ``sha256``: of the file as it lies there."""

    path: Path
    bytes: int
    sha256: str
    manifest: Manifest


def make_backup(
    settings: Settings,
    keys: CentreKeys,
    out: Path,
    *,
    program: str,
    now: Instant,
    moved: Moved = lambda _: None,
) -> Made:
    """Write ``out`` (a new file), read it back whole, and remember it.

    The keys folder is not in it. ``moved`` is told of bytes written, then of bytes read back.
    Refusals: ``file_exists`` 409, ``disk_too_small`` 507.
    """
    if out.exists():
        raise Refusal("file_exists", 409, {"file": str(out)})
    _refuse_full_disks(settings, out)
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=settings.home) as folder:
        staged = Path(folder) / DATABASE
        manifest = _snapshot(settings, staged, program, now)
        part = out.with_name(f".{out.name}.part")
        try:
            _write(part, manifest, settings, keys, staged, moved)
            with open_backup(part, keys) as (reader, found):
                prove(reader, found, moved)
            digest = _digest(part)
            os.replace(part, out)
        finally:
            part.unlink(missing_ok=True)
    _keep_name(out.parent)
    made = Made(out, out.stat().st_size, digest, manifest)
    remembered = LastBackup(str(out), now.wall_ms, made.bytes, made.sha256)
    write_private(settings.home / LAST_BACKUP, msgspec.json.encode(remembered))
    return made


def plain_bytes_about(settings: Settings) -> int:
    """About how much there is to write: what a progress bar counts to, and disks need."""
    path = sqlite_path(settings.database_url)
    database = path.stat().st_size if path is not None and path.exists() else 0
    return database + sum(path.stat().st_size for path in _files(settings.data))


def last_backup(settings: Settings) -> LastBackup | None:
    """The newest backup that was made here, None when there was none (or the note is spoilt)."""
    try:
        return msgspec.json.decode((settings.home / LAST_BACKUP).read_bytes(), type=LastBackup)
    except (OSError, msgspec.DecodeError):
        return None


def _refuse_full_disks(settings: Settings, out: Path) -> None:
    need = plain_bytes_about(settings)
    for place in {settings.home, out.resolve().parent}:
        free = shutil.disk_usage(place).free
        if free < need:
            facts: dict[str, object] = {"place": str(place), "free": free, "need": need}
            raise Refusal("disk_too_small", 507, facts)


def _snapshot(settings: Settings, staged: Path, program: str, now: Instant) -> Manifest:
    """The database's rows into ``staged``; then the files, which rows are never ahead of: a
    package lies on the disk before the row that names it is committed."""
    engine = read_engine(settings.database_url)
    try:
        with engine.connect() as connection, connection.begin():
            written = _pack(staged, rows.dump(connection))
            facts = _facts(connection)
            revision = current(connection) or ""
    finally:
        engine.dispose()
    files = [StoredFile(DATABASE, staged.stat().st_size, _digest(staged))]
    for path in _files(settings.data):
        name = path.relative_to(settings.data).as_posix()
        files.append(StoredFile(name, path.stat().st_size, _digest(path)))
    epoch, heads = facts
    return Manifest(FORMAT, program, revision, now.wall_ms, epoch, written, heads, files)


def _pack(staged: Path, lines: Iterator[bytes]) -> int:
    written = 0
    with gzip.open(staged, "wb", compresslevel=_PACKING_LEVEL) as out:
        for line in lines:
            out.write(line)
            written += 1
    return written


def _facts(connection: Connection) -> tuple[int, dict[str, tuple[int, str]]]:
    epoch = connection.execute(text("SELECT max(epoch) FROM heartbeat")).scalar() or 0
    found = connection.execute(text("SELECT id, head_seq, head FROM sitting ORDER BY id"))
    return int(epoch), {row.id: (row.head_seq, row.head) for row in found}


def _files(data: Path) -> list[Path]:
    return sorted(path for folder in FOLDERS for path in (data / folder).glob("*"))


def _write(
    part: Path,
    manifest: Manifest,
    settings: Settings,
    keys: CentreKeys,
    staged: Path,
    moved: Moved,
) -> None:
    front = signed_front(manifest, keys.signing)
    plain_bytes = len(front) + sum(file.bytes for file in manifest.files)
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        parts = _parts(front, manifest, settings.data, staged)
        write_sealed(out, parts, plain_bytes, keys.hpke.public_key(), moved)
        out.flush()
        os.fsync(out.fileno())


def _parts(front: bytes, manifest: Manifest, data: Path, staged: Path) -> Iterator[bytes]:
    yield front
    for file in manifest.files:
        yield from _pieces(staged if file.name == DATABASE else data / file.name)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            yield piece


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _keep_name(folder: Path) -> None:
    """The name itself must survive a power cut too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
