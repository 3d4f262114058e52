"""Writing the journal: one hash chain per attempt and one per sitting (DESIGN §6).

The format is ``docs/reference/journal.md``; what kinds there are is ``catalogue.toml``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table, bindparam, insert, update

from exam_server.clock import Instant
from exam_server.desk.rules.written import reason, words
from exam_server.desk.tables import Sitting
from exam_server.room.rules.catalogue import Kind
from exam_server.room.rules.catalogue import kind as kind_of
from exam_server.room.tables import Attempt, JournalEntry
from exam_server.storage.base import Base
from exam_server.storage.tx import Fact, Tx
from question_bank.canonical import canonical

# kinds whose revision is the replay index: sending it again finds the first entry
REPLAYABLE = frozenset({"response", "superseded", "late_evidence"})
_INSERT = insert(Base.metadata.tables[JournalEntry.__tablename__])
_ATTEMPT: Table = Base.metadata.tables[Attempt.__tablename__]
_ONE_ATTEMPT = update(_ATTEMPT).where(_ATTEMPT.c.id == bindparam("attempt"))


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


def append(
    tx: Tx, *, chain: Attempt | Sitting, kind: str, actor: str, data: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Append one fact to an attempt's or a sitting's chain and move its head.

    Refusals (422): ``reason_required`` when the catalogue asks for a reason and none is given;
    ``text_too_long``, ``id_number_in_text`` for what a person wrote, which is stripped (what the
    program says of itself is its own).
    """
    data = dict(data or {})
    entry = _entry_after(tx, chain, kind, actor, data)
    tx.session.add(JournalEntry(**row_of(entry)))
    chain.head_seq, chain.head = entry["seq"], entry["digest"]
    return entry


def _said(known: Kind, data: Mapping[str, Any]) -> dict[str, str]:
    """The fields that are a person's own words, as they are written down."""
    said = {name: words(data[name], known.name) for name in ("reason", "text") if data.get(name)}
    if known.reason == "required":
        said["reason"] = reason(said.get("reason", ""), known.name)
    return said


@dataclass(frozen=True, slots=True)
class Turn:
    """One attempt's next fact, and the columns of its row that change with it.

    ``attempt``: its row, or whatever else has ``id``, ``sitting_id``, ``candidate_id``,
    ``head_seq`` and ``head`` as they stand.
    """

    attempt: Any
    data: dict[str, Any]
    changes: Mapping[str, Any] = field(default_factory=dict)


def append_to_each(tx: Tx, *, kind: str, actor: str, turns: Sequence[Turn]) -> None:
    """As :func:`append`, for a whole hall at once: one fact to each of these attempts.

    All have the same columns changed; no attempt comes twice. Nothing is written when one
    of them is refused.
    """
    if not turns:
        return
    tx.session.flush()  # what was appended before is in the chains already
    entries = [_entry_after(tx, turn.attempt, kind, actor, turn.data) for turn in turns]
    connection = tx.session.connection()
    connection.execute(_INSERT, [row_of(entry) for entry in entries])
    moved = [
        {"attempt": entry["chain"], "head_seq": entry["seq"], "head": entry["digest"]}
        | dict(turn.changes)
        for entry, turn in zip(entries, turns, strict=True)
    ]
    columns: dict[str, Any] = {name: bindparam(name) for name in moved[0] if name != "attempt"}
    connection.execute(_ONE_ATTEMPT.values(columns), moved)
    tx.session.expire_all()  # whoever holds one of these rows reads it again


def _entry_after(tx: Tx, chain: Any, kind: str, actor: str, data: dict[str, Any]) -> dict[str, Any]:
    """The chain's next entry, checked; what follows from it once it is durable is noted."""
    known = kind_of(kind)
    if actor != "system":
        data = data | _said(known, data)
    of_all = isinstance(chain, Sitting)
    if problem := known.problem("sitting" if of_all else "attempt", actor, data):
        raise ValueError(problem)  # a mistake of the program: nothing is written
    entry = make_entry(
        sitting_id=chain.id if of_all else chain.sitting_id,
        chain=chain.id,
        seq=chain.head_seq + 1,
        kind=kind,
        actor=actor,
        now=tx.now,
        data=data,
        prev=chain.head,
    )
    tx.heads[chain.id] = (entry["seq"], entry["digest"])
    candidate_id = None if of_all else chain.candidate_id
    tx.facts.append(Fact(entry["sitting"], candidate_id, chain.id, kind, data))
    return entry
