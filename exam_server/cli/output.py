"""Telling people on a terminal: Chinese first, English beside it; ``--json`` for scripts."""

from __future__ import annotations

import json
from typing import Any

import click

from exam_server.errors import Refusal
from exam_server.words import problem_of, refusal_text

MOST_ROWS = 40


def say(zh: str, en: str) -> None:
    """One line in both languages."""
    click.echo(f"{zh} · {en}")


def put(value: Any, *, as_json: bool, zh: str, en: str) -> None:
    """The receipt of a command."""
    if as_json:
        click.echo(json.dumps(value, ensure_ascii=False, sort_keys=True))
    else:
        say(zh, en)


def tell_refusal(refusal: Refusal) -> None:
    """Cause and remedy, and every place."""
    context = click.get_current_context(silent=True)
    if context is not None and context.params.get("as_json"):
        click.echo(json.dumps(problem_of(refusal), ensure_ascii=False))
        return
    for language in ("zh", "en"):
        click.echo(refusal_text(refusal.code, refusal.facts, language), err=True)
    for row in refusal.rows[:MOST_ROWS]:
        facts = {**refusal.facts, **_facts(row)}
        texts = [refusal_text(str(row["code"]), facts, language) for language in ("zh", "en")]
        click.echo(f"  {row['row']} | {row['column']} | {texts[0]} · {texts[1]}", err=True)
    if len(refusal.rows) > MOST_ROWS:
        click.echo(f"  … {len(refusal.rows) - MOST_ROWS} 条未列出 · more", err=True)


def _facts(row: dict[str, object]) -> dict[str, object]:
    facts = row.get("facts")
    return dict(facts) if isinstance(facts, dict) else {}
