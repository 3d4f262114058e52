"""One verification from the file to the report: of a journal, or of a hub's proof."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from exam_server.verify.acts import CHAIN, check_act_anchors, read_acts
from exam_server.verify.anchors import check_heads, check_signed_head, decoded
from exam_server.verify.archive import Unreadable, read_archive
from exam_server.verify.attempt import Attempt, fold
from exam_server.verify.chains import split_chains
from exam_server.verify.closing import check_closed
from exam_server.verify.compare import check_attempts, check_room
from exam_server.verify.entries import Entry, read_entries
from exam_server.verify.finding import Finding, Findings, printable
from exam_server.verify.outside import OutsideHead, check_outside, read_signed_heads
from exam_server.verify.proof import verify_proof
from exam_server.verify.proof_archive import is_proof
from exam_server.verify.reported import Report
from exam_server.verify.scores import check_scores
from exam_server.verify.scoring import all_keys
from exam_server.verify.statement import Statement, read_statement
from exam_server.verify.timing import Grant, ServiceTime


def verify(
    path: Path,
    *,
    outside: Sequence[OutsideHead] = (),
    signed_heads: Sequence[Path] = (),
    known_key: bytes | None = None,
    scoring: Sequence[Path] = (),
) -> Report:
    """Verify an export; never raises because of what is in the files."""
    try:
        if is_proof(path):
            return verify_proof(path, list(outside), known_key, all_keys(scoring))
        return _verify(path, list(outside), signed_heads, known_key, scoring)
    except Unreadable as problem:
        facts = {name: printable(value) for name, value in problem.facts.items()}
        return Report(file=path.name, unreadable=Finding(problem.code, facts=facts))


def _verify(
    path: Path,
    outside: list[OutsideHead],
    signed_heads: Sequence[Path],
    known_key: bytes | None,
    scoring: Sequence[Path],
) -> Report:
    findings = Findings()
    keys = all_keys(scoring)
    archive = read_archive(path, findings)
    statement = read_statement(archive.sitting, findings)
    entries = read_entries(archive.journal, statement.sitting, findings)
    chains = split_chains(entries, statement.sitting, findings)
    sitting = chains[statement.sitting]
    acts = read_acts(archive.acts, findings)
    unanchored = check_heads(chains, statement.sitting, findings)
    loose_acts = check_act_anchors(sitting, acts, findings)
    check_signed_head(archive, sitting, statement.sitting, known_key, findings)
    public_key = known_key or decoded(archive.public_key)
    outside += read_signed_heads(signed_heads, statement.sitting, public_key, findings)
    found = check_outside(outside, {**chains, CHAIN: acts}, statement.sitting, findings)
    folds = _folds(chains, statement, findings)
    check_attempts(statement, folds, chains, findings)
    check_room(sitting, folds, statement, findings)
    check_closed(chains, statement.sitting, folds, findings)
    recomputed, sums = check_scores(statement.scores, folds, sitting, keys, findings)
    return Report(
        file=path.name,
        text={name: printable(value) for name, value in statement.text.items()}
        | {"sitting": printable(statement.sitting)},
        findings=findings.listed,
        total=findings.total,
        counts=_counts(entries, folds)
        | {
            "recomputed": recomputed,
            "outside": len(found),
            "unanchored": unanchored,
            "acts": len(acts),
            "loose_acts": loose_acts,
        },
        head=(sitting[-1].seq, sitting[-1].digest) if sitting else None,
        outside=[(printable(chain), seq) for chain, seq in found],
        key=hashlib.sha256(public_key).hexdigest() if public_key else None,
        key_known=known_key is not None,
        sums={printable(candidate): points for candidate, points in sums.items()},
    )


def _folds(
    chains: dict[str, list[Entry]], statement: Statement, findings: Findings
) -> dict[str, Attempt]:
    sitting = chains[statement.sitting]
    service = ServiceTime(sitting, findings)
    by_room = room_grants(sitting, service)
    folds = {}
    for name, chain in chains.items():
        if name == statement.sitting:
            continue
        form = chain[0].data.get("form")
        items = statement.outlines.get(form) if isinstance(form, str) else None
        granted = by_room.get(name, [])
        folds[name] = fold(chain, items, service, granted, statement.rules, findings)
    return folds


def room_grants(sitting: list[Entry], service: ServiceTime) -> dict[str, list[Grant]]:
    """Attempt → the grants of the sitting chain that name it."""
    grants: dict[str, list[Grant]] = {}
    for entry in sitting:
        if entry.kind == "granted" and entry.usable:
            grant = Grant(service.at(entry), entry.data["ms"], entry)
            for name in dict.fromkeys(entry.data["attempts"]):
                grants.setdefault(name, []).append(grant)
    return grants


def _counts(entries: list[Entry], folds: dict[str, Attempt]) -> dict[str, int]:
    return {
        "entries": len(entries),
        "chains": len({entry.chain for entry in entries}),
        "attempts": len(folds),
        "submitted": sum(1 for attempt in folds.values() if attempt.submitted is not None),
        "responses": sum(len(attempt.answers.kept) for attempt in folds.values()),
        "scores": sum(len(attempt.scored) for attempt in folds.values()),
    }
