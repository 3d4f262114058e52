"""Printing from the command line, and an office's own copies of the templates."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import click

from exam_server.auth.identity import Role
from exam_server.cli.intake import office
from exam_server.cli.options import home_option, json_option, operator, writing
from exam_server.cli.output import measured, put
from exam_server.context import Centre
from exam_server.desk.views import find_exam, find_sitting
from exam_server.documents.catalogue import DOCUMENTS, By
from exam_server.documents.desk import desk_of
from exam_server.documents.making import Order
from exam_server.documents.paper import TEMPLATES
from exam_server.documents.printing import File, Portion, portions, record_printing, run
from exam_server.documents.scope import Scope
from exam_server.documents.views import candidate_with
from exam_server.results.actions.reviews import import_votes
from exam_server.results.review_file import read_votes
from exam_server.settings import write_private

_NAMES = "、".join(f"{one.id} {one.zh}" for one in DOCUMENTS.values())

_TEMPLATES = sorted(path.stem for path in TEMPLATES.glob("*.typ"))


@click.group()
def paper() -> None:
    """打印：准考证、考场用表、成绩单、合格表 · Print tickets, sheets and forms as PDF."""


@paper.command("print", epilog=_NAMES)
@home_option
@click.argument("document", type=click.Choice(list(DOCUMENTS)))
@click.option("--exam", "exam_name", required=True, help="考试项目名称或编号 · exam")
@click.option("--sitting", "sitting_id", help="场次编号，只打这一场 · one sitting")
@click.option("--ticket", help="准考证号，只打一人 · one person")
@click.option("--unit", help="工作单位 · one unit")
@click.option("--county", help="县区 · one county")
@click.option(
    "--by",
    type=click.Choice(["whole", "room", "unit", "county"]),
    help="按什么分文件：合在一起、考场、单位、县区 · one file for each",
)
@click.option("--form", default="", help="名册的种类，如 roster · which roster of the rules")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["pdf", "xlsx", "csv"]),
    default="pdf",
    show_default=True,
    help="PDF 或表格文件 · PDF or a table file",
)
@click.option("--boxes", is_flag=True, help="缺字处打方格，手写 · a box for a missing character")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="输出目录，默认考点目录下 out · folder, default out/ of the centre",
)
@json_option
def paper_print(
    home: Path,
    document: str,
    exam_name: str,
    sitting_id: str | None,
    ticket: str | None,
    unit: str | None,
    county: str | None,
    by: By | None,
    form: str,
    kind: str,
    boxes: bool,
    out: Path | None,
    as_json: bool,
) -> None:
    """打印一种材料 · Print one kind of document."""
    with writing(home) as centre:
        exam_id = centre.store.read(lambda session: find_exam(session, exam_name)).id
        scope = Scope(
            exam_id=exam_id,
            sitting_id=None
            if sitting_id is None
            else centre.store.read(lambda session: find_sitting(session, sitting_id)).id,
            candidate_id=None
            if ticket is None
            else centre.store.read(lambda session: candidate_with(session, exam_id, ticket)),
            unit=unit,
            county=county,
        )
        order = Order(document=document, scope=scope, by=by, format=kind, boxes=boxes, form=form)
        at_desk = Role.CENTRE_ADMIN in DOCUMENTS[document].roles
        staff = operator(centre) if at_desk else office(centre)
        parts = centre.store.read(lambda session: portions(session, order, staff))
        centre.store.write(lambda tx: record_printing(tx, order=order, parts=parts, staff=staff))
        file = _printed(centre, order, parts)
        folder = out or centre.settings.out
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / file.name
        write_private(path, file.content)
    people = sum(len(part.ids) for part in parts)
    put(
        {"file": str(path), "people": people, "files": len(parts)},
        as_json=as_json,
        zh=f"{DOCUMENTS[document].zh}已生成：{path}（{people} 人）",
        en=f"{path}: {people} people",
    )


@paper.command("adapt")
@home_option
@click.argument("template", type=click.Choice(_TEMPLATES))
@json_option
def paper_adapt(home: Path, template: str, as_json: bool) -> None:
    """把一个模板复制到考点目录，改成本单位的 · Copy a template to change it."""
    with writing(home) as centre:
        folder = centre.settings.documents
        folder.mkdir(exist_ok=True, mode=0o700)
        path = folder / f"{template}.typ"
        if not path.exists():
            shutil.copyfile(TEMPLATES / path.name, path)
    put(
        {"file": str(path)},
        as_json=as_json,
        zh=f"模板在 {path}，改动后打印就用它；删去它就恢复原样。",
        en=f"{path}: printing uses this copy from now on; remove it to go back",
    )


@paper.command("votes")
@home_option
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--exam", "exam_name", required=True, help="考试项目名称或编号 · exam")
@click.option("--document", required=True, help="评审记录的文号或名称 · the record of the review")
@click.option("--reason", default="", help="更正原因，有更正时必填 · why votes are corrected")
@json_option
def paper_votes(
    home: Path, file: Path, exam_name: str, document: str, reason: str, as_json: bool
) -> None:
    """导入评审表决结果，印在技师合格表上 · Votes of the review, for the technicians' forms."""
    with writing(home) as centre:
        exam_id = centre.store.read(lambda session: find_exam(session, exam_name)).id
        rows, staff, fields = read_votes(file.read_bytes()), office(centre), centre.keys.fields
        found = centre.store.write(
            lambda tx: import_votes(
                tx,
                exam_id=exam_id,
                rows=rows,
                document=document,
                reason=reason,
                fields=fields,
                actor=staff,
            )
        )
    put(
        {"people": found.people, "corrected": found.corrected, "new": found.written > 0},
        as_json=as_json,
        zh=f"{found.people} 人的表决结果，新写入 {found.written} 人，更正 {found.corrected} 人。",
        en=f"votes on {found.people} people, {found.written} written, {found.corrected} corrected",
    )


def _printed(centre: Centre, order: Order, parts: Sequence[Portion]) -> File:
    total, done = sum(len(part.ids) for part in parts), 0
    with measured("打印 · printing", total) as moved:
        for step in run(centre.store.read, order, parts, desk_of(centre)):
            if isinstance(step, File):
                return step
            moved(step.done - done)
            done = step.done
    raise AssertionError("a run ends with its file")
