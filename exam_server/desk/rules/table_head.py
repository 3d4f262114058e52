"""A plain table with one row of headings: found by its words, read line by line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from exam_server.desk.rules.roster_text import plain
from exam_server.errors import Refusal

T = TypeVar("T")
_LOOK_DOWN = 15  # rows in which the head may be
_KEY = frozenset({"name", "id_number"})  # what tells the head from a title


@dataclass(frozen=True, slots=True)
class Table:
    """``columns``: field → index; ``unknown``: headings that are no field's."""

    sheet: Sequence[Sequence[str]]
    head: int
    columns: Mapping[str, int]
    unknown: tuple[str, ...]

    def lines(self) -> Iterator[tuple[int, dict[str, str]]]:
        """The row number in the file, and its cells by field; empty lines are left out."""
        for index in range(self.head + 1, len(self.sheet)):
            row = self.sheet[index]
            cells = {name: row[at] if at < len(row) else "" for name, at in self.columns.items()}
            if any(plain(value) for value in cells.values()):
                yield index + 1, cells


def find_table(
    sheets: Sequence[Sequence[Sequence[str]]],
    labels: Mapping[str, tuple[str, ...]],
    key: frozenset[str] = _KEY,
) -> Table | None:
    """The one table whose head names all of ``key``; ``labels``: field → its headings.

    Refusal ``sheets_several`` 422 where another sheet has such a table too.
    """
    field_of = {label: field for field, words in labels.items() for label in words}
    return only_one([_table_of(sheet, field_of, key) for sheet in sheets])


def only_one(found: Sequence[T | None]) -> T | None:
    """What one of the sheets holds, None where none does; Refusal ``sheets_several`` 422."""
    places = [place for place, one in enumerate(found, start=1) if one is not None]
    if len(places) > 1:
        raise Refusal("sheets_several", 422, {"sheets": "、".join(map(str, places))})
    return found[places[0] - 1] if places else None


def _table_of(
    sheet: Sequence[Sequence[str]], field_of: Mapping[str, str], key: frozenset[str]
) -> Table | None:
    for index, row in enumerate(sheet[:_LOOK_DOWN]):
        words = [plain(cell).rstrip("*") for cell in row]
        columns: dict[str, int] = {}
        for at, word in enumerate(words):
            if word in field_of:
                columns.setdefault(field_of[word], at)
        if key <= columns.keys():
            unknown = tuple(word for word in words if word and word not in field_of)
            return Table(sheet, index, columns, unknown)
    return None
