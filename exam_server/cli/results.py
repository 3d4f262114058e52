"""Taking results out, and proving the record."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from exam_server.cli.options import home_option, json_option, reading
from exam_server.cli.output import put
from exam_server.desk.views import find_sitting
from exam_server.results.export import results_csv, results_xlsx
from exam_server.results.package import result_package
from exam_server.results.views.table import results_table
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
    with reading(home) as centre:
        folder = out or centre.settings.out
        folder.mkdir(parents=True, exist_ok=True)
        store, signing, now = centre.store, centre.keys.signing, centre.now()
        where = store.read(lambda session: find_sitting(session, sitting_id))
        table = store.read(
            lambda session: results_table(session, exam_id=where.exam_id, sitting_id=where.id)
        )
        files = {
            f"results-{where.id}.xlsx": results_xlsx(table),
            f"results-{where.id}.csv": results_csv(table),
            f"results-{where.id}.kcr": store.read(
                lambda session: result_package(
                    session,
                    exam_id=where.exam_id,
                    sitting_id=where.id,
                    signing=signing,
                    now=now,
                )
            ),
            f"journal-{where.id}.zip": store.read(
                lambda session: journal_file(session, sitting_id=where.id, signing=signing, now=now)
            ),
        }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    paths = [str(folder / name) for name in files]
    put({"files": paths}, as_json=as_json, zh="已导出：\n" + "\n".join(paths), en="exported")


@click.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def verify(arguments: tuple[str, ...]) -> None:
    """独立核验导出的作答日志 · Verify an exported journal, independently."""
    sys.exit(verify_main(list(arguments)))
