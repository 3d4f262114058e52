"""Opening a backup and proving every byte of it, without writing anything."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from exam_server.errors import Refusal
from exam_server.keys import CentreKeys
from exam_server.storage import migrate
from exam_server.upkeep.backup.content import Manifest, StoredFile, read_front
from exam_server.upkeep.backup.stream import SealedReader

Moved = Callable[[int], None]
Take = Callable[[memoryview], object]


@contextmanager
def open_backup(path: Path, keys: CentreKeys) -> Iterator[tuple[SealedReader, Manifest]]:
    """The reader at the first file, and the signed manifest.

    Refusals of :class:`SealedReader` and :func:`read_front`; ``file_unreadable`` 404.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise Refusal("file_unreadable", 404, {"file": str(path)}) from error
    with file:
        reader = SealedReader(file, keys.hpke)
        yield reader, read_front(reader, keys.signing)


def prove(reader: SealedReader, manifest: Manifest, moved: Moved = lambda _: None) -> None:
    """Read all files and compare their digests; ``backup_altered`` names the file."""
    for stored in manifest.files:
        take_file(reader, stored, lambda piece: moved(len(piece)))


def take_file(reader: SealedReader, stored: StoredFile, take: Take) -> None:
    """Hand one file over piece by piece; ``backup_altered`` when it was another one."""
    digest = hashlib.sha256()
    for piece in reader.pieces(stored.bytes):
        digest.update(piece)
        take(piece)
    if digest.hexdigest() != stored.sha256:
        raise Refusal("backup_altered", 422, {"place": stored.name})


def refuse_newer(manifest: Manifest) -> None:
    """``backup_newer`` when its tables are of a program that is newer than this one."""
    if not migrate.knows(manifest.revision):
        raise Refusal("backup_newer", 422, {"what": manifest.program})
