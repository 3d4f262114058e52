"""The package file: a stored zip with exactly one possible byte form.

Entries, in this order: ``header.json``, ``manifest.json``, ``signature`` and the blobs
under ``blobs/`` by name. Reading writes the entries again and compares, so that no byte
of the file, not even a time stamp of the zip format, can differ unnoticed.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from question_bank.errors import BankError

HEADER = "header.json"
MANIFEST = "manifest.json"
SIGNATURE = "signature"
BLOBS = "blobs/"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MOST_ENTRIES = 10_000


def write(header: bytes, manifest: bytes, signature: bytes, blobs: dict[str, bytes]) -> bytes:
    """The package file's bytes."""
    entries = {HEADER: header, MANIFEST: manifest, SIGNATURE: signature}
    entries |= {BLOBS + name: blobs[name] for name in sorted(blobs)}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in entries.items():
            archive.writestr(_plain_entry(name), data)
    return buffer.getvalue()


def read(data: bytes) -> tuple[bytes, bytes, bytes, dict[str, bytes]]:
    """``(header, manifest, signature, blobs)``; BankError ``package_altered`` or
    ``package_not_a_package`` when the file is no zip at all."""
    if not data.startswith(b"PK\x03\x04"):
        raise BankError("package_not_a_package")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = _entries(archive)
    except (zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError) as error:
        raise _altered() from error
    except (NotImplementedError, RuntimeError, ValueError, LookupError) as error:
        raise _altered() from error  # how zipfile refuses flags and methods it does not know
    if not {HEADER, MANIFEST, SIGNATURE} <= set(entries):
        raise _altered()
    blobs = {name.removeprefix(BLOBS): entries[name] for name in entries if name.startswith(BLOBS)}
    parts = (entries[HEADER], entries[MANIFEST], entries[SIGNATURE])
    if write(*parts, blobs) != data:
        raise _altered()
    return (*parts, blobs)


def _entries(archive: zipfile.ZipFile) -> dict[str, bytes]:
    listed = archive.infolist()
    if len(listed) > _MOST_ENTRIES:
        raise _altered()
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in listed):
        raise _altered()  # nothing to inflate: a package cannot be a zip bomb
    return {entry.filename: archive.read(entry) for entry in listed}


def _plain_entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.create_system = 3
    entry.external_attr = 0o600 << 16
    return entry


def _altered() -> BankError:
    return BankError("package_altered", {"part": "container"})
