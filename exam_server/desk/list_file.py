"""A list as a file: one row of headings, one thing a line; whole or not at all, every problem by
row and column."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeVar

from exam_server.desk.rules.table_head import Table, find_table
from exam_server.desk.sheets import read_sheets
from exam_server.errors import Refusal

Row = TypeVar("Row")
Problem = dict[str, object]  # row, column (its printed heading), code, facts


class Wrong(Protocol):
    """Notes what is wrong with a line: the field, a code, what its text needs."""

    def __call__(self, field: str, code: str, /, **facts: object) -> None: ...


class Once(NamedTuple, Generic[Row]):
    """What no two lines share: by which field and code the second is told, ``other`` the first."""

    field: str
    code: str
    key: Callable[[Row], Hashable]


@dataclass(frozen=True, slots=True)
class ListFile:
    """A kind of list. ``labels``: field → its headings, the printed one first; ``no_header`` and
    ``problems``: the codes it is refused with."""

    labels: Mapping[str, tuple[str, ...]]
    no_header: str
    problems: str

    def table(self, data: bytes, *keys: frozenset[str]) -> Table:
        """The table in the file's bytes (xlsx, xls, csv; told by content) whose head has all the
        fields of the first of ``keys`` that is found. Refusals 422: ``roster_unreadable``,
        ``no_header``."""
        sheets = read_sheets(data)
        for key in keys:
            if table := find_table(sheets, self.labels, key):
                return table
        raise self.headless()

    def headless(self) -> Refusal:
        """No row names the columns."""
        known = "、".join(words[0] for words in self.labels.values())
        return Refusal(self.no_header, 422, {"columns": known})

    def rows(
        self,
        table: Table,
        read: Callable[[int, dict[str, str], Wrong], Row | None],
        once: Once[Row] | None = None,
    ) -> list[Row]:
        """What ``read`` makes of each line; None, or noting something wrong, refuses the file.

        Refusals 422: ``problems`` with rows, ``roster_no_rows``.
        """
        rows: list[Row] = []
        problems: list[Problem] = []
        seen: dict[Hashable, int] = {}
        for number, cells in table.lines():
            row, noted = self._line(number, cells, read)
            if row is not None:
                rows.append(row)
                if once and (first := seen.setdefault(once.key(row), number)) != number:
                    noted.append(self.problem(number, once.field, once.code, other=first))
            problems += noted
        if problems:
            raise self.refusal(problems)
        if not rows:
            raise Refusal("roster_no_rows", 422)
        return rows

    def _line(
        self,
        number: int,
        cells: dict[str, str],
        read: Callable[[int, dict[str, str], Wrong], Row | None],
    ) -> tuple[Row | None, list[Problem]]:
        noted: list[Problem] = []

        def wrong(field: str, code: str, /, **facts: object) -> None:
            noted.append(self.problem(number, field, code, **facts))

        row = read(number, cells, wrong)
        return None if noted else row, noted

    def problem(self, row: int, field: str, code: str, /, **facts: object) -> Problem:
        """A located problem: the column by its printed name."""
        return {"row": row, "column": self.labels[field][0], "code": code, "facts": facts}

    def refusal(self, problems: list[Problem]) -> Refusal:
        """The refusal of a whole file."""
        return Refusal(self.problems, 422, {"count": len(problems)}, problems)
