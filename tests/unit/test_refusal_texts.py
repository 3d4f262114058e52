"""Every refusal that any module can raise is told in both languages, cause and remedy."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("exam_server", "exam_client", "proctor_console")
OWN, BANK = "exam_server/locale/refusals.toml", "question_bank/locale/messages.toml"
# The verifier has its own findings and their own test; robots only read what they are told.
APART = ("exam_server/verify/", "exam_client/robots/")
PARAMETER = "code"


@dataclass(frozen=True)
class Raised:
    """A code and where the program says it."""

    code: str
    place: str


@cache
def texts() -> dict[str, dict[str, str]]:
    """Code → {"zh", "en"}."""
    found: dict[str, dict[str, str]] = {}
    for name in (BANK, OWN):
        found |= tomllib.loads((ROOT / name).read_text("utf-8"))
    return found


@cache
def trees() -> dict[str, ast.Module]:
    """Every module, parsed, by its path."""
    return {
        name: ast.parse(path.read_text("utf-8"))
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if not (name := path.relative_to(ROOT).as_posix()).startswith(APART)
    }


@cache
def takes_a_code() -> dict[str, int]:
    """Functions with a parameter ``code``, and its position among what a caller writes."""
    found = {"Refusal": 0}
    for tree in trees().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                names = [one.arg for one in node.args.args if one.arg not in ("self", "cls")]
                if PARAMETER in names:
                    found[node.name] = names.index(PARAMETER)
    return found


def raised() -> Iterator[Raised]:
    """Every code that stands in the source as a word of its own."""
    for name, tree in trees().items():
        for node in ast.walk(tree):
            for value in codes_at(node):
                yield Raised(value, f"{name}:{getattr(node, 'lineno', 0)}")


def codes_at(node: ast.AST) -> Iterator[str]:
    """Codes in a call of something that takes one, or in a row ``{"code": …}``."""
    if isinstance(node, ast.Call):
        called = getattr(node.func, "id", getattr(node.func, "attr", ""))
        position = takes_a_code().get(called)
        if position is not None and len(node.args) > position:
            yield from words(node.args[position])
        yield from (
            word for one in node.keywords if one.arg == PARAMETER for word in words(one.value)
        )
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == PARAMETER:
                yield from words(value)


def words(value: ast.expr) -> Iterator[str]:
    """The literal, or both sides of a condition."""
    match value:
        case ast.Constant(value=str() as word):
            yield word
        case ast.IfExp():
            yield from words(value.body)
            yield from words(value.orelse)


def test_the_search_sees_the_programs_refusals() -> None:
    codes = {one.code for one in raised()}
    assert {"not_saved", "roster_sex", "server_running", "profile_points"} <= codes
    assert len(codes) > 100


def test_every_refusal_has_a_text_in_both_languages() -> None:
    silent = sorted(
        f"{one.code} ({one.place})"
        for one in raised()
        if not all(texts().get(one.code, {}).get(language) for language in ("zh", "en"))
    )
    assert silent == []


def test_no_text_is_kept_for_a_refusal_that_nothing_raises() -> None:
    own = tomllib.loads((ROOT / OWN).read_text("utf-8"))
    nodes = [node for tree in trees().values() for node in ast.walk(tree)]
    said = {one.value for one in nodes if isinstance(one, ast.Constant)}
    begun = tuple(
        str(one.values[0].value)
        for one in nodes
        if isinstance(one, ast.JoinedStr)
        and isinstance(one.values[0], ast.Constant)
        and str(one.values[0].value).endswith("_")
    )
    said |= tomllib.loads((ROOT / BANK).read_text("utf-8")).keys()
    assert sorted(code for code in own.keys() - said if not code.startswith(begun)) == []


def test_a_text_names_only_facts_that_the_refusal_carries() -> None:
    lacking = []
    for name, tree in trees().items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "Refusal":
                continue
            facts = facts_of(node)
            for code in words(node.args[0]) if facts is not None else ():
                needed = places(code) - (facts or set())
                if needed:
                    lacking.append(f"{name}:{node.lineno} {code} lacks {sorted(needed)}")
    assert lacking == []


def facts_of(call: ast.Call) -> set[str] | None:
    """Names of the facts given with a refusal; None when they are not spelled out."""
    given = call.args[2] if len(call.args) > 2 else None
    given = next((one.value for one in call.keywords if one.arg == "facts"), given)
    if given is None:
        return set()
    if not isinstance(given, ast.Dict) or None in given.keys:
        return None
    return {str(key.value) for key in given.keys if isinstance(key, ast.Constant)}


def places(code: str) -> set[str]:
    """The placeholders of a code's sentences."""
    return {
        field
        for sentence in texts().get(code, {}).values()
        for _, field, _, _ in Formatter().parse(sentence)
        if field
    }
