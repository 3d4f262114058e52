"""The authority's commands: ``bank …`` and ``pack``. Help and errors in both languages.

The exam server's command line adds them to its own and says what time it is; this package
imports none of the others.
"""

from __future__ import annotations

import click

from question_bank.cli.bank import bank_group
from question_bank.cli.options import NowMs
from question_bank.cli.pack import pack_command


def commands(now_ms: NowMs) -> tuple[click.Group, click.Command]:
    """The group ``bank`` and the command ``pack``; ``now_ms``: wall milliseconds, UTC."""
    return bank_group(now_ms), pack_command(now_ms)
