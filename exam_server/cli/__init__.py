"""``kaochang``: every command a centre or an authority needs. Help in both languages."""

from __future__ import annotations

import sys
from typing import Any

import click

from exam_server.cli.centre import doctor, init, serve, staff
from exam_server.cli.day import exam, package, preflight, roster, sitting
from exam_server.cli.demo import demo
from exam_server.cli.output import tell_refusal
from exam_server.cli.results import export, verify
from exam_server.clock import SystemClock
from exam_server.errors import Refusal
from question_bank.cli import commands as bank_commands


class Refusing(click.Group):
    """Shows a refusal as cause and remedy, exit code 1; a bug still crashes."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            tell_refusal(refusal)
            sys.exit(1)


@click.group(cls=Refusing)
@click.version_option(package_name="kaochang", prog_name="kaochang")
def main() -> None:
    """考场：考点、题库与考试日 · An exam centre: the room, the bank, the day."""


def _now_ms() -> int:
    return SystemClock().now().wall_ms


for _command in (
    init,
    serve,
    staff,
    exam,
    sitting,
    roster,
    package,
    preflight,
    export,
    verify,
    doctor,
    demo,
    *bank_commands(_now_ms),
):
    main.add_command(_command)
