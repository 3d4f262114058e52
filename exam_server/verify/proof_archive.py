"""Reading a hub's proof (proof page §1) with limits, so that a hostile file costs little."""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from exam_server.verify.archive import BROKEN, MOST_BYTES_OF_FILE, Unreadable, read_member
from exam_server.verify.finding import Findings

_KIB, _MIB = 1024, 1024 * 1024
MOST_MEMBERS = 20_000
MOST_BYTES = {
    "scores.json": 512 * _MIB,
    "acts.jsonl": 256 * _MIB,
    "head.json": 4 * _MIB,  # names every package
    "head.sig": 64 * _KIB,
    "office.pub": 64 * _KIB,
}
MOST_BYTES_OF_PACKAGE = 64 * _MIB
NEEDED = ("scores.json", "acts.jsonl")
_PACKAGE = re.compile(r"packages/([0-9a-f]{64})\.zip", re.ASCII)


@dataclass(frozen=True, slots=True)
class ProofArchive:
    """The bytes of the members, None when missing. ``packages``: by the digest in the name;
    ``digests``: SHA-256 of every member that ``head.json`` is to name."""

    scores: bytes
    acts: bytes
    head: bytes | None
    signature: bytes | None
    public_key: bytes | None
    packages: dict[str, bytes]
    digests: dict[str, str]


def is_proof(path: Path) -> bool:
    """Whether the file says itself that it is a proof and no journal."""
    try:
        with zipfile.ZipFile(path) as opened:
            return "scores.json" in opened.namelist()
    except BROKEN:
        return False


def read_proof(path: Path, findings: Findings) -> ProofArchive:
    """The members; Unreadable when there is nothing to verify."""
    try:
        if path.stat().st_size > MOST_BYTES_OF_FILE:
            raise Unreadable("file_too_large", {"file": path.name})
        with zipfile.ZipFile(path) as opened:
            return _members(opened, findings)
    except BROKEN:
        raise Unreadable("file_not_zip", {"file": path.name}) from None


def _members(opened: zipfile.ZipFile, findings: Findings) -> ProofArchive:
    infos = opened.infolist()
    if len(infos) > MOST_MEMBERS:
        raise Unreadable("file_not_export", {"member": "scores.json"})
    packages: dict[str, bytes] = {}
    read: dict[str, bytes] = {}
    for name, times in Counter(info.filename for info in infos).items():
        named = _PACKAGE.fullmatch(name)
        if times > 1:
            findings.add("member_repeated", member=name)
        if named is not None:
            packages[named[1]] = read_member(opened, opened.getinfo(name), MOST_BYTES_OF_PACKAGE)
        elif name in MOST_BYTES:
            read[name] = read_member(opened, opened.getinfo(name), MOST_BYTES[name])
        else:
            findings.add("member_extra", member=name)
    for name in MOST_BYTES.keys() - read.keys():
        if name in NEEDED:
            raise Unreadable("file_not_export", {"member": name})
        findings.add("member_missing", member=name)
    digests = {name: hashlib.sha256(read[name]).hexdigest() for name in NEEDED}
    digests |= {
        f"packages/{digest}.zip": hashlib.sha256(content).hexdigest()
        for digest, content in packages.items()
    }
    return ProofArchive(
        scores=read["scores.json"],
        acts=read["acts.jsonl"],
        head=read.get("head.json"),
        signature=read.get("head.sig"),
        public_key=read.get("office.pub"),
        packages=packages,
        digests=digests,
    )
