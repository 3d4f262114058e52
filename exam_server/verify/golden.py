"""The golden candidate (§9): known answers that every scorer must give the known score."""

from __future__ import annotations

from fractions import Fraction

from exam_server.verify.entries import Entry
from exam_server.verify.finding import Findings
from exam_server.verify.scoring import Key, fraction, score, written


def check_golden(
    sitting: list[Entry], keys: dict[str, list[Key]], findings: Findings
) -> set[tuple[str, str]]:
    """(form, scoring digest) of every ``golden`` entry; with the key at hand, recomputed."""
    noted = set()
    for entry in sitting:
        if entry.kind != "golden" or not entry.usable:
            continue
        form, digest = entry.data["form"], entry.data["scoring_digest"]
        noted.add((form, digest))
        key = next((key for key in keys.get(form, []) if key.digest == digest), None)
        if key is None:
            continue
        told = entry.data.get("points")
        if key.golden is None and told is None:
            continue
        responses, known = key.golden or ({}, Fraction(0))
        own = score(key, responses)
        if key.golden is None or own != known or told is None or fraction(told) != known:
            findings.add(
                "golden_wrong",
                entry.chain,
                entry.seq,
                line=entry.line,
                file=told or "–",
                known=written(known),
                own="–" if own is None else written(own),
            )
    return noted


def before_golden(sitting: list[Entry]) -> dict[str, int]:
    """Attempt → the entries up to this one are of the first release, which noted no golden.

    Its ``heads`` did not take in the centre's acts: what the last of those covers is of it (§9).
    """
    heads = [entry.data for entry in sitting if entry.kind == "heads" and entry.usable]
    old = [data["heads"] for data in heads if "acts" not in data]
    return {name: seq for name, (seq, _) in old[-1].items()} if old else {}
