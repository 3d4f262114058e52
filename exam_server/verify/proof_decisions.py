"""Corrected keys in a proof (proof page §3): who approved what, and which scores it gave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from exam_server.verify import jsonform
from exam_server.verify.acts import Act
from exam_server.verify.finding import Findings
from exam_server.verify.values import is_count, is_hex, is_staff

Given = tuple[str, int, str, str]  # attempt, version of the score given, points before, points


@dataclass(slots=True)
class Decided:
    """``newest``: form → digest of its last key; ``given``: (form, digest) → the scores that were
    given by that key, by the trial or as late ones; ``heads``: of what was tried, the head scored.
    """

    newest: dict[str, str] = field(default_factory=dict)
    given: dict[tuple[str, str], set[Given]] = field(default_factory=dict)
    heads: dict[tuple[str, Given], str] = field(default_factory=dict)


def check_decisions(
    rows: Sequence[dict[str, Any]],
    sealed: Mapping[str, str],
    acts: Sequence[Act],
    findings: Findings,
) -> Decided:
    """The corrections against the acts and among themselves. ``sealed``: form → digest."""
    decided = Decided(newest=dict(sealed))
    versions = dict.fromkeys(sealed, 1)
    for row in rows:
        _check_approvals(row, acts, findings)
        whole = {"keys": row["keys"], "scores": sorted(row["trial"]), "effects": row["effects"]}
        if jsonform.digest(whole) != row["digest"]:
            findings.add("correction_digest_differs", row["id"])
        for form, key in row["keys"].items():
            follows = (key["from"], key["version"]) == (
                decided.newest.get(form),
                versions.get(form, 1) + 1,
            )
            if not follows or key["from"] == key["to"]:
                findings.add("correction_out_of_order", row["id"])
            decided.newest[form], versions[form] = key["to"], key["version"]
            given = decided.given.setdefault((form, key["to"]), set())
            for attempt, head, version, before, after in row["trial"]:
                one = (attempt, version + 1, before, after)
                given.add(one)
                decided.heads[key["to"], one] = head
    for form, digest, scores in _late(acts, findings):
        decided.given.setdefault((form, digest), set()).update(scores)
    return decided


def _check_approvals(row: dict[str, Any], acts: Sequence[Act], findings: Findings) -> None:
    """Tried by two custodians, then approved by one person and put into effect by another."""
    mine = [act for act in acts if act.data.get("correction") == row["id"]]
    last = {act.kind: act for act in mine}
    steps = [last.get(f"correction_{step}") for step in ("tried", "approved", "applied")]
    tried, first, second = steps
    if tried is None or first is None or second is None or not tried.seq < first.seq < second.seq:
        findings.add("correction_not_recorded", row["id"])
        return
    for act in (first, second):
        for name in ("items", "keys", "digest"):
            if act.data.get(name) != row[name]:
                findings.add("correction_differs", row["id"], act.seq, field=name)
    custodians = (tried.actor, tried.data.get("second"))
    if first.actor == second.actor or not _are_two(*custodians):
        findings.add("correction_one_person", row["id"], second.seq)


def _late(acts: Iterable[Act], findings: Findings) -> Iterable[tuple[str, str, set[Given]]]:
    """Scores given afterwards, to what came in after a correction: (form, digest, scores)."""
    for act in acts:
        if act.kind != "late_scored":
            continue
        if not _are_two(act.actor, act.data.get("second")):
            findings.add("late_by_one_person", act.kind, act.seq)
        keys, scores = act.data.get("keys"), act.data.get("scores")
        if not isinstance(keys, dict) or not isinstance(scores, list):
            findings.add("act_malformed", "acts", act.seq)
            continue
        good = {tuple(one) for one in scores if _is_given(one)}
        for form, digest in keys.items():
            if is_hex(digest):
                yield form, digest, good


def _is_given(one: Any) -> bool:
    return (
        isinstance(one, list)
        and len(one) == 4
        and isinstance(one[0], str)
        and is_count(one[1])
        and all(isinstance(points, str) for points in one[2:])
    )


def _are_two(first: Any, second: Any) -> bool:
    return is_staff(first) and is_staff(second) and first != second
