"""The examples of the guide for other systems are carried out as they stand there."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from exam_server.auth.tokens import Scope, issue
from exam_server.desk.exchange import RosterEntry, UpdateEntry
from exam_server.desk.rules.id_number import synthetic
from exam_server.desk.rules.roster_columns import LABELS, NEEDED
from exam_server.desk.update_file import LABELS as UPDATE_LABELS
from tests.builders.published import PROVINCE, ScoredOffice, publish

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guides" / "connecting-a-system.md"
_PAIR = re.compile(r"```http\n(.*?)```\s*```json\n(.*?)```", re.DOTALL)
ANYTHING = "…"


@pytest.fixture
def scored(tmp_path: Path, sqlite_tables: Path) -> Iterator[ScoredOffice]:
    path = shutil.copy(sqlite_tables, tmp_path / "kaochang.sqlite3")
    made = ScoredOffice(f"sqlite:///{path}", tmp_path / "office")
    yield made
    made.close()


def fits(told: Any, wanted: Any) -> bool:
    if wanted == ANYTHING:
        return True
    if isinstance(wanted, dict):
        return (
            isinstance(told, dict)
            and told.keys() == wanted.keys()
            and all(fits(told[key], one) for key, one in wanted.items())
        )
    if isinstance(wanted, list):
        return isinstance(told, list) and len(told) == len(wanted) and all(map(fits, told, wanted))
    return bool(told == wanted)


def test_every_example_is_answered_as_the_guide_says(scored: ScoredOffice) -> None:
    publish(scored.day)
    _, token = scored.office.do(
        issue, name="报名系统", scopes=[one.value for one in Scope], days=30, actor=PROVINCE
    )
    known = {
        "{exam}": scored.day.exam_id,
        "{token}": token,
        "{number}": synthetic("611002", date(1980, 1, 2), 996),
    }
    text = GUIDE.read_text(encoding="utf-8")
    for name, value in known.items():
        text = text.replace(name, value)
    pairs = _PAIR.findall(text)
    assert len(pairs) == text.count("```http") == 7
    for request, answer in pairs:
        head, _, body = request.partition("\n\n")
        first, *fields = head.strip().splitlines()
        method, address = first.split(" ")
        headers = dict(field.split(": ", 1) for field in fields)
        told = scored.app.test_client().open(address, method=method, headers=headers, data=body)
        wanted = json.loads(answer)
        found = told.get_json()
        assert fits(found, wanted), (first, found)
        refused = isinstance(wanted, dict) and "status" in wanted
        assert told.status_code == (wanted["status"] if refused else 200)
        kind = "application/problem+json" if refused else "application/json"
        assert told.mimetype == kind, first


def test_the_entries_have_the_columns_of_the_files() -> None:
    fields = set(RosterEntry.__struct_fields__)
    assert fields == LABELS.keys() - {"serial"}
    assert set(UpdateEntry.__struct_fields__) == UPDATE_LABELS.keys()
    assert set(NEEDED) <= fields
