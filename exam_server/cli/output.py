"""Telling people on a terminal: Chinese first, English beside it; ``--json`` for scripts."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from exam_server.errors import Refusal
from exam_server.words import LANGUAGES, refusal_text

MOST_ROWS = 40


def say(zh: str, en: str) -> None:
    """One line in both languages."""
    click.echo(f"{zh} · {en}")


def put(value: dict[str, Any], *, as_json: bool, zh: str, en: str) -> None:
    """The receipt of a command; for scripts one line ``{"ok": true, …}``."""
    if as_json:
        click.echo(json.dumps({"ok": True, **value}, ensure_ascii=False))
    else:
        say(zh, en)


@contextmanager
def watched(label: str, steps: int) -> Iterator[Callable[[], None]]:
    """A progress bar on stderr, moved by each call; silent where nobody watches."""
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=steps, label=label, file=sys.stderr, hidden=hidden) as bar:
        yield lambda: bar.update(1)


@contextmanager
def measured(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """The same for what is counted in bytes or rows: each call says how many more."""
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=total, label=label, file=sys.stderr, hidden=hidden) as bar:
        yield bar.update


def tell_refusal(refusal: Refusal, *, as_json: bool = False) -> None:
    """Cause and remedy, and every place; for scripts ``{"ok": false, "error": {…}}``."""
    if as_json:
        click.echo(json.dumps({"ok": False, "error": error_of(refusal)}, ensure_ascii=False))
        return
    for language in LANGUAGES:
        click.echo(refusal_text(refusal.code, refusal.facts, language), err=True)
    for row in refusal.rows[:MOST_ROWS]:
        facts = {**refusal.facts, **_facts(row)}
        texts = [refusal_text(str(row["code"]), facts, language) for language in LANGUAGES]
        click.echo(f"  {row['row']} | {row['column']} | {texts[0]} · {texts[1]}", err=True)
    if len(refusal.rows) > MOST_ROWS:
        click.echo(f"  … {len(refusal.rows) - MOST_ROWS} 条未列出 · more", err=True)


def told_rows(rows: Sequence[dict[str, object]], facts: dict[str, object]) -> list[dict[str, Any]]:
    """Problems or remarks by place, each with its text in both languages."""
    return [{**row, **_told(str(row["code"]), {**facts, **_facts(row)})} for row in rows]


def remark(rows: Sequence[dict[str, object]]) -> None:
    """Remarks by place on standard error; they hold nothing up."""
    for row in told_rows(rows[:MOST_ROWS], {}):
        click.echo(f"  {row['row']} | {row['column']} | {row['zh']} · {row['en']}", err=True)
    if len(rows) > MOST_ROWS:
        click.echo(f"  … {len(rows) - MOST_ROWS} 条未列出 · more", err=True)


def error_of(refusal: Refusal) -> dict[str, Any]:
    """A refusal for scripts, in the same shape that the bank's commands give."""
    told = _told(refusal.code, refusal.facts)
    rows = told_rows(refusal.rows, refusal.facts)
    return {"code": refusal.code, "facts": refusal.facts, **told, "rows": rows}


def _told(code: str, facts: dict[str, object]) -> dict[str, str]:
    return {str(language): refusal_text(code, facts, language) for language in LANGUAGES}


def _facts(row: dict[str, object]) -> dict[str, object]:
    facts = row.get("facts")
    return dict(facts) if isinstance(facts, dict) else {}
