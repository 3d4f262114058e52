"""The folded journal against ``sitting.json``: attempts, answers, time, room acts (§4–§8)."""

from __future__ import annotations

from typing import Any

from exam_server.verify.attempt import ENDED, Attempt
from exam_server.verify.balance import Clocks, check_balance
from exam_server.verify.entries import Entry
from exam_server.verify.finding import Findings
from exam_server.verify.statement import Statement

SECOND_MS = 1000


def check_attempts(
    statement: Statement,
    folds: dict[str, Attempt],
    chains: dict[str, list[Entry]],
    findings: Findings,
) -> None:
    """Every attempt has its chain, every chain its attempt, and both say the same."""
    clocks = Clocks(chains[statement.sitting])
    for name in statement.attempts.keys() - folds.keys():
        findings.add("attempt_without_chain", name)
    for name in statement.responses.keys() - folds.keys():
        findings.add("responses_without_chain", name)
    for name, attempt in folds.items():
        row = statement.attempts.get(name)
        if row is None:
            findings.add("chain_without_attempt", name, 1)
            continue
        _check_row(row, attempt, findings)
        _check_time(row, attempt, chains[name][-1], findings)
        check_balance(row["left_ms"], chains[name], clocks, attempt.time.granted_ms, findings)
        _check_responses(statement.responses.get(name, {}), attempt, findings)
        if attempt.answers.items is None:
            findings.add("shape_missing", name, form=row["form"])


def _check_row(row: dict[str, Any], attempt: Attempt, findings: Findings) -> None:
    own: dict[str, Any] = {
        "candidate": attempt.assigned.get("candidate"),
        "subject": attempt.assigned.get("subject"),
        "ordinal": attempt.assigned.get("ordinal"),
        "form": attempt.assigned.get("form"),
        "limit_ms": attempt.assigned.get("limit_ms"),
        "state": attempt.state,
        "cause": attempt.cause,
        "granted_ms": attempt.time.granted_ms,
        "answered": attempt.answers.answered,
        "fence": attempt.answers.fence,
        "head_seq": attempt.head_seq,
        "head": attempt.head,
    }
    for field, value in own.items():
        if row[field] != value:
            findings.add(
                "attempt_differs",
                attempt.id,
                attempt.head_seq,
                field=field,
                file=row[field],
                own=value,
            )


def _check_time(row: dict[str, Any], attempt: Attempt, last: Entry, findings: Findings) -> None:
    left = row["limit_ms"] + row["granted_ms"] - row["spent_ms"]
    if row["left_ms"] not in (left, max(0, left)):
        findings.add("left_differs", attempt.id, attempt.head_seq, file=row["left_ms"], own=left)
    if attempt.submitted is not None:
        noted = attempt.submitted.data["left_ms"]
        if max(0, noted) != max(0, row["left_ms"]):
            findings.add(
                "left_differs", attempt.id, attempt.submitted.seq, file=row["left_ms"], own=noted
            )
    if not attempt.started:
        return
    spent = attempt.time.spent(last)
    ended = attempt.state in ENDED
    if row["spent_ms"] <= spent - SECOND_MS or (ended and row["spent_ms"] >= spent + SECOND_MS):
        findings.add("spent_differs", attempt.id, attempt.head_seq, file=row["spent_ms"], own=spent)


def _check_responses(rows: dict[str, list[Any]], attempt: Attempt, findings: Findings) -> None:
    kept = {
        item: [answer.options, answer.marked, *answer.revision, answer.seq, answer.digest]
        for item, answer in attempt.answers.kept.items()
    }
    for item in sorted(kept.keys() | rows.keys()):
        if item not in kept:
            findings.add("response_unknown", attempt.id, item=item)
        elif repr(rows.get(item)) != repr(kept[item]):  # repr: true is not 1
            carrier = attempt.answers.kept[item].seq
            findings.add("response_differs", attempt.id, carrier, item=item)


def check_room(
    sitting: list[Entry], folds: dict[str, Attempt], statement: Statement, findings: Findings
) -> None:
    """The acts of the sitting chain that the other chains or the statement must match."""
    bells = [entry for entry in sitting if entry.kind == "bell"]
    for entry in bells[1:]:
        findings.add("bell_repeated", entry.chain, entry.seq, line=entry.line)
    if not bells and any(attempt.started for attempt in folds.values()):
        findings.add("bell_missing", statement.sitting)
    for entry in sitting:
        if not entry.usable:
            continue
        match entry.kind:
            case "unsealed" if entry.data["first"] == entry.data["second"]:
                findings.add("unsealed_alone", entry.chain, entry.seq, line=entry.line)
            case "granted":
                _check_room_grant(entry, folds, findings)
            case "planned":
                _check_planned(entry, statement, findings)


def _check_room_grant(entry: Entry, folds: dict[str, Attempt], findings: Findings) -> None:
    for name in entry.data["attempts"]:
        if name not in folds:
            findings.add("grant_to_nobody", entry.chain, entry.seq, line=entry.line, attempt=name)


def _check_planned(entry: Entry, statement: Statement, findings: Findings) -> None:
    for field, value in statement.text.items():
        if entry.data.get(field, value) != value:
            findings.add(
                "planned_differs",
                entry.chain,
                entry.seq,
                line=entry.line,
                field=field,
                file=value,
                own=entry.data[field],
            )
