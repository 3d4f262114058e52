"""What people write in cells: types, letters, true and false, levels, subjects.

Each reader returns None for what it does not know; the caller reports row and column.
"""

from __future__ import annotations

import re
import unicodedata

from question_bank.errors import BankError
from question_bank.items.points import points_of, points_text
from question_bank.items.shape import LETTERS, ItemType

_TYPES = {
    ItemType.SINGLE: ("单选", "单选题", "单项选择", "单项选择题", "single"),
    ItemType.MULTIPLE: ("多选", "多选题", "多项选择", "多项选择题", "multiple"),
    ItemType.TRUE_FALSE: ("判断", "判断题", "是非题", "true_false"),
}
_TYPE_WORDS = {word: kind for kind, words in _TYPES.items() for word in words}
_TRUE = ("对", "正确", "是", "√", "✓", "T", "TRUE", "A")
_FALSE = ("错", "错误", "否", "×", "✗", "X", "F", "FALSE", "B")
_TRUE_FALSE_WORDS = dict.fromkeys(_TRUE, "a") | dict.fromkeys(_FALSE, "b")
_SEPARATORS = " ,、;/|."

# DOMAIN A1: one ladder, three naming habits; D32: canonical ids are compared, never names.
_LEVEL_NAMES = {
    "L5": ("五级", "初级工"),
    "L4": ("四级", "中级工"),
    "L3": ("三级", "高级工"),
    "L2": ("二级", "技师"),
    "L1": ("一级", "高级技师"),
}
_LEVEL_WORDS = {
    word: level
    for level, (step, name) in _LEVEL_NAMES.items()
    for word in (level, step, name, f"{step}({name})", f"{step}/{name}")
}
_SUBJECT_WORDS = {
    "职业道德": "ethics",
    "专业理论": "theory",
    "职业能力": "ability",
    "岗位技能": "postskill",
    "应知": "yingzhi",
}
_SUBJECT_ID = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_EVERY = ("", "*", "通用", "不限")


def item_type(text: str) -> ItemType | None:
    """单选 / 多选 / 判断, with or without 题, or the canonical id."""
    return _TYPE_WORDS.get(_plain(text))


def letters(text: str) -> str | None:
    """``"A、C D"`` → ``"acd"``, sorted; a letter twice stays twice, for the check to name."""
    kept = "".join(mark for mark in _plain(text).lower() if mark not in _SEPARATORS)
    return "".join(sorted(kept)) if set(kept) <= set(LETTERS) else None


def true_false(text: str) -> str | None:
    """对 → ``"a"``, 错 → ``"b"``; A and B are taken for the first and second option."""
    return _TRUE_FALSE_WORDS.get(_plain(text).upper())


def level(text: str) -> str | None:
    """``"L3"``, 高级工, 三级 or 三级（高级工） → ``"L3"``; empty → ``"*"``."""
    plain = _plain(text)
    return "*" if plain in _EVERY else _LEVEL_WORDS.get(plain.replace(" ", ""))


def subject(text: str) -> str | None:
    """A canonical subject id, or a known Chinese name of one (DOMAIN D32)."""
    plain = _plain(text)
    if plain in _SUBJECT_WORDS:
        return _SUBJECT_WORDS[plain]
    return plain if _SUBJECT_ID.fullmatch(plain) else None


def trade(text: str) -> str:
    """The trade as written; empty, 通用 and 不限 → ``"*"``."""
    return "*" if _plain(text) in _EVERY else text.strip()


def points(text: str) -> str | None:
    """Canonical points; empty → ``"1"``."""
    try:
        return points_text(points_of(_plain(text) or "1"))
    except BankError:
        return None


def difficulty(text: str) -> str | None:
    """A share between 0 and 1 as written, or empty."""
    plain = _plain(text)
    if not plain:
        return ""
    try:
        return plain if points_of(plain) <= 1 else None
    except BankError:
        return None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()
