"""Column mapping: how any csv or workbook becomes items, as a TOML file.

Documented in docs/reference/bank-template.md; shipped ones lie in ``mappings/`` and are
named without path and suffix.
"""

from __future__ import annotations

import re
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Literal

import msgspec

from question_bank.errors import BankError
from question_bank.formats import cells
from question_bank.formats.raw import RawItem, take_options
from question_bank.formats.table import Row, Table, read_bytes
from question_bank.items.item import TRUE_FALSE_OPTIONS
from question_bank.items.shape import LETTERS, ItemType

_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


class Columns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Headings by part; an empty one is not in the table."""

    id: str
    stem: str
    key: str
    options: list[str] = []
    type: str = ""
    points: str = ""
    difficulty: str = ""
    topic: str = ""
    subject: str = ""
    trade: str = ""
    level: str = ""
    fixed: str = ""
    figures: str = ""
    explanation: str = ""
    source: str = ""
    version: str = ""


class TypeRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``key_count``: one key letter = single, more = multiple. ``column``: by ``words``
    and the words the template knows. ``single`` …: every item."""

    derive: Literal["key_count", "column", "single", "multiple", "true_false"]
    words: dict[str, ItemType] = {}


class KeyRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``letters``: A C D. ``numbers``: 1 3 4, the first option being 1."""

    written: Literal["letters", "numbers"] = "letters"


class FigureList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A second table beside the first that joins figures to rows.

    ``file``, ``key``, ``path``: that table, its joining column, its path column. ``join``:
    the column of the bank; ``separator``: splits a joining cell that holds several.
    """

    file: str
    key: str
    path: str
    join: str
    separator: str = ","


class KeyCountCheck(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Warn where ``column`` states another number of key letters; the key itself decides.

    ``pattern``: regular expression whose first group is the number."""

    column: str
    pattern: str


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One mapping file. ``constants``: text by part, for parts without a column; ``{J}``
    stands for the cell of column J."""

    title: str
    columns: Columns
    type: TypeRule
    key: KeyRule = KeyRule()
    constants: dict[str, str] = {}
    figures: FigureList | None = None
    key_count: KeyCountCheck | None = None


def load_mapping(name: str) -> Mapping:
    """A mapping by file path or shipped name. BankErrors ``mapping_unknown`` (fact
    ``shipped``), ``mapping_malformed`` (fact ``reason``)."""
    try:
        return msgspec.toml.decode(_source(name), type=Mapping)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BankError("mapping_malformed", {"mapping": name, "reason": str(error)}) from error


def shipped() -> list[str]:
    """Names of the mappings that come with the program."""
    folder = files("question_bank").joinpath("formats/mappings")
    return sorted(Path(entry.name).stem for entry in folder.iterdir() if entry.is_file())


def _source(name: str) -> bytes:
    path = Path(name)
    if path.is_file():
        return read_bytes(path)
    if name in shipped():
        return files("question_bank").joinpath(f"formats/mappings/{name}.toml").read_bytes()
    raise BankError("mapping_unknown", {"mapping": name, "shipped": "、".join(shipped())})


def check_columns(table: Table, mapping: Mapping) -> None:
    """BankError ``columns_missing`` when the table lacks what the mapping names."""
    named = msgspec.to_builtins(mapping.columns)
    wanted = [text for part, text in named.items() if part != "options" and text]
    wanted += mapping.columns.options
    wanted += [mapping.figures.join] if mapping.figures else []
    wanted += [mapping.key_count.column] if mapping.key_count else []
    missing = [column for column in dict.fromkeys(wanted) if column not in table.columns]
    if missing:
        raise BankError("columns_missing", {"columns": "、".join(missing)})


def read_row(row: Row, mapping: Mapping) -> RawItem:
    """Everything the row says through the mapping; what is wrong is in ``problems``."""
    columns = {
        part: text if isinstance(text, str) else next(iter(text), "")
        for part, text in msgspec.to_builtins(mapping.columns).items()
    }
    raw = RawItem(row.number, columns)
    value = partial(_value, row, mapping)
    if row.get(""):
        raw.trouble("", "cells_beyond")
    raw.id, raw.stem = value("id"), value("stem")
    if not raw.id:
        raw.trouble("id", "cell_empty", {"column": columns["id"]})
    raw.topic, raw.explanation = value("topic"), value("explanation")
    raw.source, raw.version = value("source"), value("version") or "1"
    raw.trade = cells.trade(value("trade"))
    raw.figures = tuple(part for part in re.split(r"[;；|\n]+", value("figures")) if part)
    _values(raw, mapping, row)
    _answer(raw, mapping, row)
    return raw


def _value(row: Row, mapping: Mapping, part: str) -> str:
    column = str(getattr(mapping.columns, part))
    if column and row.get(column):
        return row.get(column)
    return _PLACEHOLDER.sub(lambda found: row.get(found.group(1)), mapping.constants.get(part, ""))


def _values(raw: RawItem, mapping: Mapping, row: Row) -> None:
    for part, read, code in (
        ("points", cells.points, "points_malformed"),
        ("difficulty", cells.difficulty, "difficulty_malformed"),
        ("level", cells.level, "level_unknown"),
        ("subject", cells.subject, "subject_unknown"),
    ):
        text = _value(row, mapping, part)
        found = read(text)
        if found is None:
            raw.trouble(part, code, {"value": text})
        else:
            setattr(raw, part, found)


def _answer(raw: RawItem, mapping: Mapping, row: Row) -> None:
    raw.options = take_options(raw, row, mapping.columns.options)
    written = row.get(mapping.columns.key)
    raw.type = _type(raw, mapping, row, written)
    if raw.type is ItemType.TRUE_FALSE:
        raw.options = TRUE_FALSE_OPTIONS
        found = cells.true_false(written)
    else:
        found = _choice_key(written, mapping)
        raw.fixed = cells.letters(_value(row, mapping, "fixed")) or ""
    if found is None:
        raw.trouble("key", "letters_unknown", {"value": written})
    raw.correct = found or ""
    _check_key_count(raw, mapping, row)


def _type(raw: RawItem, mapping: Mapping, row: Row, written: str) -> ItemType | None:
    rule = mapping.type
    if rule.derive == "key_count":
        return (
            ItemType.MULTIPLE if len(_choice_key(written, mapping) or "") > 1 else (ItemType.SINGLE)
        )
    if rule.derive != "column":
        return ItemType(rule.derive)
    word = row.get(mapping.columns.type)
    kind = rule.words.get(word) or cells.item_type(word)
    if kind is None:
        raw.trouble("type", "type_unknown", {"value": word})
    return kind


def _choice_key(written: str, mapping: Mapping) -> str | None:
    if mapping.key.written == "letters":
        return cells.letters(written)
    numbers = [int(text) for text in re.findall(r"[0-9]+", written)]
    if any(not 1 <= number <= len(LETTERS) for number in numbers):
        return None
    return "".join(sorted(LETTERS[number - 1] for number in numbers))


def _check_key_count(raw: RawItem, mapping: Mapping, row: Row) -> None:
    check = mapping.key_count
    found = check and re.search(check.pattern, row.get(check.column))
    if found and int(found.group(1)) != len(raw.correct):
        facts: dict[str, object] = {"stated": int(found.group(1)), "given": len(raw.correct)}
        raw.remark("key", "key_count_differs", facts)
