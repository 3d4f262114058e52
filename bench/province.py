"""A province that has been sat: 71,000 candidates in 300 groups, their scores in a database.

Only what a line is drawn from: no papers, no answers, no people that could be real.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from sqlalchemy import Table, create_engine, insert

from exam_server.desk.tables import Candidate, Exam, Sitting
from exam_server.profiles.profile import builtins_of, load
from exam_server.results.tables import Score
from exam_server.room.tables import Attempt
from exam_server.storage import migrate
from exam_server.storage.base import Base

CITIES = ("西安市", "宝鸡市", "咸阳市", "铜川市", "渭南市", "延安市", "榆林市", "汉中市", "安康市",
          "商洛市", "杨凌示范区", "省直")  # fmt: skip
TRADES = ("汽车驾驶员", "电工", "管道工", "中式烹调工", "计算机系统操作工")
LEVELS = ("L5", "L4", "L3", "L2", "L1")
GROUPS = len(CITIES) * len(TRADES) * len(LEVELS)
EXAM_ID = "prv00000000000000001"  # in an address it must look like an id
_SUBJECTS = ("ethics", "theory")
_ABSENT_SHARE = 0.04
_AT_ONCE = 20_000


def fill(database: Path, *, candidates: int, seed: int, sat: bool = True) -> str:
    """Write the province into a new SQLite file; its address. ``sat``: with its scores."""
    url = f"sqlite:///{database}"
    migrate.upgrade(url)
    chance = random.Random(seed)
    engine = create_engine(url)
    people = [_person(number, chance) for number in range(candidates)]
    with engine.begin() as connection:
        _put(connection, Exam, [_exam()])
        _put(connection, Sitting, [_sitting()])
        _put(connection, Candidate, people)
        attempts = (
            []
            if not sat
            else [
                _attempt(person["id"], ordinal, subject, chance)
                for person in people
                for ordinal, subject in enumerate(_SUBJECTS, 1)
            ]
        )
        _put(connection, Attempt, attempts)
        _put(connection, Score, [_score(one, chance) for one in attempts
                                 if one["state"] == "submitted"])  # fmt: skip
    engine.dispose()
    return url


def _put(connection: Any, model: type[Base], rows: list[dict[str, Any]]) -> None:
    table = model.__table__
    assert isinstance(table, Table)
    for first in range(0, len(rows), _AT_ONCE):
        connection.execute(insert(table), rows[first : first + _AT_ONCE])


def _exam() -> dict[str, Any]:
    return {
        "id": EXAM_ID,
        "name": "全省工考",
        "year": 2026,
        "mode": "formal",
        "profile": "shaanxi-2024",
        "rules": builtins_of(load("shaanxi-2024")),
        "permutation_seed": "00" * 32,
    }


def _sitting() -> dict[str, Any]:
    return {
        "id": "s", "exam_id": EXAM_ID, "name": "第 1 场", "centre": "考点", "room": "01",
        "rows": 1, "columns": 1, "aisle_after": 0, "planned_start_ms": 0, "state": "scored",
        "stopped_ms": 0, "head_seq": 0, "head": "",
    }  # fmt: skip


def _person(number: int, chance: random.Random) -> dict[str, Any]:
    group = number % GROUPS
    return {
        "id": f"c{number:06}", "exam_id": EXAM_ID, "sitting_id": "s", "seat": number,
        "ticket": f"{number:012}", "name": f"考生{number}", "sex": chance.choice("MF"),
        "id_cipher": b"", "id_lookup": f"{number}", "id_masked": "", "photo_cipher": None,
        "city": CITIES[group % len(CITIES)], "unit": f"单位{number % 900}",
        "trade": TRADES[group // len(CITIES) % len(TRADES)],
        "level": LEVELS[group // len(CITIES) // len(TRADES)],
        "route": "normal", "conditional": False, "paid": True, "details": {},
    }  # fmt: skip


def _attempt(person: str, ordinal: int, subject: str, chance: random.Random) -> dict[str, Any]:
    absent = chance.random() < _ABSENT_SHARE
    return {
        "id": f"{person}-{ordinal}", "sitting_id": "s", "candidate_id": person,
        "subject": subject, "ordinal": ordinal, "form_id": "f",
        "state": "absent" if absent else "submitted", "cause": None if absent else "candidate",
        "limit_ms": 3_600_000, "granted_ms": 0, "spent_ms": 0, "fence": 1, "answered": 100,
        "marked": 0, "current_item": 1, "late_admitted": False, "proposed_ms": 0, "head_seq": 0,
        "head": "",
    }  # fmt: skip


def _score(attempt: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    points = max(0, min(100, round(chance.gauss(68, 13))))
    return {
        "id": attempt["id"], "attempt_id": attempt["id"], "version": 1, "points": str(points),
        "sections": [], "attempt_head": "", "scoring_digest": "", "scored_ms": 0, "reason": None,
    }  # fmt: skip
