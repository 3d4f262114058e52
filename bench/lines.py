"""``python -m bench.lines``: how long a province's pass lines take (docs/performance.md).

Reads 71,000 candidates in 300 groups from SQLite, draws every group's line, and shows the page
of one group. Beside each figure a reference of the same run: the same rows read by sqlite3
alone, and the same sums sorted.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from sqlalchemy.orm import Session

from bench import province, record
from bench.hall import commit
from bench.machine import description
from exam_server.auth.identity import Role, Staff
from exam_server.profiles.profile import load
from exam_server.results.people import by_group, people
from exam_server.results.rules.entries import Entry, compared
from exam_server.results.rules.lines import draw_line
from exam_server.results.rules.params import LineParams
from exam_server.results.views.groups import group_detail, groups
from exam_server.storage.engine import read_engine

T = TypeVar("T")
CANDIDATES = 71_000
TARGET_SECONDS = 2.0
_TIMES = 5
_OFFICE = Staff("office", "office", "省工考办", Role.AUTHORITY)
_PARAMS = LineParams(mode="and", line="120", rate="0.8")
_PLAIN_ROWS = (
    "SELECT c.id, c.city, c.trade, c.level, a.subject, a.state, s.points FROM candidate c "
    "JOIN attempt a ON a.candidate_id = c.id LEFT JOIN score s ON s.attempt_id = a.id"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, show, with ``--record`` write the page; 1 when the target is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.lines", description=__doc__)
    parser.add_argument("--candidates", type=int, default=CANDIDATES)
    parser.add_argument("--record", action="store_true", help="write docs/performance.md")
    wanted = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="kc-lines-") as folder:
        rows = measured(Path(folder) / "province.sqlite3", wanted.candidates)
    head = ("figure", "seconds", "reference", "seconds of it", "ratio")
    told = [
        (name, f"{seconds:.3f}", beside, f"{base:.3f}", f"{seconds / base:.1f}")
        for name, (seconds, beside, base) in rows.items()
    ]
    text = record.table(head, told)
    print(text)
    if wanted.record:
        date = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        where = f"{date} on {description()}, commit {commit()}; SQLite, the median of {_TIMES}."
        record.put_between("lines", f"{where}\n\n{text}")
    return 0 if rows["whole"][0] <= TARGET_SECONDS else 1


def measured(database: Path, candidates: int) -> dict[str, tuple[float, str, float]]:
    """By name: seconds, what the reference is, its seconds."""
    url = province.fill(database, candidates=candidates, seed=1)
    profile = load("shaanxi-2024")
    plain, rows = _median(lambda: _plainly(database))
    assert len(rows) == 2 * candidates
    engine = read_engine(url)
    with Session(engine) as session:
        reading, found = _median(lambda: people(session, profile, exam_id=province.EXAM_ID))
        grouped = by_group(found, profile)
        entries = [[person.entry for person in members] for members in grouped.values()]
        drawing, lines = _median(lambda: [draw_line(group, _PARAMS) for group in entries])
        assert len(lines) == min(candidates, province.GROUPS)
        sorting, _ = _median(lambda: [_sorted(group) for group in entries])
        first = next(iter(grouped))
        listing, _ = _median(lambda: groups(session, province.EXAM_ID, viewer=_OFFICE))
        one, _ = _median(lambda: group_detail(session, province.EXAM_ID, first, viewer=_OFFICE))
    engine.dispose()
    sql, sums = "the same rows by sqlite3", "the same sums, sorted"
    return {
        "whole": (reading + drawing, sql, plain),
        "reading": (reading, sql, plain),
        "drawing": (drawing, sums, sorting),
        "list_of_groups": (listing, sql, plain),
        "one_group": (one, sql, plain),
    }


def _median(work: Callable[[], T]) -> tuple[float, T]:
    """The middle one of a few runs after a first, and what the first one gave."""
    made, took = work(), []
    for _ in range(_TIMES):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return statistics.median(took), made


def _plainly(database: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(database) as connection:
        return connection.execute(_PLAIN_ROWS).fetchall()


def _sorted(entries: Sequence[Entry]) -> list[Decimal]:
    return sorted(compared(entry, "sum") for entry in entries if entry.subjects)


if __name__ == "__main__":
    raise SystemExit(main())
