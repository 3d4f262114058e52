"""What the robots were told against what the record says; read with code of its own.

Three witnesses: the robots' ledger (every acknowledgement, written at once by the process
that received it), the outages as the processes around the server saw them, and the exported
journal. Times are ms of the clock that decides.
"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.builders.services import ROOT
from tests.faults.room import Outage, Room

MOST_EXTRA_MS = 2_000  # invariant 3, for each outage
ACCEPT_GRACE_MS = 5_000
RECONNECT_WINDOW_MS = 15_000
SWEEP_MS = 2_500  # once a second, and what a busy machine takes
# The observer is one of many who come back at once, and a wake-up is a transaction of its own:
# what it waits for its first answer is no outage (253 ms were seen on two busy processors).
OBSERVER_MS = 500


@dataclass(frozen=True, slots=True)
class Record:
    """An exported journal: its entries by chain, and the state it must lead to."""

    path: Path
    statement: dict[str, Any]
    chains: dict[str, list[dict[str, Any]]]

    @property
    def room(self) -> list[dict[str, Any]]:
        """The sitting's own chain."""
        return self.chains[self.statement["sitting"]]

    @property
    def outages(self) -> list[dict[str, Any]]:
        """``data`` of every recorded outage."""
        return [entry["data"] for entry in self.room if entry["kind"] == "outage"]

    def one(self, attempt_id: str, kind: str) -> dict[str, Any]:
        """The only entry of that kind in an attempt's chain."""
        (found,) = [entry for entry in self.chains[attempt_id] if entry["kind"] == kind]
        return found


def read_record(path: Path) -> Record:
    """The export at ``path``."""
    with zipfile.ZipFile(path) as archive:
        statement = json.loads(archive.read("sitting.json"))
        entries = [json.loads(line) for line in archive.read("journal.jsonl").splitlines()]
    chains: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        chains.setdefault(entry["chain"], []).append(entry)
    return Record(path, statement, chains)


def read_ledger(room: Room) -> list[dict[str, Any]]:
    """Every acknowledgement; a robot that was killed may have left half a line."""
    lines = room.ledger.read_bytes().split(b"\n")
    return [json.loads(line) for line in lines[:-1]]


# ---------------------------------------------------------------- answers


def lost_or_altered(ledger: Iterable[dict[str, Any]], record: Record) -> list[str]:
    """Acknowledged answers that are not in the journal as acknowledged: must be none."""
    problems = []
    for told in ledger:
        chain = record.chains.get(told["attempt"], [])
        entry = chain[told["seq"] - 1] if told["seq"] <= len(chain) else None
        if entry is None:
            problems.append(f"missing: {told}")
        elif entry["digest"] != told["digest"] or any(
            entry["data"].get(name) != told[name]
            for name in ("item", "options", "marked", "revision")
        ):
            problems.append(f"altered: {told} is {entry}")
    return problems


def not_the_newest(
    ledger: Iterable[dict[str, Any]], record: Record, *, unplugged: frozenset[str] = frozenset()
) -> list[str]:
    """Items whose current response is not the newest acknowledged revision: must be none.

    ``unplugged``: attempts whose terminal died; one answer more than it could hear about may
    stand there.
    """
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for told in ledger:
        if told["kept"] == "counted":
            place = (told["attempt"], told["item"])
            if place not in newest or newest[place]["revision"] < told["revision"]:
                newest[place] = told
    problems = []
    for (attempt_id, item), told in newest.items():
        found = record.statement["responses"][attempt_id].get(item)
        if found is None:
            problems.append(f"{attempt_id} {item}: nothing stands")
            continue
        options, _, fence, counter, seq, digest = found
        same = (options, [fence, counter], seq, digest) == (
            *(told["options"], told["revision"]),
            *(told["seq"], told["digest"]),
        )
        newer = attempt_id in unplugged and [fence, counter] > told["revision"]
        if not (same or newer):
            problems.append(f"{attempt_id} {item}: {found} instead of {told}")
    return problems


def answered_twice(ledger: Iterable[dict[str, Any]]) -> list[str]:
    """One revision with two different receipts: must be none."""
    receipts: dict[tuple[str, tuple[int, int]], tuple[int, str]] = {}
    problems = []
    for told in ledger:
        revision = (told["attempt"], (told["revision"][0], told["revision"][1]))
        receipt = (told["seq"], told["digest"])
        if receipts.setdefault(revision, receipt) != receipt:
            problems.append(f"{revision}: {receipt} and {receipts[revision]}")
    return problems


# ---------------------------------------------------------------- time


def credited_too_little_or_much(record: Record, seen: Sequence[Outage]) -> list[str]:
    """Each outage as recorded against what was seen of it from outside: −0 / +2 s."""
    problems = []
    if len(record.outages) != len(seen):
        problems.append(f"{len(record.outages)} outages recorded, {len(seen)} seen")
    for data, outage in zip(record.outages, seen, strict=False):
        seen_ms = outage.answered_ms - outage.killed_ms
        if data["ms"] != data["to_clock"] - data["from_clock"]:
            problems.append(f"its length is not its ends: {data}")
        if not -OBSERVER_MS <= data["ms"] - seen_ms <= MOST_EXTRA_MS + outage.ending_ms:
            problems.append(f"credited {data['ms']} ms for {seen_ms} ms: {data} {outage}")
    return problems


def spent_ms(record: Record, attempt_id: str) -> int:
    """What an ended attempt has spent, from its start, its end and the recorded outages."""
    started, ended = record.one(attempt_id, "started"), record.one(attempt_id, "submitted")
    return int(started["data"]["spent_ms"]) + served_ms(
        started["clock"],
        ended["clock"],
        [(data["from_clock"], data["to_clock"]) for data in record.outages],
    )


def served_ms(start_ms: int, end_ms: int, absences: Iterable[tuple[int, int]]) -> int:
    """How much of start … end the server was there; the absences do not overlap."""
    away = sum(max(0, min(to_ms, end_ms) - max(from_ms, start_ms)) for from_ms, to_ms in absences)
    return end_ms - start_ms - away


def wrong_times(record: Record, seen: Sequence[Outage]) -> list[str]:
    """Ended attempts whose time does not follow from the outages: must be none.

    Recorded against the journal's outages exactly; against those seen from outside nobody
    has less, and nobody more than 2 s for each outage of their own time.
    """
    problems = []
    absences = [(outage.killed_ms, outage.answered_ms) for outage in seen]
    for attempt in record.statement["attempts"]:
        if attempt["state"] != "submitted":
            continue
        ident, spent = attempt["id"], spent_ms(record, attempt["id"])
        if attempt["spent_ms"] != spent:
            problems.append(f"{ident}: recorded {attempt['spent_ms']} ms, computed {spent} ms")
        started, ended = record.one(ident, "started"), record.one(ident, "submitted")
        own = served_ms(started["clock"], ended["clock"], absences)
        own += int(started["data"]["spent_ms"])
        met = [
            outage
            for outage in seen
            if started["clock"] < outage.answered_ms and outage.killed_ms < ended["clock"]
        ]
        most = sum(MOST_EXTRA_MS + outage.ending_ms for outage in met)
        if not -OBSERVER_MS * len(met) <= own - attempt["spent_ms"] <= most:
            problems.append(f"{ident}: {own - attempt['spent_ms']} ms given in {len(met)} outages")
        left = max(0, attempt["limit_ms"] + attempt["granted_ms"] - spent)
        if ended["data"]["left_ms"] != left:
            problems.append(f"{ident}: left {ended['data']['left_ms']} ms instead of {left} ms")
    return problems


def ended_by_time(record: Record) -> list[str]:
    """Ids of the attempts that the server ended at zero."""
    attempts: Iterator[dict[str, Any]] = iter(record.statement["attempts"])
    return [attempt["id"] for attempt in attempts if attempt["cause"] == "time"]


def ended_too_early_or_late(record: Record, attempt_ids: Iterable[str]) -> list[str]:
    """Attempts that did not end at zero plus the grace: must be none.

    After a start nothing expires within the reconnect window, whoever's zero falls into it.
    """
    problems = []
    for ident in attempt_ids:
        over_ms = spent_ms(record, ident) - record.one(ident, "started")["data"]["limit_ms"]
        at_ms = record.one(ident, "submitted")["clock"]
        held = any(
            data["to_clock"] <= at_ms <= data["to_clock"] + RECONNECT_WINDOW_MS + SWEEP_MS
            for data in record.outages
        )
        latest_ms = ACCEPT_GRACE_MS + SWEEP_MS + (RECONNECT_WINDOW_MS if held else 0)
        if not ACCEPT_GRACE_MS <= over_ms <= latest_ms:
            problems.append(f"{ident}: {over_ms} ms after zero, at {at_ms}")
    return problems


# ---------------------------------------------------------------- proof


def verification(room: Room, record: Record) -> tuple[int, dict[str, Any]]:
    """Exit status and report of the independent verifier, scores recomputed."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "exam_server.verify", str(record.path), "--json"),
            *("--scoring", str(room.settings.home / "authority" / "scoring.json")),
        ],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    return done.returncode, json.loads(done.stdout)


def told_other_scores(room: Room, record: Record, *names: str) -> list[str]:
    """Candidates whose score page differs from the record: must be none."""
    points: dict[str, list[str]] = {}
    of_candidate = {one["id"]: one["candidate"] for one in record.statement["attempts"]}
    for score in record.statement["scores"]:
        points.setdefault(of_candidate[score["attempt"]], []).append(score["points"])
    recorded = sorted(sorted(one) for one in points.values())
    told = sorted(
        sorted(subject["points"] for subject in result["subjects"])
        for name in names or ("robots",)
        for result in room.robots_said(name)["results"].values()
    )
    return [] if told == recorded else [f"told {told}, recorded {recorded}"]
