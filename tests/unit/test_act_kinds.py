"""What the office's own record can hold: the catalogue, the code that writes, and the page."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from exam_server.results.rules.correction_life import CorrectionState
from exam_server.results.rules.line_life import LineState
from exam_server.storage.act_kinds import ACT_KINDS, may_change_results, read
from exam_server.storage.act_page import PAGE, page

ROOT = Path(__file__).resolve().parents[2]
BY_STATE = {f"line_{one}" for one in LineState} | {f"correction_{one}" for one in CorrectionState}


def words_of_the_program() -> Iterator[str]:
    for path in sorted((ROOT / "exam_server").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def test_the_page_of_acts_is_made_from_the_catalogue() -> None:
    """When this is red: ``python -m exam_server.storage.act_page``."""
    assert (ROOT / PAGE).read_text(encoding="utf-8") == page()


def test_every_kind_is_written_by_somebody() -> None:
    said = set(words_of_the_program())
    assert [kind for kind in ACT_KINDS if kind not in said and kind not in BY_STATE] == []


def test_every_step_of_a_line_and_of_a_correction_is_a_kind() -> None:
    assert ACT_KINDS.keys() >= BY_STATE


@pytest.mark.parametrize(
    ("kind", "actor", "data", "problem"),
    [
        ("staff_logged_in", "staff:s1", {}, None),
        ("staff_logged_in", "system", {}, "staff_logged_in is not for system to write"),
        ("upgraded", "staff:s1", {}, "upgraded is not for staff:s1 to write"),
        ("exported", "candidate", {}, "exported is not for candidate to write"),
        ("token_revoked", "staff:s1", {"token": "t"}, "token_revoked lacks name, reason"),
        ("fees_exported", "staff:s1", {"exam": "e", "id": "x"}, "fees_exported has unknown id"),
        ("staff_created", "system", {"staff": "s", "login": "l", "role": "proctor"}, None),
    ],
)
def test_a_kind_says_what_is_wrong(
    kind: str, actor: str, data: dict[str, str], problem: str | None
) -> None:
    assert ACT_KINDS[kind].problem(actor, data) == problem


def test_of_an_act_that_nobody_knows_it_is_not_said_that_it_changes_nothing() -> None:
    """A later release may have written it."""
    assert may_change_results("ruled")
    assert not may_change_results("printed")
    assert may_change_results("of a later release")


WHOLE = 'actor = ["staff"]\nzh = "甲"\nen = "a"\nresults = false\nfields = ["exam", "reason?"]\n'


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        ('fields = ["exam", "reason?"]', "", "fields"),
        ('["staff"]', '["candidate"]', "candidate"),
        ('["staff"]', "[]", "length"),
        ("false", '"no"', "results"),
        ("zh =", "words = 1\nzh =", "words"),
    ],
)
def test_a_kind_that_is_not_well_formed_is_not_read(
    written: str, instead: str, told: str, tmp_path: Path
) -> None:
    path = tmp_path / "acts.toml"
    path.write_text(f"[a]\n{WHOLE}", encoding="utf-8")
    assert list(read(path)) == ["a"]
    path.write_text(f"[a]\n{WHOLE.replace(written, instead)}", encoding="utf-8")
    with pytest.raises(ValueError, match=f"acts: a: .*{told}"):
        read(path)
