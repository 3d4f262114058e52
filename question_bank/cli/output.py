"""How the commands speak: both languages, refusals with their remedy, progress on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import click

from question_bank.errors import BankError
from question_bank.formats.report import described, lines
from question_bank.messages import LANGUAGES, text
from question_bank.progress import Progress


class Refused(click.ClickException):
    """A refusal as the command line shows it; exit code 1, on stdout when asked for JSON."""

    def __init__(self, error: BankError, *, as_json: bool) -> None:
        super().__init__(error.code)
        self._error, self._as_json = error, as_json

    def show(self, file: IO[Any] | None = None) -> None:
        """Print all of it; both languages, row by row."""
        error = self._error
        if self._as_json:
            sentences = {one: text(error.code, error.facts, one) for one in LANGUAGES}
            rows = [described(row) for row in error.rows]
            body = {"code": error.code, "facts": error.facts, **sentences, "rows": rows}
            click.echo(json.dumps({"ok": False, "error": body}, ensure_ascii=False, default=str))
            return
        for language in LANGUAGES:
            click.echo(text(error.code, error.facts, language), file=file, err=file is None)
            for line in lines(error.rows, language):
                click.echo("  " + line, file=file, err=file is None)


@contextmanager
def refusing(*, as_json: bool) -> Iterator[None]:
    """Turn a BankError of the block into the command's refusal."""
    try:
        yield
    except BankError as error:
        raise Refused(error, as_json=as_json) from error


@contextmanager
def watched(label: str) -> Iterator[Progress]:
    """A progress bar on stderr for the work of the block; silent where nobody watches."""
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=1, label=label, file=sys.stderr, hidden=hidden) as bar:

        def tick(done: int, of: int) -> None:
            bar.length = of
            bar.update(done - bar.pos)

        yield tick


def put(chinese: str, english: str) -> None:
    """One sentence in both languages."""
    click.echo(f"{chinese} · {english}")
