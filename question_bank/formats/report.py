"""What an import has to say: by row, column, cause and remedy, in both languages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from question_bank.errors import BankError
from question_bank.items.collection import Bank
from question_bank.messages import LANGUAGES, text


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. ``row``: spreadsheet row, 0 = the whole file; ``column``: its heading."""

    row: int
    column: str
    code: str
    facts: dict[str, object] = field(default_factory=dict)

    def as_row(self) -> dict[str, object]:
        """The shape of ``BankError.rows``."""
        return {"row": self.row, "column": self.column, "code": self.code, "facts": self.facts}


@dataclass(frozen=True, slots=True)
class BankFile:
    """An accepted file. ``warnings`` did not stop it; ``left_out``: ids not taken, by wish.

    ``kind``: xlsx, xls, utf-8 or gb18030; ``sha256``: of the file, hex.
    """

    bank: Bank
    kind: str
    sha256: str
    warnings: tuple[Problem, ...] = ()
    left_out: tuple[str, ...] = ()

    def summary(self) -> dict[str, object]:
        """Plain values for ``--json``."""
        types = Counter(entry.item.type.value for entry in self.bank.entries)
        return {
            "name": self.bank.name,
            "items": len(self.bank),
            "types": dict(sorted(types.items())),
            "figures": sum(len(entry.item.figures) for entry in self.bank.entries),
            "kind": self.kind,
            "sha256": self.sha256,
            "left_out": list(self.left_out),
            "warnings": [described(problem.as_row()) for problem in self.warnings],
        }


def refuse(file: str, problems: Sequence[Problem]) -> BankError:
    """The refusal of a whole file, with every problem of it, in the order of the rows."""
    ordered = sorted(problems, key=lambda problem: (problem.row, problem.column))
    facts: dict[str, object] = {"file": file, "problems": len(ordered)}
    return BankError("import_refused", facts, [problem.as_row() for problem in ordered])


def described(row: dict[str, object]) -> dict[str, object]:
    """A row with its sentences added under ``zh`` and ``en``."""
    return row | {language: text(str(row["code"]), _facts(row), language) for language in LANGUAGES}


def lines(rows: Iterable[dict[str, object]], language: str) -> list[str]:
    """One line per row: place, cause, remedy."""
    return [
        f"{_place(row, language)}{text(str(row['code']), _facts(row), language)}" for row in rows
    ]


def _place(row: dict[str, object], language: str) -> str:
    number, column = row["row"], row["column"]
    if not number:
        return ""
    if language == "zh":
        return f"第 {number} 行" + (f"“{column}”列：" if column else "：")
    return f"row {number}" + (f", column “{column}”: " if column else ": ")


def _facts(row: dict[str, object]) -> dict[str, object]:
    facts = row.get("facts")
    return facts if isinstance(facts, dict) else {}
