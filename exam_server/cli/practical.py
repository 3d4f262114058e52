"""Practical results 操作技能 brought in by list."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from pathlib import Path

import click

from exam_server.auth.identity import Staff
from exam_server.cli.intake import office
from exam_server.cli.options import home_option, json_option, operator, writing
from exam_server.cli.output import put
from exam_server.context import Centre
from exam_server.desk.views import find_exam
from exam_server.errors import Refusal
from exam_server.results.actions.practical import import_practical
from exam_server.results.practical_lists import Source

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def practical() -> None:
    """操作技能成绩 · Practical results."""


@practical.command("import")
@home_option
@click.argument("file", type=_FILE)
@click.option("--exam", "exam_name", required=True, help="考试项目名称或编号 · exam")
@click.option("--document", required=True, help="文件号 · number of the document")
@click.option(
    "--date",
    "on",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    help="文件日期 · date of the document",
)
@click.option("--scan", type=_FILE, help="扫描件，只记摘要 · its scan; the digest is kept")
@click.option("--reason", default="", help="更正原因，有更正时必填 · why results are corrected")
@json_option
def practical_import(
    home: Path,
    file: Path,
    exam_name: str,
    document: str,
    on: datetime,
    scan: Path | None,
    reason: str,
    as_json: bool,
) -> None:
    """导入操作技能成绩：全部成功或全部不导入 · Import practical results: all of them or nothing."""
    data = _bytes(file)
    digest = "" if scan is None else hashlib.sha256(_bytes(scan)).hexdigest()
    source = Source(document, date(on.year, on.month, on.day), digest)
    with writing(home) as centre:
        actor = _who(centre)
        exam = centre.store.read(lambda session: find_exam(session, exam_name))
        found = centre.store.write(
            lambda tx: import_practical(
                tx,
                exam_id=exam.id,
                data=data,
                source=source,
                reason=reason,
                fields=centre.keys.fields,
                actor=actor,
            )
        )
    put(
        {
            "import": found.id,
            "people": found.people,
            "corrected": found.corrected,
            "new": found.new,
        },
        as_json=as_json,
        zh=f"第 {found.number} 次导入：{found.people} 人，更正 {found.corrected} 人。"
        if found.new
        else "此前已导入，没有重复写入。",
        en=f"{found.people} results, {found.corrected} corrected"
        if found.new
        else "had been imported before; nothing was written",
    )


def _who(centre: Centre) -> Staff:
    """The authority at its own machine, else the centre's administrator."""
    try:
        return office(centre)
    except Refusal:
        return operator(centre)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refusal("file_unreadable", 404, {"file": str(path)}) from error
