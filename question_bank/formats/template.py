"""The documented template (docs/reference/bank-template.md): its columns and its rows."""

from __future__ import annotations

import re

from question_bank.errors import BankError
from question_bank.formats import cells
from question_bank.formats.raw import RawItem, take_options
from question_bank.formats.table import Row, Table
from question_bank.items.item import TRUE_FALSE_OPTIONS
from question_bank.items.shape import ItemType

SHEET = "试题"
OPTION_COLUMNS = [f"选项{letter}" for letter in "ABCDEFGH"]
PARTS = {
    "id": "编号",
    "type": "题型",
    "stem": "题干",
    "options": OPTION_COLUMNS[0],
    "key": "答案",
    "points": "分值",
    "difficulty": "难度",
    "topic": "知识点",
    "subject": "科目",
    "trade": "工种",
    "level": "等级",
    "fixed": "固定选项",
    "figures": "图片",
    "explanation": "解析",
    "source": "来源",
    "version": "版本",
}
COLUMNS = (
    *("编号", "题型", "题干", *OPTION_COLUMNS, "答案", "分值", "难度", "知识点", "科目"),
    *("工种", "等级", "固定选项", "图片", "解析", "来源", "版本"),
)
REQUIRED = ("编号", "题型", "题干", "答案", "科目")
_FIGURE_SEPARATORS = re.compile(r"[;；|、\n]+")


def check_columns(table: Table) -> None:
    """BankError ``columns_missing`` or ``columns_unknown``: is this the template at all?"""
    missing = [column for column in REQUIRED if column not in table.columns]
    if missing:
        raise BankError("columns_missing", {"columns": "、".join(missing)})
    unknown = [column for column in table.columns if column not in COLUMNS]
    if unknown:
        raise BankError("columns_unknown", {"columns": "、".join(unknown)})


def read_row(row: Row) -> RawItem:
    """Everything the row says; what it says wrongly is in ``problems``."""
    raw = RawItem(row.number, PARTS)
    if row.get(""):
        raw.trouble("", "cells_beyond")
    raw.id = row.get("编号") or _empty(raw, "id")
    raw.stem = row.get("题干")
    raw.topic, raw.explanation = row.get("知识点"), row.get("解析")
    raw.source, raw.version = row.get("来源"), row.get("版本") or "1"
    raw.trade = cells.trade(row.get("工种"))
    raw.figures = tuple(
        name.strip() for name in _FIGURE_SEPARATORS.split(row.get("图片")) if name.strip()
    )
    _values(raw, row)
    raw.type = cells.item_type(row.get("题型"))
    if raw.type is None:
        raw.trouble("type", "type_unknown", {"value": row.get("题型")})
    elif raw.type is ItemType.TRUE_FALSE:
        _true_false(raw, row)
    else:
        _choice(raw, row)
    return raw


def _values(raw: RawItem, row: Row) -> None:
    points, difficulty = cells.points(row.get("分值")), cells.difficulty(row.get("难度"))
    level, subject = cells.level(row.get("等级")), cells.subject(row.get("科目"))
    if points is None:
        raw.trouble("points", "points_malformed", {"value": row.get("分值")})
    if difficulty is None:
        raw.trouble("difficulty", "difficulty_malformed", {"value": row.get("难度")})
    if level is None:
        raw.trouble("level", "level_unknown", {"value": row.get("等级")})
    if subject is None:
        raw.trouble("subject", "subject_unknown", {"value": row.get("科目")})
    raw.points, raw.difficulty = points or "1", difficulty or ""
    raw.level, raw.subject = level or "*", subject or ""


def _choice(raw: RawItem, row: Row) -> None:
    raw.options = take_options(raw, row, OPTION_COLUMNS)
    raw.correct = _letters(raw, row, "key")
    raw.fixed = _letters(raw, row, "fixed")


def _letters(raw: RawItem, row: Row, part: str) -> str:
    found = cells.letters(row.get(PARTS[part]))
    if found is None:
        raw.trouble(part, "letters_unknown", {"value": row.get(PARTS[part])})
    return found or ""


def _true_false(raw: RawItem, row: Row) -> None:
    """The options may be left empty or say 对 and 错; nothing else."""
    raw.options = TRUE_FALSE_OPTIONS
    given = [row.get(column) for column in OPTION_COLUMNS if row.get(column)]
    if given and [cells.true_false(text) for text in given] != ["a", "b"]:
        raw.trouble("options", "true_false_options")
    correct = cells.true_false(row.get("答案"))
    if correct is None and row.get("答案"):
        raw.trouble("key", "true_false_key", {"value": row.get("答案")})
    raw.correct = correct or ""


def _empty(raw: RawItem, part: str) -> str:
    raw.trouble(part, "cell_empty", {"column": PARTS[part]})
    return ""
