"""The chains (§2, §3): order of the file, seq without gaps, links, genesis, clocks."""

from __future__ import annotations

import hashlib

from exam_server.verify.entries import Entry
from exam_server.verify.finding import Findings


def genesis(chain: str) -> str:
    """``prev`` of a chain's first entry."""
    return hashlib.sha256(b"kaochang/journal/1\n" + chain.encode("utf-8", "replace")).hexdigest()


def split_chains(
    entries: list[Entry], sitting_id: str, findings: Findings
) -> dict[str, list[Entry]]:
    """The entries by chain, each chain checked; the sitting's chain is always a key."""
    _check_order(entries, sitting_id, findings)
    chains: dict[str, list[Entry]] = {sitting_id: []}
    for entry in entries:
        chains.setdefault(entry.chain, []).append(entry)
    if not chains[sitting_id]:
        findings.add("sitting_chain_missing", sitting_id)
    for chain in chains.values():
        _check_links(chain, findings)
        _check_clocks(chain, findings)
    return chains


def _check_order(entries: list[Entry], sitting_id: str, findings: Findings) -> None:
    """§4: the sitting first, then the attempts by id; one finding per chain that is not so."""
    before: tuple[bool, str] | None = None
    misplaced: set[str] = set()
    for entry in entries:
        place = (entry.chain != sitting_id, entry.chain)
        if before is not None and place < before and entry.chain not in misplaced:
            misplaced.add(entry.chain)
            findings.add("chain_misplaced", entry.chain, entry.seq, line=entry.line)
        before = place


def _check_links(chain: list[Entry], findings: Findings) -> None:
    expected_seq = 1
    expected_prev: str | None = None
    for entry in chain:
        if expected_prev is None:
            expected_prev = genesis(entry.chain)
        if entry.seq != expected_seq:
            findings.add("seq_gap", entry.chain, expected_seq, line=entry.line, found=entry.seq)
        if entry.prev != expected_prev:
            findings.add("prev_differs", entry.chain, entry.seq, line=entry.line)
        expected_seq, expected_prev = entry.seq + 1, entry.digest


def _check_clocks(chain: list[Entry], findings: Findings) -> None:
    latest: dict[str, int] = {}
    for entry in chain:
        if entry.clock < latest.get(entry.boot, entry.clock):
            findings.add("clock_falls", entry.chain, entry.seq, line=entry.line)
        latest[entry.boot] = max(entry.clock, latest.get(entry.boot, entry.clock))
