"""Taking results out, and proving the record."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import click

from exam_server.cli.options import beside_the_server, home_option, json_option, operator
from exam_server.cli.output import put, watched
from exam_server.context import Centre
from exam_server.desk.views import find_sitting
from exam_server.results.export import results_csv, results_xlsx
from exam_server.results.package import result_package
from exam_server.results.views.table import results_table
from exam_server.upkeep.exporting import Export, announce_export
from exam_server.upkeep.journal_export import journal_file
from exam_server.verify.__main__ import main as verify_main


@click.command()
@home_option
@click.argument("sitting_id")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="输出目录，默认考点目录下 out · folder, default out/ of the centre",
)
@json_option
def export(home: Path, sitting_id: str, out: Path | None, as_json: bool) -> None:
    """导出成绩（xlsx、csv、签名成绩包）与作答日志 · Export results and the journal."""
    with beside_the_server(home) as (centre, alone):
        folder = out or centre.settings.out
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        where = centre.store.read(lambda session: find_sitting(session, sitting_id))
        if alone:
            _announce(centre, where.id)
        makers = _makers(centre, where.id, where.exam_id)
        with watched("导出 · exporting", len(makers)) as moved:
            for name, make in makers.items():
                (folder / name).write_bytes(make())
                moved()
    paths = [str(folder / name) for name in makers]
    put(
        {"files": paths},
        as_json=as_json,
        zh="已导出：\n" + "\n".join(paths) + "\n",
        en=f"{len(paths)} files exported",
    )


def _announce(centre: Centre, sitting_id: str) -> None:
    actor = operator(centre).actor
    for what in get_args(Export):
        centre.store.write(
            lambda tx, kind=what: announce_export(  # type: ignore[misc]
                tx, sitting_id=sitting_id, what=kind, actor=actor
            ),
            sittings=[sitting_id],
        )


def _makers(centre: Centre, sitting_id: str, exam_id: str) -> dict[str, Callable[[], bytes]]:
    """What an export consists of: by file name, how it is made."""
    store, signing, now = centre.store, centre.keys.signing, centre.now()
    table = store.read(
        lambda session: results_table(session, exam_id=exam_id, sitting_id=sitting_id)
    )
    return {
        f"results-{sitting_id}.xlsx": lambda: results_xlsx(table),
        f"results-{sitting_id}.csv": lambda: results_csv(table),
        f"result-package-{sitting_id}.zip": lambda: store.read(
            lambda session: result_package(
                session, exam_id=exam_id, sitting_id=sitting_id, signing=signing, now=now
            )
        ),
        f"journal-{sitting_id}.zip": lambda: store.read(
            lambda session: journal_file(session, sitting_id=sitting_id, signing=signing, now=now)
        ),
    }


@click.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def verify(arguments: tuple[str, ...]) -> None:
    """独立核验导出的作答日志 · Verify an exported journal, independently."""
    sys.exit(verify_main(list(arguments)))
