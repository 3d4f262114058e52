"""Reading a bank file: the template or any table through a mapping; whole or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from question_bank.errors import BankError
from question_bank.formats import mapping as mappings
from question_bank.formats import template
from question_bank.formats.figures import load_figure, marks
from question_bank.formats.mapping import FigureList
from question_bank.formats.raw import RawItem
from question_bank.formats.report import BankFile, Problem, refuse
from question_bank.formats.table import read_bytes, read_table
from question_bank.items.collection import Bank
from question_bank.items.fixed import detect_fixed
from question_bank.items.item import Figure, Item
from question_bank.items.key import ItemKey, KeyedItem
from question_bank.items.shape import ItemType
from question_bank.items.similar import duplicate_groups
from question_bank.items.validity import flaws
from question_bank.progress import Progress, silent, ticking


def read_bank(
    path: Path,
    mapping: Path | str | None = None,
    figures: Path | None = None,
    *,
    name: str | None = None,
    leave_out_broken_figures: bool = False,
    progress: Progress = silent,
) -> BankFile:
    """Read a whole bank or nothing of it.

    ``mapping``: a mapping file or the name of a shipped one; None = the template.
    ``figures``: the folder of the figures, by default the table's own. With
    ``leave_out_broken_figures`` the items whose figures cannot be read are left out by
    name and warned about instead of stopping the import.

    BankError ``import_refused`` with every problem by row, or one of the errors of
    :func:`read_table`, :func:`load_mapping` and the column checks.
    """
    folder = figures or path.parent
    raws, kind = _rows(path, None if mapping is None else str(mapping), folder)
    read = [(raw, _entry(raw, folder)) for raw in ticking(raws, progress)]
    left_out = [raw for raw, _ in read if leave_out_broken_figures and _only_figures(raw)]
    for raw in left_out:
        raw.warnings += [
            Problem(raw.row, problem.column, "left_out", {"id": raw.id})
            for problem in raw.problems[:1]
        ]
        raw.problems.clear()
    problems = [problem for raw, _ in read for problem in raw.problems] + _repeated_ids(raws)
    if problems:
        raise refuse(path.name, problems)
    entries = tuple(entry for _, entry in read if entry is not None)
    if not entries:
        raise BankError("file_empty", {"file": path.name})
    warnings = [remark for raw in raws for remark in raw.warnings] + _alike(raws)
    return BankFile(
        bank=Bank(name or path.stem, entries),
        kind=kind,
        sha256=hashlib.sha256(read_bytes(path)).hexdigest(),
        warnings=tuple(sorted(warnings, key=lambda problem: problem.row)),
        left_out=tuple(raw.id for raw in left_out),
    )


def _rows(path: Path, mapping: str | None, folder: Path) -> tuple[list[RawItem], str]:
    if mapping is None:
        table = read_table(path, template.SHEET)
        template.check_columns(table)
        return [template.read_row(row) for row in table.rows], table.kind
    rules = mappings.load_mapping(mapping)
    table = read_table(path)
    mappings.check_columns(table, rules)
    raws = [mappings.read_row(row, rules) for row in table.rows]
    if rules.figures:
        joined = _figure_list(folder, path.parent, rules.figures)
        for raw, row in zip(raws, table.rows, strict=True):
            labels = row.get(rules.figures.join).split(rules.figures.separator)
            raw.columns = raw.columns | {"figures": rules.figures.join}
            raw.figures += tuple(
                figure for label in labels for figure in joined.get(label.strip(), ())
            )
    return raws, table.kind


def _figure_list(folder: Path, beside: Path, rule: FigureList) -> dict[str, list[str]]:
    """Paths by joining label; the list lies with the figures or beside the bank."""
    path = folder / rule.file
    table = read_table(path if path.is_file() else beside / rule.file)
    missing = [column for column in (rule.key, rule.path) if column not in table.columns]
    if missing:
        raise BankError("columns_missing", {"columns": "、".join(missing)})
    joined: dict[str, list[str]] = {}
    for row in table.rows:
        joined.setdefault(row.get(rule.key), []).append(row.get(rule.path))
    return joined


def _entry(raw: RawItem, folder: Path) -> KeyedItem | None:
    """The row's item, or None with the reasons added to ``raw.problems``."""
    pictures = _figures(raw, folder)
    if raw.type is None:
        return None
    if raw.type is not ItemType.TRUE_FALSE and not raw.fixed:
        raw.fixed = detect_fixed(raw.options)
        if raw.fixed:
            raw.remark("fixed", "fixed_detected", {"letters": raw.fixed.upper()})
    item = Item(
        id=raw.id,
        type=raw.type,
        stem=raw.stem,
        options=raw.options,
        figures=pictures,
        points=raw.points,
        difficulty=raw.difficulty,
        topic=raw.topic,
        subject=raw.subject,
        trade=raw.trade,
        level=raw.level,
        source=raw.source,
        explanation=raw.explanation,
        version=raw.version,
        fixed=raw.fixed,
    )
    key = ItemKey(
        item_id=raw.id,
        type=raw.type,
        points=raw.points,
        correct=raw.correct,
        options=len(raw.options),
    )
    entry = KeyedItem(item, key)
    _judge(raw, entry)
    return None if raw.problems else entry


def _judge(raw: RawItem, entry: KeyedItem) -> None:
    told = {problem.column for problem in raw.problems}
    for flaw in flaws(entry):
        if flaw.code == "option_empty":
            continue  # the gap was named when the options were read
        if not flaw.blocking:
            raw.remark(flaw.part, flaw.code, flaw.facts)
        elif raw.columns.get(flaw.part, "") not in told:  # one cause per cell
            raw.trouble(flaw.part, flaw.code, flaw.facts)


def _figures(raw: RawItem, folder: Path) -> tuple[Figure, ...]:
    """The figures of the column, the list and the stem's marks, each once."""
    alts = marks(raw.stem)
    found: list[Figure] = []
    for name in dict.fromkeys((*raw.figures, *alts)):
        try:
            found.append(load_figure(folder, name, alts.get(name, "")))
        except BankError as error:
            raw.trouble("figures", error.code, error.facts)
    return tuple(found)


def _only_figures(raw: RawItem) -> bool:
    return bool(raw.problems) and all(
        problem.code.startswith("figure_") for problem in raw.problems
    )


def _repeated_ids(raws: Sequence[RawItem]) -> list[Problem]:
    first: dict[str, RawItem] = {}
    problems = []
    for raw in raws:
        earlier = first.setdefault(raw.id, raw)
        if raw.id and earlier is not raw:
            facts: dict[str, object] = {"id": raw.id, "first": earlier.row}
            problems.append(Problem(raw.row, raw.columns["id"], "id_twice", facts))
    return problems


def _alike(raws: Sequence[RawItem]) -> list[Problem]:
    by_row = {str(raw.row): raw for raw in raws}
    problems = []
    for group in duplicate_groups((str(raw.row), raw.stem) for raw in raws):
        first, *others = (by_row[row] for row in group)
        problems += [
            Problem(raw.row, raw.columns["stem"], "stem_alike", {"first": first.row})
            for raw in others
        ]
    return problems
