"""``python -m bench.merge``: how long a hub takes to merge a province (docs/performance.md).

200 centres' signed packages of 71,000 candidates are taken in one after another by the use case
that the console and the command line call: signature, every check against the announcement and
the roster, then all rows, everybody's practical result among them. Beside it a reference of the
same run: the same files unpacked, parsed and the rows of the scores inserted by sqlite3 alone.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import sqlite3
import tempfile
import time
import zipfile
from collections.abc import Sequence
from functools import partial
from io import BytesIO
from pathlib import Path

from sqlalchemy import select

from bench import province, record
from bench.hall import commit
from bench.machine import description
from exam_server.auth.identity import Role, Staff
from exam_server.cli.output import watched
from exam_server.clock import SystemClock
from exam_server.desk.tables import Candidate
from exam_server.profiles.profile import load
from exam_server.results.actions.announcing import announce
from exam_server.results.actions.intake import import_results
from exam_server.results.people import people
from exam_server.results.rules.entries import Standing
from exam_server.storage.store import Store
from tests.builders.centre_packages import BUILD, Sitter, SyntheticCentre, practical_list
from tests.builders.hub import sealed_paper

CENTRES, CANDIDATES = 200, 71_000
TARGET_SECONDS = 120.0
_OFFICE = Staff("office", "office", "省工考办", Role.AUTHORITY)
_CREATED_MS = 1_781_900_000_000
_ABSENT_SHARE = 0.04


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, show, with ``--record`` write the page; 1 when the target is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.merge", description=__doc__)
    parser.add_argument("--centres", type=int, default=CENTRES)
    parser.add_argument("--candidates", type=int, default=CANDIDATES)
    parser.add_argument("--record", action="store_true", help="write docs/performance.md")
    wanted = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="kc-merge-") as folder:
        found = measured(Path(folder), wanted.centres, wanted.candidates)
    text = record.table(("figure", "value"), [(name, told) for name, told in _told(found)])
    print(text)
    if wanted.record:
        date = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        where = f"{date} on {description()}, commit {commit()}; SQLite."
        record.put_between("merge", f"{where}\n\n{text}")
    return 0 if found["whole"] <= TARGET_SECONDS else 1


def measured(folder: Path, centres: int, candidates: int) -> dict[str, float]:
    """Seconds: ``whole`` for all packages, ``longest`` for one, ``again`` for all of them a second
    time, ``reference``; and how many ``packages``, ``candidates`` and ``megabytes``."""
    url = province.fill(folder / "hub.sqlite3", candidates=candidates, seed=1, sat=False)
    store = Store(url, SystemClock())
    files = _packages(store, centres)
    began, took = time.perf_counter(), []
    with watched("接收 · taking in", len(files)) as moved:
        for data in files:
            at = time.perf_counter()
            store.write(partial(import_results, data=data, actor=_OFFICE))
            took.append(time.perf_counter() - at)
            moved()
    whole = time.perf_counter() - began
    began = time.perf_counter()
    known = [store.write(partial(import_results, data=data, actor=_OFFICE)) for data in files]
    again = time.perf_counter() - began
    assert not any(one.new for one in known)
    merged = store.read(
        lambda session: people(session, load("shaanxi-2024"), exam_id=province.EXAM_ID)
    )
    assert not any(one.entry.standing is Standing.PENDING for one in merged)
    store.close()
    return {
        "whole": whole,
        "longest": max(took),
        "again": again,
        "reference": _plainly(folder / "plain.sqlite3", files),
        "packages": float(len(files)),
        "candidates": float(len(merged)),
        "megabytes": sum(map(len, files)) / 1e6,
    }


def _packages(store: Store, centres: int) -> list[bytes]:
    """Every candidate of the hub sat at one of the centres; each is announced and has packed."""
    profile, paper, chance = load("shaanxi-2024"), sealed_paper(), random.Random(7)
    rows = store.read(lambda session: session.scalars(select(Candidate)).all())
    files = []
    for number in range(centres):
        centre = SyntheticCentre(f"第 {number + 1} 考点", paper, profile, f"sit{number:04}")
        sitters = [_sitter(row, chance) for row in rows[number::centres]]
        store.write(
            partial(
                announce,
                exam_id=province.EXAM_ID,
                package=paper,
                centre=centre.name,
                centre_key=centre.key,
                golden=dict.fromkeys(paper.shapes, "4"),
                builds=[BUILD],
                seats={one.ticket: centre.room for one in sitters},
                actor=_OFFICE,
            )
        )
        practical = [practical_list({one.ticket: "pass" for one in sitters})]
        files.append(centre.pack(sitters, created_ms=_CREATED_MS, practical=practical))
    return files


def _sitter(row: Candidate, chance: random.Random) -> Sitter:
    absent = chance.random() < _ABSENT_SHARE
    points = {
        subject: () if absent else (str(max(0, min(100, round(chance.gauss(68, 13))))),)
        for subject in ("ethics", "theory")
    }
    return Sitter(str(row.ticket), row.name, row.sex, row.id_masked, row.city, row.unit, row.trade,
                  row.level, points)  # fmt: skip


def _plainly(database: Path, files: Sequence[bytes]) -> float:
    """The same files unpacked and parsed, the same number of rows inserted; a commit for each."""
    began = time.perf_counter()
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE plain (id TEXT PRIMARY KEY, points TEXT)")
        for data in files:
            with zipfile.ZipFile(BytesIO(data)) as archive:
                results = json.loads(archive.read("results.json"))
            rows = [
                (subject["attempt_id"] + part, subject["points"])
                for row in results["table"]["rows"]
                for subject in row["subjects"].values()
                for part in ("", "-score")
            ]
            connection.executemany("INSERT INTO plain VALUES (?, ?)", rows)
            connection.commit()
    return time.perf_counter() - began


def _told(found: dict[str, float]) -> list[tuple[str, str]]:
    return [
        ("packages", f"{found['packages']:.0f}"),
        ("candidates", f"{found['candidates']:,.0f}"),
        ("size of the files", f"{found['megabytes']:.0f} MB"),
        ("all taken in", f"{found['whole']:.1f} s"),
        ("one package at the longest", f"{found['longest']:.2f} s"),
        ("all of them again (nothing written)", f"{found['again']:.1f} s"),
        ("reference: unpacked, parsed, rows by sqlite3", f"{found['reference']:.1f} s"),
        ("ratio to the reference", f"{found['whole'] / found['reference']:.1f}"),
    ]


if __name__ == "__main__":
    raise SystemExit(main())
