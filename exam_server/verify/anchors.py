"""What anchors the chains inside the file: ``heads`` entries and the signed head (§3, §4)."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exam_server.verify import jsonform
from exam_server.verify.archive import Archive
from exam_server.verify.entries import Entry
from exam_server.verify.finding import Findings
from exam_server.verify.values import is_count, is_hex, is_integer


def check_heads(chains: dict[str, list[Entry]], sitting_id: str, findings: Findings) -> int:
    """Every ``heads`` entry agrees with the chains; how many entries none of them covers."""
    digests = {name: {entry.seq: entry.digest for entry in chain} for name, chain in chains.items()}
    before: dict[str, list[Any]] = {}
    for entry in chains[sitting_id]:
        if entry.kind != "heads" or not entry.usable:
            continue
        heads: dict[str, list[Any]] = entry.data["heads"]
        for name, (seq, digest) in heads.items():
            if seq and digests.get(name, {}).get(seq) != digest:
                findings.add("anchor_differs", name, seq, anchor=entry.seq)
            if seq < before.get(name, [0])[0]:
                findings.add("anchor_falls", name, seq, anchor=entry.seq)
        for name in before.keys() - heads.keys():
            findings.add("anchor_lost", name, anchor=entry.seq)
        before = heads
    return _not_anchored(before, chains, sitting_id)


def _not_anchored(
    heads: dict[str, list[Any]], chains: dict[str, list[Entry]], sitting_id: str
) -> int:
    """How many entries came after the last ``heads`` entry: under the signature alone."""
    sitting = chains[sitting_id]
    last = max((entry.seq for entry in sitting if entry.kind == "heads"), default=0)
    after = sum(1 for entry in sitting if entry.seq > last)
    return after + sum(
        1
        for name, chain in chains.items()
        for entry in chain
        if name != sitting_id and entry.seq > heads.get(name, [0])[0]
    )


def check_signed_head(
    archive: Archive,
    sitting: list[Entry],
    sitting_id: str,
    known_key: bytes | None,
    findings: Findings,
) -> None:
    """``head.json`` is well formed, signed, and of these very files and this very chain."""
    if archive.head is None:
        return
    _check_signature(archive, known_key, findings)
    try:
        head = jsonform.read(archive.head)
    except jsonform.NotJson:
        findings.add("head_malformed", sitting_id)
        return
    if not _is_head(head) or not jsonform.is_canonical(head, archive.head):
        findings.add("head_malformed", sitting_id)
        return
    last = sitting[-1] if sitting else None
    if last is None or (last.seq, last.digest) != (head["seq"], head["digest"]):
        findings.add("head_differs", sitting_id, head["seq"], last=last.seq if last else 0)
    if head["sitting"] != sitting_id:
        findings.add("head_of_other_sitting", sitting_id, other=head["sitting"])
    members = {
        "journal.jsonl": archive.journal,
        "sitting.json": archive.sitting,
        "acts.jsonl": archive.acts,
    }
    for name, data in members.items():
        if data is not None and hashlib.sha256(data).hexdigest() != head["files"][name]:
            findings.add("member_differs", member=name)


def _is_head(head: Any) -> bool:
    return (
        isinstance(head, dict)
        and head.keys() == {"at", "digest", "files", "seq", "sitting"}
        and is_integer(head["at"])
        and is_count(head["seq"])
        and is_hex(head["digest"])
        and isinstance(head["sitting"], str)
        and isinstance(head["files"], dict)
        and head["files"].keys() == {"journal.jsonl", "sitting.json", "acts.jsonl"}
        and all(is_hex(digest) for digest in head["files"].values())
    )


def _check_signature(archive: Archive, known_key: bytes | None, findings: Findings) -> None:
    inside = decoded(archive.public_key)
    if archive.public_key is not None and (inside is None or len(inside) != 32):
        findings.add("key_malformed")
        inside = None
    if known_key is not None and inside is not None and inside != known_key:
        findings.add("key_differs")
    key, signature = known_key or inside, decoded(archive.signature)
    if key is None or archive.head is None:
        return
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature or b"", archive.head)
    except (InvalidSignature, ValueError):
        findings.add("signature_wrong")


def decoded(text: bytes | None) -> bytes | None:
    """Base64, white space around it allowed; None when it is none."""
    if text is None:
        return None
    try:
        return base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
