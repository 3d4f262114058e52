"""Reading a trade catalogue's file: whole or refused, every problem by row and column.

The columns are described in ``docs/reference/profile.md``. A catalogue lies in the folder
``trades`` beside the profile that names it; those of the program are found by every profile.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from io import StringIO
from pathlib import Path

import msgspec

from exam_server.errors import Refusal
from exam_server.profiles.office import LEVELS
from exam_server.profiles.structure import Finding
from exam_server.profiles.trades import Trade

FOLDER = "trades"
_OWN = Path(__file__).parent / FOLDER
_SEVERAL = "；"
_NEEDED = ("code", "trade")
_COLUMNS = (
    *_NEEDED,
    "industry",
    "former_names",
    "former_levels",
    "aliases",
    "class",
    "active",
    "printed",
    "inferred",
    "note",
)
_FLAGS = {"active": ("yes", "no", ""), "inferred": ("yes", "")}


class _Line(msgspec.Struct, frozen=True):
    row: int
    cells: dict[str, str]


def catalogue_names() -> list[str]:
    """The catalogues that come with the program."""
    return sorted(path.stem for path in _OWN.glob("*.csv"))


def read_catalogue(name: str, beside: Path | None = None) -> tuple[Trade, ...]:
    """The trades of the catalogue ``name``, in the file's order.

    ``beside``: the folder of the profile that names it, looked into first.
    Refusals: ``trade_catalogue_unknown`` 404; ``trade_catalogue_invalid`` 422, with one row
    per problem ``{"row", "column", "code", "facts"}``.
    """
    if name in catalogue_names():
        return _own(name)
    path = None if beside is None else beside / FOLDER / f"{name}.csv"
    if path is None or path.name != f"{name}.csv" or not path.is_file():
        known = ", ".join(catalogue_names())
        raise Refusal("trade_catalogue_unknown", 404, {"catalogue": name, "known": known})
    return _trades(path)


@cache
def _own(name: str) -> tuple[Trade, ...]:
    return _trades(_OWN / f"{name}.csv")


def _trades(path: Path) -> tuple[Trade, ...]:
    reader = csv.DictReader(StringIO(_text(path), newline=""), strict=False)
    problems = list(_head(reader.fieldnames or ()))
    if problems:
        raise _invalid(path, problems)
    lines = [
        _Line(reader.line_num, {key: (cells.get(key) or "").strip() for key in _COLUMNS})
        for cells in reader
    ]
    problems = [*_lines(lines), *_twice(lines)]
    if problems:
        raise _invalid(path, sorted(problems, key=lambda found: int(found["row"])))
    if not lines:
        raise _invalid(path, [_problem(1, "", "trade_catalogue_empty")])
    return tuple(_trade(line.cells) for line in lines)


def _text(path: Path) -> str:
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _invalid(path, [_problem(1, "", "profile_not_utf8")])


def _head(columns: Sequence[str]) -> Iterator[Finding]:
    for needed in _NEEDED:
        if needed not in columns:
            yield _problem(1, needed, "profile_missing")
    for column in columns:
        if column not in _COLUMNS:
            yield _problem(1, column, "profile_key", key=column, known=" ".join(_COLUMNS))


def _lines(lines: Sequence[_Line]) -> Iterator[Finding]:
    for line in lines:
        for needed in _NEEDED:
            if not line.cells[needed]:
                yield _problem(line.row, needed, "profile_missing")
        for column, words in _FLAGS.items():
            if (value := line.cells[column]) not in words:
                said = " ".join(filter(None, words))
                yield _problem(line.row, column, "profile_word", value=value, words=said)
        for level in _list(line.cells["former_levels"]):
            if level not in LEVELS:
                yield _problem(line.row, "former_levels", "profile_level_unknown", level=level)
        printed = line.cells["printed"]
        if printed and not (printed.isascii() and printed.isdigit()):
            yield _problem(line.row, "printed", "profile_whole_number", value=printed)


def _twice(lines: Sequence[_Line]) -> Iterator[Finding]:
    """A code, an ordinal and a name each mean one trade, whether current, former or alias."""
    found = [
        (line.row, column, kind, value)
        for line in lines
        for column, kind in (
            ("code", "code"),
            ("printed", "printed"),
            ("trade", "name"),
            ("former_names", "name"),
            ("aliases", "name"),
        )
        for value in _list(line.cells[column])
    ]
    times = Counter((kind, value) for _, _, kind, value in found)
    for row, column, kind, value in found:
        if times[kind, value] > 1:
            yield _problem(row, column, "profile_name_twice", name=value)


def _trade(cells: dict[str, str]) -> Trade:
    return Trade(
        code=cells["code"],
        name=cells["trade"],
        industry=cells["industry"],
        former_names=_list(cells["former_names"]),
        former_levels=_list(cells["former_levels"]),
        aliases=_list(cells["aliases"]),
        fee_class=cells["class"],
        active=cells["active"] != "no",
        printed=int(cells["printed"]) if cells["printed"] else None,
        inferred=cells["inferred"] == "yes",
        note=cells["note"],
    )


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(_SEVERAL) if part.strip())


def _problem(row: int, column: str, code: str, **facts: object) -> Finding:
    return {"row": row, "column": column, "code": code, "facts": facts}


def _invalid(path: Path, problems: list[Finding]) -> Refusal:
    facts: dict[str, object] = {"file": path.name, "count": len(problems)}
    return Refusal("trade_catalogue_invalid", 422, facts, list(problems))
