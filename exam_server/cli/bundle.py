"""Published results for a site elsewhere, as files that only the person's own numbers open."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click
import msgspec

from exam_server.bootstrap import bundle_pages
from exam_server.cli.intake import office
from exam_server.cli.options import home_option, json_option, writing
from exam_server.cli.output import put, watched
from exam_server.cli.rulings import office_results
from exam_server.desk.views import find_exam
from exam_server.errors import Refusal
from exam_server.results.actions.handing_out import record_bundle
from exam_server.results.bundle import LEAST_WORK, MOST_WORK, WORK, new_head, sealed_files
from exam_server.results.views.transcript import group_transcripts

__all__ = ["office_results"]  # the group, with what is added to it here


@office_results.command("bundle")
@home_option
@click.option("--exam", "exam_name", required=True, help="考试项目名称或编号 · exam")
@click.option(
    "--group", "groups", multiple=True, help="只写这些组，如 商洛市|电工|L4 · only these groups"
)
@click.option(
    "--work",
    type=click.IntRange(LEAST_WORK, MOST_WORK),
    default=WORK,
    show_default=True,
    help="每多 1，猜测和写出都慢一倍 · one more makes guessing and writing twice as slow",
)
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@json_option
def bundle(
    home: Path, exam_name: str, groups: tuple[str, ...], work: int, out: Path, as_json: bool
) -> None:
    """写出查询网页，可放到任何网站 · Write the query page as files for any web site."""
    if out.exists() and any(out.iterdir()):
        raise Refusal("folder_not_empty", 409, {"folder": str(out)})
    head = new_head(work)
    with writing(home) as centre:
        actor, fields = office(centre), centre.keys.fields
        exam = centre.store.read(lambda session: find_exam(session, exam_name))
        people = centre.store.read(
            lambda session: group_transcripts(session, fields, exam.id, groups or None)
        )
        centre.store.write(
            lambda tx: record_bundle(
                tx, exam_id=exam.id, groups=groups, people=len(people), work=work, actor=actor
            )
        )
    pages = {**bundle_pages(exam.name), "bundle.json": msgspec.json.encode(head)}
    _write(out, pages.items())
    with watched("加密 · sealing", len(people)) as moved:
        for place, content in sealed_files(head, people):
            _write(out, [(place, content)])
            moved()
    put(
        {"folder": str(out), "people": len(people), "work": work},
        as_json=as_json,
        zh=f"已写出 {len(people)} 人的结果：{out}。把整个目录放到网站上即可（须为 https）。",
        en="put the whole folder on a web site (https)",
    )


def _write(folder: Path, files: Iterable[tuple[str, bytes]]) -> None:
    for name, content in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
