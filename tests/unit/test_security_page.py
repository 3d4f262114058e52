"""docs/security.md: whatever test it names is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`((?:tests|docs)/[\w./-]+)(?:::(\w+))?`")


def test_every_test_of_the_threat_model_is_there() -> None:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    named = NAMED.findall(text)
    assert len(named) > 20
    for path, test in named:
        found = ROOT / path
        assert found.exists(), path
        assert not test or f"def {test}(" in found.read_text(encoding="utf-8"), (path, test)


def test_every_attack_names_a_test() -> None:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    section = text.split("## Attacks")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][2:]
    assert len(rows) > 15
    assert [row for row in rows if "`tests/" not in row] == []
