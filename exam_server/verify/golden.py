"""The golden candidate (§9): known answers that every scorer must give the known score."""

from __future__ import annotations

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
        responses, known = key.golden
        own = score(key, responses)
        if own != known or fraction(entry.data["points"]) != known:
            findings.add(
                "golden_wrong",
                entry.chain,
                entry.seq,
                line=entry.line,
                file=entry.data["points"],
                known=written(known),
                own="–" if own is None else written(own),
            )
    return noted
