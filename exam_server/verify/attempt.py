"""One attempt folded from its chain: state (§7), time (§8), answers (§6), scores (§9)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from exam_server.verify.answers import Answers
from exam_server.verify.entries import Entry
from exam_server.verify.finding import Findings
from exam_server.verify.timing import AttemptTime, Grant, ServiceTime

_OPEN = ("assigned", "checked_in")
_UNDER_WAY = ("in_progress", "paused")
STEPS: dict[str, tuple[tuple[str, ...], str]] = {
    "checked_in": (("assigned",), "checked_in"),
    "started": (_OPEN, "in_progress"),
    "absent": (_OPEN, "absent"),
    "paused": (("in_progress",), "paused"),
    "resumed": (("paused",), "in_progress"),
    "submitted": ((*_OPEN, *_UNDER_WAY), "submitted"),
    "voided": (("submitted",), "voided"),
}
"""Kind → (states from which it is possible, state that it leads to)."""

ENDED = ("submitted", "absent", "voided")
_ACTOR_OF_CAUSE = {"candidate": "candidate", "time": "system", "proctor": "staff"}


@dataclass(frozen=True, slots=True)
class Rules:
    """What ``limits`` of sitting.json says, in ms."""

    grace_ms: int
    grant_alone_ms: int
    reconnect_ms: int = 15_000


@dataclass(slots=True)
class Attempt:
    """The fold of one chain."""

    id: str
    answers: Answers
    time: AttemptTime
    state: str = "none"
    cause: str | None = None
    assigned: dict[str, Any] = field(default_factory=dict)
    started: bool = False
    submitted: Entry | None = None
    scored: list[Entry] = field(default_factory=list)
    seq_of: dict[str, int] = field(default_factory=dict)
    head_seq: int = 0
    head: str = ""


def fold(
    chain: list[Entry],
    items: dict[str, tuple[str, int]] | None,
    service: ServiceTime,
    room_grants: list[Grant],
    rules: Rules,
    findings: Findings,
) -> Attempt:
    """Read a whole chain. ``room_grants``: those of the sitting chain that name it."""
    attempt = Attempt(chain[0].chain, Answers(items), AttemptTime(service, list(room_grants)))
    for entry in chain:
        if entry.usable:
            _read(attempt, entry, rules, findings)
        attempt.seq_of[entry.digest] = entry.seq
        attempt.head_seq, attempt.head = entry.seq, entry.digest
    if not attempt.time.comparable:
        findings.add("clocks_not_comparable", attempt.id)
    _check_second_persons(attempt, rules, findings)
    return attempt


def _read(attempt: Attempt, entry: Entry, rules: Rules, findings: Findings) -> None:
    if entry.kind in STEPS:
        _step(attempt, entry, findings)
    match entry.kind:
        case "assigned":
            _assign(attempt, entry, findings)
        case "response":
            _check_in_time(attempt, entry, rules, findings)
        case "granted":
            _grant(attempt, entry, findings)
        case "scored":
            attempt.scored.append(entry)
    attempt.answers.read(entry, findings)


def _assign(attempt: Attempt, entry: Entry, findings: Findings) -> None:
    if attempt.state != "none":
        _wrong_state(attempt, entry, findings)
        return
    attempt.state, attempt.assigned = "assigned", entry.data
    attempt.time.limit_ms = entry.data["limit_ms"]


def _step(attempt: Attempt, entry: Entry, findings: Findings) -> None:
    """Follow the arrow of §7; a step that is not possible is named and not taken."""
    possible, to = STEPS[entry.kind]
    if attempt.state not in possible:
        _wrong_state(attempt, entry, findings)
        return
    attempt.state = to
    match entry.kind:
        case "started":
            _start(attempt, entry, findings)
        case "paused":
            attempt.time.stop(entry)
        case "resumed":
            attempt.time.resume(entry)
        case "submitted":
            attempt.time.stop(entry)
            _submit(attempt, entry, findings)


def _start(attempt: Attempt, entry: Entry, findings: Findings) -> None:
    data = entry.data
    if data["limit_ms"] != attempt.assigned.get("limit_ms"):
        findings.add("limit_differs", attempt.id, entry.seq, line=entry.line)
    later_subject = attempt.assigned.get("ordinal") != 1
    if data["spent_ms"] < data["late_ms"] or (later_subject and data["spent_ms"]):
        findings.add("start_wrong", attempt.id, entry.seq, line=entry.line)
    attempt.started = True
    attempt.time.start(entry)


def _submit(attempt: Attempt, entry: Entry, findings: Findings) -> None:
    data, actor = entry.data, entry.actor.partition(":")[0]
    attempt.cause, attempt.submitted = data["cause"], entry
    if actor != _ACTOR_OF_CAUSE[data["cause"]]:
        findings.add("cause_wrong", attempt.id, entry.seq, line=entry.line, cause=data["cause"])
    if data["cause"] == "proctor" and "reason" not in data:
        findings.add(
            "field_wrong", attempt.id, entry.seq, line=entry.line, kind=entry.kind, field="reason"
        )
    left = attempt.time.left(entry)
    if data["cause"] == "time" and attempt.started and left >= 1000:
        findings.add("ended_early", attempt.id, entry.seq, line=entry.line, left_ms=left)
    if attempt.started and abs(max(0, data["left_ms"]) - max(0, left)) >= 1000:
        findings.add(
            "left_differs", attempt.id, entry.seq, line=entry.line, file=data["left_ms"], own=left
        )
    if data["answered"] != attempt.answers.answered:
        findings.add(
            "answered_differs",
            attempt.id,
            entry.seq,
            line=entry.line,
            file=data["answered"],
            own=attempt.answers.answered,
        )


def _check_in_time(attempt: Attempt, entry: Entry, rules: Rules, findings: Findings) -> None:
    if attempt.state not in _UNDER_WAY:
        _wrong_state(attempt, entry, findings)
        return
    left = attempt.time.left(entry)
    back = attempt.time.service.since_outage(entry)
    waited = back is not None and back < rules.reconnect_ms
    if left < -(rules.grace_ms + (rules.reconnect_ms if waited else 0)):
        findings.add("answer_too_late", attempt.id, entry.seq, line=entry.line, late_ms=-left)


def _grant(attempt: Attempt, entry: Entry, findings: Findings) -> None:
    if attempt.state in ENDED:
        _wrong_state(attempt, entry, findings)
    attempt.time.grant(entry)


def _check_second_persons(attempt: Attempt, rules: Rules, findings: Findings) -> None:
    """Above the proctor's limit in sum, a grant needs another person (§8)."""
    for grant in attempt.time.grants:
        before = sum(
            other.ms
            for other in attempt.time.grants
            if other.point.axis == grant.point.axis and other.point.value < grant.point.value
        )
        second = grant.entry.data.get("second")
        alone = before + grant.ms > rules.grant_alone_ms and second is None
        if alone or second == grant.entry.actor:
            findings.add("granted_alone", grant.entry.chain, grant.entry.seq, line=grant.entry.line)


def _wrong_state(attempt: Attempt, entry: Entry, findings: Findings) -> None:
    findings.add(
        "state_wrong", attempt.id, entry.seq, line=entry.line, kind=entry.kind, state=attempt.state
    )
