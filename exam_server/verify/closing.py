"""The close of a sitting (§7): its counts add up and are those of the attempts."""

from __future__ import annotations

from collections import defaultdict

from exam_server.verify.attempt import ENDED, Attempt
from exam_server.verify.entries import Entry
from exam_server.verify.finding import Findings


def check_closed(
    chains: dict[str, list[Entry]], sitting: str, folds: dict[str, Attempt], findings: Findings
) -> None:
    """What each ``closed`` says, against a count of one's own; and that everybody had ended."""
    counted = _count(chains, folds)
    for entry in chains[sitting]:
        if entry.kind != "closed" or not entry.usable:
            continue
        for name, value in counted.items():
            found = entry.data.get(name, value)  # a journal of before these counts says none
            if found != value:
                facts = {"field": name, "found": found, "counted": value}
                findings.add("closed_count", sitting, entry.seq, line=entry.line, **facts)
        for attempt in folds.values():
            if attempt.state not in ENDED:
                findings.add("closed_before_end", attempt.id, attempt.head_seq)


def _count(chains: dict[str, list[Entry]], folds: dict[str, Attempt]) -> dict[str, int]:
    """expected = present + absent; present = submitted + explained."""
    people: dict[object, list[Attempt]] = defaultdict(list)
    for attempt in folds.values():
        people[attempt.assigned.get("candidate")].append(attempt)
    absent = sum(all(one.state == "absent" for one in mine) for mine in people.values())
    explained = sum(
        any(entry.kind == "explained" and entry.usable for one in mine for entry in chains[one.id])
        for mine in people.values()
    )
    present = len(people) - absent
    return {
        "expected": len(people),
        "present": present,
        "absent": absent,
        "submitted": present - explained,
        "explained": explained,
    }
