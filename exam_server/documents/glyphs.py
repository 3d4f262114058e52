"""Which characters can be printed. The typesetter draws a box for one it has no glyph for and
says nothing: whoever prints is told before, by name."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTCollection, TTFont, TTLibError

from exam_server.documents.paper import Paper, Shelf
from exam_server.errors import Refusal

_COLLECTIONS = frozenset({".ttc", ".otc"})
_SUFFIXES = _COLLECTIONS | {".ttf", ".otf"}
_BLANK = frozenset("\n\t ")
PLACE_FOR_HAND = "□"  # a box to write the character into

# What a person calls the fields that hold what others wrote.
_LABELS = {
    "name": "姓名",
    "unit": "工作单位",
    "trade": "工种",
    "city": "所在市",
    "centre": "考点",
    "address": "考点地址",
    "exam": "考试项目",
    "sitting": "场次",
    "words": "说明",
    "staff": "经办",
}


def printable(shelf: Shelf) -> frozenset[int]:
    """Every code point that some font of the shelf has a glyph for."""
    found: frozenset[int] = frozenset()
    for path in _files(shelf):
        found |= _covered(path, path.stat().st_mtime_ns)
    return found


def check_glyphs(paper: Paper, shelf: Shelf) -> None:
    """Refusal ``glyph_missing`` 422 with a row per place: whose field, which character.

    ``row`` is the person's place in the document from 1, 0 outside a list.
    """
    rows = [*_missing(paper.data, printable(shelf), row=0, name="", field=paper.template)]
    if rows:
        first = rows[0]["facts"]
        assert isinstance(first, dict)
        raise Refusal("glyph_missing", 422, {"count": len(rows), **first}, rows)


def with_boxes(paper: Paper, shelf: Shelf) -> Paper:
    """The paper with a box for each character that cannot be printed, to be written by hand."""
    have = printable(shelf)
    return Paper(paper.template, _boxed(paper.data, have), paper.files)


def _missing(
    value: object, have: frozenset[int], *, row: int, name: str, field: str
) -> Iterator[dict[str, object]]:
    if isinstance(value, str):
        for character in dict.fromkeys(value):
            if not _has(character, have):
                facts = {
                    "name": name or value,
                    "field": _LABELS.get(field, field),
                    "character": character,
                    "code": f"U+{ord(character):04X}",
                }
                yield {
                    "row": row,
                    "column": facts["field"],
                    "code": "glyph_missing_at",
                    "facts": facts,
                }
    elif isinstance(value, Mapping):
        own = value.get("name")
        whose = own if isinstance(own, str) and own else name
        for key, inner in value.items():
            yield from _missing(inner, have, row=row, name=whose, field=str(key))
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value, start=1):
            inside = number if isinstance(inner, Mapping) else row
            yield from _missing(inner, have, row=inside, name=name, field=field)


def _boxed(value: Any, have: frozenset[int]) -> Any:
    if isinstance(value, str):
        return "".join(char if _has(char, have) else PLACE_FOR_HAND for char in value)
    if isinstance(value, Mapping):
        return {key: _boxed(inner, have) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_boxed(inner, have) for inner in value]
    return value


def _has(character: str, have: frozenset[int]) -> bool:
    return ord(character) in have or character in _BLANK


def _files(shelf: Shelf) -> list[Path]:
    return [
        path
        for folder in shelf.fonts
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in _SUFFIXES
    ]


@lru_cache(maxsize=64)
def _covered(path: Path, changed_ns: int) -> frozenset[int]:
    """``changed_ns`` only makes a changed file another one. Refusal ``font_unreadable`` 422."""
    del changed_ns
    try:
        with path.open("rb") as file:
            if path.suffix.lower() in _COLLECTIONS:
                fonts = TTCollection(file, lazy=True).fonts
            else:
                fonts = [TTFont(file, lazy=True)]
            codes = {code for font in fonts for code in font.getBestCmap() or ()}
    except (TTLibError, OSError, KeyError, ValueError):
        raise Refusal("font_unreadable", 422, {"file": path.name}) from None
    return frozenset(code for code in codes if unicodedata.category(chr(code)) != "Co")
