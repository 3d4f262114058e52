"""docs/asvs.csv: every requirement of OWASP ASVS 5.0, levels 1 and 2, is answered, and what an
answer names is there."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LEVELS = {"1": 70, "2": 183}  # of version 5.0.0
NAMED = re.compile(r"[\w./-]+\.(?:py|md|toml|tsx?|json|lock|html)(?:::\w+)?")


@cache
def rows() -> list[dict[str, str]]:
    with (ROOT / "docs" / "asvs.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_requirement_of_both_levels_is_there_once() -> None:
    idents = [row["id"] for row in rows()]
    assert len(idents) == len(set(idents))
    assert {level: sum(row["level"] == level for row in rows()) for level in LEVELS} == LEVELS
    assert idents == sorted(idents, key=lambda ident: [int(part) for part in ident.split(".")])


def test_no_cell_is_empty() -> None:
    assert [row["id"] for row in rows() if not all(cell.strip() for cell in row.values())] == []
    assert {row["applies"] for row in rows()} == {"y", "n"}


def test_what_applies_names_where_it_is_met() -> None:
    named = ("make audit", *PLACES)
    silent = [
        row["id"]
        for row in rows()
        if row["applies"] == "y" and not any(one in row["where_met_or_why_not"] for one in named)
    ]
    assert silent == []


PLACES = ("exam_server/", "exam_client/", "proctor_console/", "question_bank/", "tests/", "docs/",
          "requirements", "pyproject.toml", "package-lock.json")  # fmt: skip


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["id"])
def test_what_is_named_is_there(row: dict[str, str]) -> None:
    for name in NAMED.findall(row["where_met_or_why_not"]):
        path, _, test = name.partition("::")
        found = ROOT / path
        if "/" not in path and not found.exists():  # a neighbour of the file named before it
            assert list(ROOT.glob(f"proctor_console/templates/**/{path}")), name
            continue
        assert found.exists(), name
        if test:
            assert f"def {test}(" in found.read_text(encoding="utf-8"), name
