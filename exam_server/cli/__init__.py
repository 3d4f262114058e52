"""``kaochang``: every command a centre or an authority needs. Help in both languages."""

from __future__ import annotations

import click

from exam_server.build import program_version
from exam_server.cli.bars import bar
from exam_server.cli.bilingual import VERSION, Speaking
from exam_server.cli.bundle import office_results
from exam_server.cli.calendars import calendar
from exam_server.cli.centre import certificate, doctor, init, serve, staff
from exam_server.cli.day import exam, sitting
from exam_server.cli.demo import demo
from exam_server.cli.fees import fees_command
from exam_server.cli.incoming import package, preflight
from exam_server.cli.keeping import backup, keys, restore, upgrade
from exam_server.cli.paper import paper
from exam_server.cli.placement import placement
from exam_server.cli.practical import practical
from exam_server.cli.provinces import profile
from exam_server.cli.register import roster
from exam_server.cli.rescoring import rescore
from exam_server.cli.results import export, verify
from exam_server.clock import SystemClock
from exam_server.logs.setup import for_commands
from question_bank.cli import commands as bank_commands


@click.group(cls=Speaking)
@click.version_option(program_version(), prog_name="kaochang", help=VERSION)
def main() -> None:
    """考场：考点、题库与考试日 · An exam centre: the room, the bank, the day."""


for_commands()


def _now_ms() -> int:
    return SystemClock().now().wall_ms


for _command in (
    init,
    serve,
    certificate,
    staff,
    profile,
    calendar,
    exam,
    sitting,
    roster,
    placement,
    fees_command,
    bar,
    package,
    preflight,
    export,
    paper,
    office_results,
    practical,
    rescore,
    verify,
    doctor,
    backup,
    restore,
    keys,
    upgrade,
    demo,
    *bank_commands(_now_ms),
):
    main.add_command(_command)
