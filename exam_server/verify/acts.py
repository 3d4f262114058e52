"""The acts outside a sitting (§12): the centre's own chain, and what anchors it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from exam_server.verify import jsonform
from exam_server.verify.entries import MOST_BYTES_OF_LINE, Entry
from exam_server.verify.finding import Findings
from exam_server.verify.values import is_count, is_hex, is_integer, is_text

CHAIN = "acts"
GENESIS = hashlib.sha256(b"kaochang/acts/1").hexdigest()
_FIELDS = {"seq", "at_ms", "kind", "actor", "data", "prev", "digest"}


@dataclass(frozen=True, slots=True)
class Act:
    """One act of the chain: who, what, with which facts."""

    seq: int
    digest: str
    kind: str
    actor: str
    data: dict[str, Any]


def read_acts(raw: bytes | None, findings: Findings) -> list[Act]:
    """All well-formed acts, each digest and link checked, in the order of the file."""
    acts: list[Act] = []
    if raw is None:  # the missing member is a finding already
        return acts
    if raw and not raw.endswith(b"\n"):
        findings.add("act_malformed", CHAIN, raw.count(b"\n") + 1)
    prev = GENESIS
    for seq, line in enumerate(raw.split(b"\n")[:-1], start=1):
        value = _read(line)
        if value is None:
            findings.add("act_malformed", CHAIN, seq)
            prev = ""
            continue
        body = {name: part for name, part in value.items() if name != "digest"}
        if jsonform.digest(body) != value["digest"]:
            findings.add("act_digest_differs", CHAIN, seq, kind=value["kind"])
        if value["seq"] != seq or value["prev"] != prev:
            findings.add("act_link_broken", CHAIN, seq, found=value["seq"])
        prev = value["digest"]
        acts.append(
            Act(value["seq"], value["digest"], value["kind"], value["actor"], value["data"])
        )
    return acts


def _read(line: bytes) -> dict[str, Any] | None:
    if len(line) > MOST_BYTES_OF_LINE:
        return None
    try:
        value = jsonform.read(line)
    except jsonform.NotJson:
        return None
    good = (
        isinstance(value, dict)
        and value.keys() == _FIELDS
        and is_count(value["seq"])
        and is_integer(value["at_ms"])
        and is_text(value["kind"])
        and is_text(value["actor"])
        and isinstance(value["data"], dict)
        and is_hex(value["prev"])
        and is_hex(value["digest"])
        and jsonform.is_canonical(value, line)
    )
    return value if good else None


def check_act_anchors(sitting: list[Entry], acts: list[Act], findings: Findings) -> int:
    """Every ``heads`` entry agrees with the acts; how many acts came after the last of them."""
    digests = {act.seq: act.digest for act in acts}
    reached = 0
    for entry in sitting:
        if entry.kind != "heads" or not entry.usable or "acts" not in entry.data:
            continue
        seq, digest = entry.data["acts"]
        if digests.get(seq) != digest:
            findings.add("act_anchor_differs", CHAIN, seq, anchor=entry.seq)
        if seq < reached:
            findings.add("act_anchor_falls", CHAIN, seq, anchor=entry.seq)
        reached = max(reached, seq)
    return sum(act.seq > reached for act in acts)
