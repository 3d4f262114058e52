"""A row between the table and an item: read, not yet judged. Shared by every format."""

from __future__ import annotations

from dataclasses import dataclass, field

from question_bank.formats.report import Problem
from question_bank.formats.table import Row
from question_bank.items.shape import ItemType


@dataclass(slots=True)
class RawItem:
    """What one row says. ``columns``: the heading from which each part came, by part.

    Parts: id, type, stem, options, key, points, difficulty, topic, subject, trade, level,
    fixed, figures, explanation, source, version.
    """

    row: int
    columns: dict[str, str]
    id: str = ""
    type: ItemType | None = None
    stem: str = ""
    options: tuple[str, ...] = ()
    correct: str = ""
    points: str = "1"
    difficulty: str = ""
    topic: str = ""
    subject: str = ""
    trade: str = "*"
    level: str = "*"
    fixed: str = ""
    figures: tuple[str, ...] = ()
    explanation: str = ""
    source: str = ""
    version: str = "1"
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def trouble(self, part: str, code: str, facts: dict[str, object] | None = None) -> None:
        """Record a problem that keeps this row out."""
        self.problems.append(Problem(self.row, self.columns.get(part, ""), code, facts or {}))

    def remark(self, part: str, code: str, facts: dict[str, object] | None = None) -> None:
        """Record something worth a look that keeps nothing out."""
        self.warnings.append(Problem(self.row, self.columns.get(part, ""), code, facts or {}))


def take_options(raw: RawItem, row: Row, columns: list[str]) -> tuple[str, ...]:
    """Option texts without the empty cells at the end; a gap between two is a problem."""
    texts = [row.get(column) for column in columns]
    while texts and not texts[-1]:
        texts.pop()
    gaps = [column for column, text in zip(columns, texts, strict=False) if not text]
    if gaps:
        raw.problems.append(Problem(raw.row, gaps[0], "options_gap", {"column": gaps[0]}))
    return tuple(texts)
