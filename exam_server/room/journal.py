"""Writing the journal: one hash chain per attempt and one per sitting (DESIGN §6).

The format is ``docs/reference/journal.md``; what kinds there are is ``catalogue.toml``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from exam_server.clock import Instant
from exam_server.desk.rules.id_number import named_in
from exam_server.desk.tables import Sitting
from exam_server.errors import Refusal
from exam_server.room.rules.catalogue import kind as kind_of
from exam_server.room.tables import Attempt, JournalEntry
from exam_server.storage.tx import Fact, Tx
from question_bank.canonical import canonical


def digest_of(entry: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical entry without its digest."""
    return hashlib.sha256(canonical(dict(entry))).hexdigest()


def make_entry(
    *,
    sitting_id: str,
    chain: str,
    seq: int,
    kind: str,
    actor: str,
    now: Instant,
    data: dict[str, Any],
    prev: str,
) -> dict[str, Any]:
    """The entry as it is hashed, with its digest."""
    entry: dict[str, Any] = {
        "sitting": sitting_id,
        "chain": chain,
        "seq": seq,
        "kind": kind,
        "actor": actor,
        "at": now.wall_ms,
        "clock": now.boot_ms,
        "boot": now.boot,
        "data": data,
        "prev": prev,
    }
    entry["digest"] = digest_of(entry)
    return entry


def replay_index(kind: str, data: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """The columns ``fence`` and ``counter`` of an entry: its revision, if sending it again must
    find it."""
    revision = data.get("revision") if kind in REPLAYABLE else None
    if not isinstance(revision, list | tuple) or len(revision) != 2:
        return None, None
    return revision[0], revision[1]


def row_of(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The journal table's columns for an entry."""
    fence, counter = replay_index(entry["kind"], entry["data"])
    return {
        "sitting_id": entry["sitting"],
        "chain": entry["chain"],
        "seq": entry["seq"],
        "kind": entry["kind"],
        "actor": entry["actor"],
        "at_ms": entry["at"],
        "boot_ms": entry["clock"],
        "boot": entry["boot"],
        "data": entry["data"],
        "prev": entry["prev"],
        "digest": entry["digest"],
        "fence": fence,
        "counter": counter,
    }


# kinds whose revision is the replay index: sending it again finds the first entry
REPLAYABLE = frozenset({"response", "superseded", "late_evidence"})


def append(
    tx: Tx, *, chain: Attempt | Sitting, kind: str, actor: str, data: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Append one fact to an attempt's or a sitting's chain and move its head.

    Refusals (422): ``reason_required`` when the catalogue asks for a reason and none is
    given; ``id_number_in_text`` when what a person wrote holds one (invariant 11).
    """
    data = dict(data or {})
    known = kind_of(kind)
    if known.reason == "required" and not str(data.get("reason") or "").strip():
        raise Refusal("reason_required", 422, {"kind": kind})
    if any(named_in(str(data.get(name) or "")) for name in ("reason", "text")):
        raise Refusal("id_number_in_text", 422, {"kind": kind})
    if problem := known.problem("attempt" if isinstance(chain, Attempt) else "sitting", data):
        raise ValueError(problem)  # a mistake of the program: nothing is written
    entry = make_entry(
        sitting_id=chain.sitting_id if isinstance(chain, Attempt) else chain.id,
        chain=chain.id,
        seq=chain.head_seq + 1,
        kind=kind,
        actor=actor,
        now=tx.now,
        data=data,
        prev=chain.head,
    )
    tx.session.add(JournalEntry(**row_of(entry)))
    chain.head_seq, chain.head = entry["seq"], entry["digest"]
    tx.heads[chain.id] = (entry["seq"], entry["digest"])
    candidate_id = chain.candidate_id if isinstance(chain, Attempt) else None
    tx.facts.append(Fact(entry["sitting"], candidate_id, chain.id, kind, data))
    return entry
