"""A reason, whichever room it is given in: stripped, short enough, without an ID number."""

from __future__ import annotations

import ast
from datetime import date

import pytest

from exam_server.desk.rules.id_number import synthetic
from exam_server.desk.rules.written import reason, words
from exam_server.errors import Refusal
from tests.unit.test_tidy import name_of, python_files

NUMBER = synthetic("611002", date(1970, 1, 1), 991)


def test_what_is_written_is_what_was_said() -> None:
    assert reason(" \t设备故障\n", "paused") == "设备故障"
    assert reason("长" * 500, "paused") == "长" * 500
    assert reason(" " + "长" * 500 + " ", "paused") == "长" * 500
    assert words("  ", "votes_imported") == ""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "reason_required"),
        (" \t\n　", "reason_required"),
        ("长" * 501, "text_too_long"),
        (NUMBER, "id_number_in_text"),
        (f"见（{NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]}）", "id_number_in_text"),
    ],
)
def test_what_is_no_reason_is_refused_and_never_cut(text: str, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        reason(text, "line_returned")
    assert (refusal.value.code, refusal.value.status) == (code, 422)
    assert refusal.value.facts["kind"] == "line_returned"


def test_no_action_has_a_rule_of_its_own_for_a_reason() -> None:
    """Each had one; some cut in silence what others refused."""
    codes = {"reason_required", "text_too_long", "id_number_in_text"}
    own = [
        f"{name_of(path)}: {node.value}"
        for path in python_files("exam_server", "proctor_console", "exam_client")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refusal"
        for node in node.args[:1]
        if isinstance(node, ast.Constant) and node.value in codes
    ]
    assert sorted(own) == sorted(f"exam_server/desk/rules/written.py: {code}" for code in codes)
