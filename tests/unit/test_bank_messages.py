"""Every code of the question bank has its sentence in both languages, and no sentence is idle."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import question_bank
from question_bank.messages import LANGUAGES, catalogue, text

_ROOT = Path(question_bank.__file__).parent
_CALLS = {"BankError": 0, "Flaw": 1, "Problem": 2, "trouble": 1, "remark": 1}


def words_in_code() -> set[str]:
    """Every text constant in the package's modules."""
    return {
        node.value
        for path in _ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def raised() -> Iterator[str]:
    """Codes given to errors, flaws and problems as plain text."""
    for path in _ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            place = _CALLS.get(name)
            if place is not None and len(node.args) > place:
                argument = node.args[place]
                if isinstance(argument, ast.Constant):
                    yield str(argument.value)


def test_every_code_has_a_sentence() -> None:
    codes = set(raised())
    assert len(codes) > 50
    assert codes - set(catalogue()) == set()


def test_every_sentence_has_a_code() -> None:
    assert set(catalogue()) - words_in_code() == set()


def test_sentences_come_in_both_languages_with_the_same_facts() -> None:
    for code, entry in catalogue().items():
        assert set(entry) == set(LANGUAGES), code
        facts = [set(re.findall(r"{(\w+)}", entry[language])) for language in LANGUAGES]
        assert facts[0] == facts[1], code
        assert "！" not in entry["zh"], code
        assert "!" not in entry["en"], code
        assert entry["zh"].endswith("。"), code
        assert entry["en"].endswith("."), code


def test_a_missing_fact_or_code_hides_nothing() -> None:
    assert "?" in text("file_missing", {}, "en")
    assert text("no_such_code", {}, "zh") == "no_such_code"
