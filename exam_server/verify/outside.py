"""Heads and receipts that were seen outside the machine (§3, §11): what nobody can rewrite.

Whoever holds the machine can compute every chain anew and sign it again; what was printed,
photographed or kept by a terminal before stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exam_server.verify import jsonform
from exam_server.verify.acts import Act
from exam_server.verify.anchors import decoded
from exam_server.verify.archive import Unreadable
from exam_server.verify.entries import Entry
from exam_server.verify.finding import Findings
from exam_server.verify.values import is_count, is_hex, is_integer

FORMAT = "kaochang/head/1"
MOST_BYTES = 64 * 1024
_TYPED = re.compile(r"(?:(?P<seq>\d{1,12})[:：])?(?P<digest>[0-9a-fA-F\s·-]+)", re.ASCII)
_OUTSIDE = re.compile(r"[0-9a-f]{16,64}", re.ASCII)
_GAPS = re.compile(r"[\s·-]+")


@dataclass(frozen=True, slots=True)
class OutsideHead:
    """A digest that was seen outside the machine, or its first hex digits; maybe its seq."""

    digest: str
    seq: int | None

    @classmethod
    def typed(cls, text: str, seq: int | None = None) -> OutsideHead:
        """As a person types it from paper, ``SEQ:DIGEST`` or the digest alone.

        ValueError for fewer than 16 hex digits, or two numbers that contradict each other.
        """
        found = _TYPED.fullmatch(text.strip())
        digest = _GAPS.sub("", found["digest"]).lower() if found else ""
        if found is None or not _OUTSIDE.fullmatch(digest):
            raise ValueError(text)
        own = int(found["seq"]) if found["seq"] else None
        if None not in (own, seq) and own != seq:
            raise ValueError(text)
        return cls(digest, seq if own is None else own)

    def is_of(self, entry: Entry | Act) -> bool:
        """Whether it is this entry's digest (and number, when that is known)."""
        return entry.digest.startswith(self.digest) and self.seq in (None, entry.seq)


def read_signed_heads(
    paths: Sequence[Path], sitting_id: str, key: bytes | None, findings: Findings
) -> list[OutsideHead]:
    """The heads of files as the console and the terminals keep them.

    One that the centre did not sign, or of another sitting, is a finding and no witness;
    Unreadable when a file is not there.
    """
    heads = []
    for path in paths:
        try:
            with path.open("rb") as file:
                raw = file.read(MOST_BYTES)
        except OSError:
            raise Unreadable("file_missing", {"file": str(path)}) from None
        head = _signed_head(raw)
        if head is None:
            findings.add("signed_head_malformed", file=path.name)
        elif not _is_signed(head, key):
            findings.add("signed_head_unsigned", head["sitting"], head["seq"], file=path.name)
        elif head["sitting"] != sitting_id:
            findings.add("head_of_other_sitting", sitting_id, head["seq"], other=head["sitting"])
        else:
            heads.append(OutsideHead(head["digest"], head["seq"]))
    return heads


def _signed_head(raw: bytes) -> dict[str, Any] | None:
    try:
        head = jsonform.read(raw)
    except jsonform.NotJson:
        return None
    well_formed = (
        isinstance(head, dict)
        and head.keys() == {"at", "digest", "seq", "signature", "sitting"}
        and is_integer(head["at"])
        and is_count(head["seq"])
        and is_hex(head["digest"])
        and isinstance(head["sitting"], str)
        and isinstance(head["signature"], str)
    )
    return head if well_formed else None


def _is_signed(head: dict[str, Any], key: bytes | None) -> bool:
    statement = {name: part for name, part in head.items() if name != "signature"}
    signature = decoded(head["signature"].encode("utf-8", "replace"))
    if key is None or signature is None:
        return False
    try:
        signed = jsonform.write({**statement, "format": FORMAT})
        Ed25519PublicKey.from_public_bytes(key).verify(signature, signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def check_outside(
    outside: list[OutsideHead],
    chains: Mapping[str, Sequence[Entry | Act]],
    sitting_id: str,
    findings: Findings,
) -> list[tuple[str, int]]:
    """Where each outside head was found; a finding for each that is nowhere.

    The finding names the entry that should have been there, and the last entry before it that
    another outside head still vouches for: what was changed lies between the two.
    """
    found: list[tuple[str, int]] = []
    missing: list[OutsideHead] = []
    for head in outside:
        place = next(
            (
                (name, entry.seq)
                for name, chain in chains.items()
                for entry in chain
                if head.is_of(entry)
            ),
            None,
        )
        if place is None:
            missing.append(head)
        else:
            found.append(place)
    vouched = [seq for name, seq in found if name == sitting_id]
    for head in missing:
        after = max((seq for seq in vouched if head.seq is None or seq < head.seq), default=0)
        findings.add(
            "outside_head_missing", sitting_id, head.seq, head=head.digest[:16], after=after
        )
    return found
