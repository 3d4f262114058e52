"""``scored`` entries against ``scores``, and both against an own recomputation (§9)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from exam_server.verify.attempt import Attempt
from exam_server.verify.correction import check_corrections
from exam_server.verify.entries import Entry
from exam_server.verify.finding import Findings
from exam_server.verify.golden import before_golden, check_golden
from exam_server.verify.scoring import Key, fraction, score, written

_FIELDS = ("points", "version", "scoring_digest", "head")


def check_scores(
    rows: list[dict[str, Any]],
    folds: dict[str, Attempt],
    sitting: list[Entry],
    keys: dict[str, list[Key]],
    findings: Findings,
) -> tuple[int, dict[str, str]]:
    """How many scores were recomputed, and the sum of every candidate with a score."""
    listed = _listed(rows, findings)
    check_corrections(folds, sitting, findings)
    golden, earlier = check_golden(sitting, keys, findings), before_golden(sitting)
    recomputed = 0
    sums: dict[str, Fraction] = {}
    for attempt in folds.values():
        for number, entry in enumerate(attempt.scored, start=1):
            _check_entry(entry, number, attempt, findings)
            place = (attempt.assigned.get("form"), entry.data["scoring_digest"])
            if place not in golden and entry.seq > earlier.get(entry.chain, 0):
                findings.add("golden_missing", entry.chain, entry.seq, line=entry.line)
            recomputed += _recompute(entry, attempt, keys, findings)
        if not attempt.scored:
            continue
        last = attempt.scored[-1]
        _check_row(listed.pop(attempt.id, None), last, findings)
        candidate = attempt.assigned.get("candidate", attempt.id)
        sums[candidate] = sums.get(candidate, Fraction(0)) + fraction(last.data["points"])
    for name, row in listed.items():
        findings.add("score_without_entry", name, version=row["version"])
    return recomputed, {candidate: written(total) for candidate, total in sorted(sums.items())}


def _listed(rows: list[dict[str, Any]], findings: Findings) -> dict[str, dict[str, Any]]:
    listed: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["attempt"] in listed:
            findings.add("score_without_entry", row["attempt"], version=row["version"])
        listed[row["attempt"]] = row
    return listed


def _check_entry(entry: Entry, number: int, attempt: Attempt, findings: Findings) -> None:
    data = entry.data
    if data["version"] != number or (number > 1 and "reason" not in data):
        findings.add(
            "score_version_wrong", entry.chain, entry.seq, line=entry.line, version=data["version"]
        )
    head = attempt.seq_of.get(data["head"])
    after = attempt.submitted.seq if attempt.submitted else None
    if head is None or after is None or not after <= head < entry.seq:
        findings.add("score_head_wrong", entry.chain, entry.seq, line=entry.line)


def _check_row(row: dict[str, Any] | None, entry: Entry, findings: Findings) -> None:
    if row is None:
        findings.add("score_not_listed", entry.chain, entry.seq, version=entry.data["version"])
        return
    for field in _FIELDS:
        if row[field] != entry.data[field]:
            findings.add(
                "score_differs",
                entry.chain,
                entry.seq,
                field=field,
                file=row[field],
                own=entry.data[field],
            )


def _recompute(
    entry: Entry, attempt: Attempt, keys: dict[str, list[Key]], findings: Findings
) -> int:
    """1 if a key for this form was given and the score could be computed."""
    for_form = keys.get(attempt.assigned.get("form", ""), [])
    if not for_form:
        return 0
    key = next((key for key in for_form if key.digest == entry.data["scoring_digest"]), None)
    if key is None:
        findings.add("scoring_key_differs", entry.chain, entry.seq, line=entry.line)
        return 0
    head = attempt.seq_of.get(entry.data["head"])
    if head is None:
        return 0
    own = score(key, attempt.answers.kept_at(head))
    if own is None or own != fraction(entry.data["points"]):
        findings.add(
            "score_wrong",
            entry.chain,
            entry.seq,
            line=entry.line,
            file=entry.data["points"],
            own="–" if own is None else written(own),
        )
    return 1
