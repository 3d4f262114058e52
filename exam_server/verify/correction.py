"""Corrected scoring keys (§9): a score changes for a recorded reason or not at all."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from exam_server.verify.attempt import Attempt
from exam_server.verify.entries import Entry
from exam_server.verify.finding import Findings
from exam_server.verify.scoring import fraction

_Places = dict[tuple[str, str], Entry]  # (form, digest of the new key) → the entry that says so


def check_corrections(folds: dict[str, Attempt], sitting: list[Entry], findings: Findings) -> None:
    """``key_corrected`` entries among themselves, and every score of a later version."""
    said = _said(sitting, findings)
    newest = {form: entry.data["to"] for (form, _), entry in said.items()}
    for attempt in folds.values():
        form = attempt.assigned.get("form", "")
        for old, new in pairwise(attempt.scored):
            _check_step(old, new, attempt, form, said, findings)
        if attempt.scored and form in newest and attempt.state == "submitted":
            last = attempt.scored[-1]
            if last.data["scoring_digest"] != newest[form]:
                findings.add("score_of_old_key", last.chain, last.seq, line=last.line)


def _said(sitting: list[Entry], findings: Findings) -> _Places:
    """Two persons each; versions 2, 3 …, each from the key of the one before."""
    said: _Places = {}
    last: dict[str, Entry] = {}
    for entry in sitting:
        if entry.kind != "key_corrected" or not entry.usable:
            continue
        form, data, before = entry.data["form"], entry.data, last.get(entry.data["form"])
        follows = (
            data["version"] > 1
            if before is None
            else (data["version"], data["from"]) == (before.data["version"] + 1, before.data["to"])
        )
        if not follows or data["from"] == data["to"]:
            findings.add("correction_out_of_order", entry.chain, entry.seq, line=entry.line)
        if data["first"] == data["second"] or data["second"] != entry.actor:
            findings.add("correction_one_person", entry.chain, entry.seq, line=entry.line)
        said[form, data["to"]] = last[form] = entry
    return said


def _check_step(
    old: Entry, new: Entry, attempt: Attempt, form: str, said: _Places, findings: Findings
) -> None:
    """One score and the next: another key must have been decided, other answers recovered."""
    before, after = old.data["scoring_digest"], new.data["scoring_digest"]
    if before != after:
        entry = said.get((form, after))
        if entry is None or entry.data["from"] != before:
            findings.add("key_without_correction", new.chain, new.seq, line=new.line)
        return
    heads = [attempt.seq_of.get(entry.data["head"]) for entry in (old, new)]
    if None in heads:
        return  # found already
    first, second = (attempt.answers.kept_at(head) for head in heads if head is not None)
    if first == second and _points(old) != _points(new):
        findings.add(
            "score_changed_alone",
            new.chain,
            new.seq,
            line=new.line,
            old=old.data["points"],
            new=new.data["points"],
        )


def _points(entry: Entry) -> Fraction:
    return fraction(entry.data["points"])
