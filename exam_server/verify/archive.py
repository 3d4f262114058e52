"""Reading the export (§4) with limits, so that a hostile file costs little."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from exam_server.verify.finding import Findings

_KIB, _MIB = 1024, 1024 * 1024
MOST_BYTES_OF_FILE = 1024 * _MIB
MOST_MEMBERS = 64
MOST_BYTES = {
    "journal.jsonl": 512 * _MIB,
    "sitting.json": 64 * _MIB,
    "acts.jsonl": 256 * _MIB,
    "head.json": 64 * _KIB,
    "head.sig": 64 * _KIB,
    "centre.pub": 64 * _KIB,
}
NEEDED = ("journal.jsonl", "sitting.json")
BROKEN = (  # what a hostile zip makes the library raise
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    KeyError,
    IndexError,
    OverflowError,
    NotImplementedError,  # a compression or a version that the library does not know
    RuntimeError,  # an encrypted member
)


@dataclass(eq=False)
class Unreadable(Exception):
    """The file cannot be verified at all: exit status 2."""

    code: str
    facts: dict[str, str]


@dataclass(frozen=True, slots=True)
class Archive:
    """The bytes of the members; those that are not needed to read on are None when missing."""

    journal: bytes
    sitting: bytes
    acts: bytes | None
    head: bytes | None
    signature: bytes | None
    public_key: bytes | None


def read_archive(path: Path, findings: Findings) -> Archive:
    """The members of the export; Unreadable when there is nothing to verify."""
    try:
        if path.stat().st_size > MOST_BYTES_OF_FILE:
            raise Unreadable("file_too_large", {"file": path.name})
        with zipfile.ZipFile(path) as opened:
            return _members(opened, findings)
    except FileNotFoundError:
        raise Unreadable("file_missing", {"file": str(path)}) from None
    except BROKEN:
        raise Unreadable("file_not_zip", {"file": path.name}) from None


def _members(opened: zipfile.ZipFile, findings: Findings) -> Archive:
    infos = opened.infolist()
    if len(infos) > MOST_MEMBERS:
        raise Unreadable("file_not_export", {"member": "journal.jsonl"})
    for name, times in Counter(info.filename for info in infos).items():
        if name not in MOST_BYTES:
            findings.add("member_extra", member=name)
        elif times > 1:
            findings.add("member_repeated", member=name)
    found = {info.filename: info for info in infos}
    for name in MOST_BYTES:
        if name in found:
            continue
        if name in NEEDED:
            raise Unreadable("file_not_export", {"member": name})
        findings.add("member_missing", member=name)
    read = {
        name: read_member(opened, found[name], most)
        for name, most in MOST_BYTES.items()
        if name in found
    }
    return Archive(
        journal=read["journal.jsonl"],
        sitting=read["sitting.json"],
        acts=read.get("acts.jsonl"),
        head=read.get("head.json"),
        signature=read.get("head.sig"),
        public_key=read.get("centre.pub"),
    )


def read_member(opened: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    """At most ``most`` bytes are ever decompressed, whatever the headers claim; Unreadable."""
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unreadable("member_damaged", {"member": info.filename})
    try:
        with opened.open(info) as stream:
            data = stream.read(most + 1)
    except BROKEN:
        raise Unreadable("member_damaged", {"member": info.filename}) from None
    if len(data) > most:
        raise Unreadable("member_too_large", {"member": info.filename})
    return data
