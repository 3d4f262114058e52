"""``python -m bench.soak``: an hour at the real rhythm, watched once a minute.

    python -m bench.soak --minutes 60 --candidates 1000 --results bench/results/soak.jsonl

Appends a line to the results as each minute ends, so that a broken run leaves what it saw.
``--draw`` writes the table of docs/performance.md from the results.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import record
from bench.generator import Generator
from bench.hall import Hall, commit, served, sqlite_url, stage
from bench.machine import description, percentile

RESULTS = Path(__file__).parent / "results" / "soak.jsonl"
_TOGETHER = 20  # people who log in at the same moment


def main() -> int:
    """Run, append, draw; 1 when an answer failed or something was left unscored."""
    wanted = _arguments()
    if wanted.draw:
        record.draw_soak(RESULTS)
        return 0
    wanted.results.parent.mkdir(parents=True, exist_ok=True)
    wanted.results.write_text("", encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="kc-soak-") as folder:
        home = Path(folder) / "centre"
        staged = stage(
            home,
            sqlite_url(home),
            candidates=wanted.candidates,
            minutes=int(wanted.minutes) + 30,
            seed=str(wanted.seed),
        )
        with served(staged, sqlite_url(home)) as hall, Generator() as generator:
            failed = _soak(hall, generator, wanted)
            (wanted.results.with_suffix(".log")).write_text(hall.said(), encoding="utf-8")
    if wanted.record:
        record.draw_soak(wanted.results)
    return 1 if failed else 0


def _soak(hall: Hall, generator: Generator, wanted: argparse.Namespace) -> int:
    def put(line: dict[str, Any]) -> None:
        with wanted.results.open("a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")
        print(line, flush=True)

    put(
        {
            "begun": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "machine": description(),
            "commit": commit(),
            "candidates": wanted.candidates,
            "minutes": wanted.minutes,
        }
    )
    generator.ask(
        "arrive", url=hall.url, people=hall.people, together=_TOGETHER, seed=str(wanted.seed)
    )
    hall.unseal_all()
    generator.ask("begin")
    hall.ring_all()
    generator.ask("begun")
    generator.ask("live")
    failed, ends = 0, time.monotonic() + 60 * wanted.minutes
    watch, minute = _Watch(hall, generator), 0
    while time.monotonic() < ends:
        time.sleep(max(0.0, min(60.0, ends - time.monotonic())))
        minute += 1
        seen = watch.look(minute)
        failed += seen["failed"]
        put(seen)
    generator.ask("rest")
    done = generator.ask("hand_in")
    unscored = sum(points is None for points in done["points"])
    put({"handed_in": len(done["points"]), "unscored": unscored, "failed": failed})
    return failed + unscored


class _Watch:
    """The server and its terminals, looked at once a minute."""

    def __init__(self, hall: Hall, generator: Generator) -> None:
        self._use, self._generator = hall.use, generator
        self._at, self._cpu = time.monotonic(), self._use.cpu_seconds()
        self._generator_cpu = generator.cpu_seconds

    def look(self, minute: int) -> dict[str, Any]:
        """What has happened since the last look."""
        sample = self._generator.ask("sample")
        at, cpu = time.monotonic(), self._use.cpu_seconds()
        passed = at - self._at
        took, waiting = sample["took_ms"], sample["waiting"]
        seen = {
            "minute": minute,
            "saves": len(took),
            "p50_ms": round(percentile(took, 0.5), 2),
            "p99_ms": round(percentile(took, 0.99), 2),
            "max_ms": round(max(took, default=0.0), 1),
            "waiting_most": max(waiting, default=0),
            "resident_mb": round(self._use.resident_bytes() / 1e6, 1),
            "cpu_share": round((cpu - self._cpu) / passed, 4),
            "generator_share": round(
                (self._generator.cpu_seconds - self._generator_cpu) / passed, 4
            ),
            "failed": sample["failed"],
            "errors": sample["errors"],
        }
        self._at, self._cpu, self._generator_cpu = at, cpu, self._generator.cpu_seconds
        return seen


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--candidates", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--record", action="store_true", help="draw docs/performance.md at the end")
    parser.add_argument("--draw", action="store_true", help="only draw the recorded results")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
