"""Writes what was measured into docs/performance.md, between its markers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.figures import Figure
from tests.builders.services import ROOT

PAGE = ROOT / "docs" / "performance.md"
_ROWS = 20  # of a soak's table: the first and the last minute and even steps between


def put_between(name: str, text: str) -> None:
    """Replace what stands between ``<!-- NAME -->`` and ``<!-- /NAME -->`` of the page."""
    page = PAGE.read_text(encoding="utf-8")
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    head, found, rest = page.partition(begin)
    _, found_end, tail = rest.partition(end)
    if not found or not found_end:
        raise ValueError(f"{PAGE.name} has no place for {name}")
    PAGE.write_text(f"{head}{begin}\n\n{text.strip()}\n\n{end}{tail}", encoding="utf-8")


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def keep(result: dict[str, Any], name: str) -> None:
    """Write ``bench/results/NAME.json`` and the page's tables that are drawn from it."""
    path = ROOT / "bench" / "results" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    put_between(name, result_text(result))


def result_text(result: dict[str, Any]) -> str:
    """The page's section about one run."""
    kind = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[result["database"]]
    told = (
        f"{result['date']} on {result['machine']}, commit {result['commit']}; {kind}, "
        f"{result['workers']} server process{'es' if result['workers'] > 1 else ''}"
        f"{', Redis' if result['redis'] else ''}; the generator on the same machine."
    )
    versions = ", ".join(f"{name} {number}" for name, number in result["versions"].items())
    references = [
        [f"`{name}`", f"{value:,.{0 if value >= 1000 else 3}f}"]
        for name, value in result["references"].items()
    ]
    rows = [
        [
            f"`{name}`",
            Figure(name, one["value"], one["unit"], one["n"]).shown,
            f"{one['n']:,}",
            one.get("target", ""),
            f"{one['ratio']:.3g} × `{one['against']}`" if one.get("ratio") is not None else "",
            f"{one['generator']:.2f}" if "generator" in one else "",
        ]
        for name, one in result["figures"].items()
    ]
    head = ("figure", "value", "n", "aim", "beside the reference", "generator, cores")
    return (
        f"{told}\n{versions}.\n\n{table(('reference', 'value'), references)}\n\n{table(head, rows)}"
    )


def draw_soak(results: Path) -> None:
    """The soak's minutes as a table."""
    lines = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    put_between("soak", soak_text(lines))


def soak_text(lines: Sequence[dict[str, Any]]) -> str:
    """The page's section about one soak."""
    begun = lines[0]
    minutes = [line for line in lines if "minute" in line]
    ended = [line for line in lines if "handed_in" in line]
    step = max(1, len(minutes) // _ROWS)
    shown = [line for line in minutes if line["minute"] % step == 0 or line in minutes[:1]]
    columns = {
        "minute": "minute",
        "saves": "saves",
        "p50_ms": "p50 ms",
        "p99_ms": "p99 ms",
        "max_ms": "longest ms",
        "waiting_most": "most waiting at a look",
        "resident_mb": "resident MB",
        "cpu_share": "server CPU, cores",
        "generator_share": "generator CPU, cores",
        "failed": "failed",
    }
    told = (
        f"{begun['candidates']} terminals, begun {begun['begun']} on {begun['machine']}, "
        f"commit {begun['commit']}: {sum(line['saves'] for line in minutes)} answers saved, "
        f"{sum(line['failed'] for line in minutes)} requests failed."
    )
    if ended:
        told += (
            f" Then {ended[0]['handed_in']} handed in at once; {ended[0]['unscored']} had no score."
        )
    rows = [[line[name] for name in columns] for line in shown]
    return f"{told}\n\n{table(list(columns.values()), rows)}"
