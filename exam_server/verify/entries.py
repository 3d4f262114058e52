"""The lines of ``journal.jsonl`` as entries (§2, §5): form, digest, kind, actor, fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from exam_server.verify import jsonform
from exam_server.verify.finding import Findings
from exam_server.verify.kinds import ATTEMPT_KINDS, SITTING_KINDS, actor_class
from exam_server.verify.values import is_count, is_hex, is_integer

MOST_BYTES_OF_LINE = 1024 * 1024
_FIELDS = {
    "sitting": str,
    "chain": str,
    "seq": int,
    "kind": str,
    "actor": str,
    "at": int,
    "clock": int,
    "boot": str,
    "data": dict,
    "prev": str,
    "digest": str,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. ``usable``: its data has the fields of its kind, so the fold may read it."""

    line: int
    sitting: str
    chain: str
    seq: int
    kind: str
    actor: str
    clock: int
    boot: str
    data: dict[str, Any]
    prev: str
    digest: str
    usable: bool


def read_entries(journal: bytes, sitting_id: str, findings: Findings) -> list[Entry]:
    """All entries that have the form of §2, in the order of the file."""
    if journal and not journal.endswith(b"\n"):
        findings.add("journal_cut")
    lines = journal.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    if not lines:
        findings.add("journal_empty")
    read = (_entry(raw, number, sitting_id, findings) for number, raw in enumerate(lines, start=1))
    return [entry for entry in read if entry is not None]


def _entry(raw: bytes, line: int, sitting_id: str, findings: Findings) -> Entry | None:
    if len(raw) > MOST_BYTES_OF_LINE:
        findings.add("entry_too_long", line=line)
        return None
    try:
        value = jsonform.read(raw)
    except jsonform.NotJson:
        findings.add("entry_not_json", line=line)
        return None
    if not _has_form(value):
        chain, seq = _claimed(value)
        findings.add("entry_malformed", chain, seq, line=line)
        return None
    if not jsonform.is_canonical(value, raw):
        findings.add("entry_not_canonical", value["chain"], value["seq"], line=line)
    _check_digest(value, line, findings)
    if value["sitting"] != sitting_id:
        findings.add("entry_of_other_sitting", value["chain"], value["seq"], line=line)
    return Entry(
        line=line,
        sitting=value["sitting"],
        chain=value["chain"],
        seq=value["seq"],
        kind=value["kind"],
        actor=value["actor"],
        clock=value["clock"],
        boot=value["boot"],
        data=value["data"],
        prev=value["prev"],
        digest=value["digest"],
        usable=_check_kind(value, line, sitting_id, findings),
    )


def _has_form(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == _FIELDS.keys()
        and all(isinstance(value[name], kind) for name, kind in _FIELDS.items())
        and is_count(value["seq"])
        and is_integer(value["at"])
        and is_integer(value["clock"])
        and is_hex(value["prev"])
        and is_hex(value["digest"])
    )


def _claimed(value: Any) -> tuple[str | None, int | None]:
    """What a malformed entry says of its own place, as far as it can be read."""
    if not isinstance(value, dict):
        return None, None
    chain, seq = value.get("chain"), value.get("seq")
    return (chain if isinstance(chain, str) else None), (seq if is_count(seq) else None)


def _check_digest(value: dict[str, Any], line: int, findings: Findings) -> None:
    body = {name: part for name, part in value.items() if name != "digest"}
    if jsonform.digest(body) != value["digest"]:
        findings.add("digest_differs", value["chain"], value["seq"], line=line, kind=value["kind"])


def _check_kind(value: dict[str, Any], line: int, sitting_id: str, findings: Findings) -> bool:
    """Whether the data can be relied on to have the fields of the kind."""
    chain, seq, name, data = value["chain"], value["seq"], value["kind"], value["data"]
    kinds = SITTING_KINDS if chain == sitting_id else ATTEMPT_KINDS
    kind = kinds.get(name)
    if kind is None:
        findings.add("kind_unknown", chain, seq, line=line, kind=name)
        return False
    if actor_class(value["actor"]) not in kind.actors:
        findings.add("actor_wrong", chain, seq, line=line, kind=name, actor=value["actor"])
    wrong = [
        field for field, check in kind.fields.items() if field not in data or not check(data[field])
    ]
    wrong += [
        field for field, check in kind.optional.items() if field in data and not check(data[field])
    ]
    for field in wrong:
        findings.add("field_wrong", chain, seq, line=line, kind=name, field=field)
    return not wrong
