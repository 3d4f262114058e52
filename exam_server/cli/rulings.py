"""Rulings 处理决定 about a person's results, typed at the authority's machine."""

from __future__ import annotations

from pathlib import Path
from typing import cast, get_args

import click

from exam_server.cli.intake import office, office_results
from exam_server.cli.options import home_option, json_option, writing
from exam_server.cli.output import put
from exam_server.desk.views import find_exam
from exam_server.results.actions.rulings import find_person, rule
from exam_server.results.rules.ruling import ALL, Decision

__all__ = ["office_results"]


@office_results.command("rule")
@home_option
@click.argument("ticket")
@click.option("--exam", "exam_name", required=True, help="考试项目名称或编号 · exam")
@click.option(
    "--decision",
    required=True,
    type=click.Choice(get_args(Decision)),
    help="held 暂缓，void 成绩无效，none 不予处理 · what is decided",
)
@click.option("--subject", default=ALL, show_default=True, help="科目，* 为全部 · subject, * = all")
@click.option("--reason", required=True, help="原因 · why")
@click.option("--document", default="", help="文号，成绩无效时必填 · number, needed to void")
@json_option
def rule_command(
    home: Path,
    ticket: str,
    exam_name: str,
    decision: str,
    subject: str,
    reason: str,
    document: str,
    as_json: bool,
) -> None:
    """对考生成绩作出处理决定 · Rule on a person's results: hold, void or clear them."""
    with writing(home) as here:
        exam = here.store.read(lambda session: find_exam(session, exam_name))
        person, city = here.store.read(lambda session: find_person(session, exam.id, ticket))
        actor = office(here, city)
        ident = here.store.write(
            lambda tx: rule(
                tx,
                candidate_id=person,
                subject=subject,
                decision=cast(Decision, decision),
                reason=reason,
                document=document,
                actor=actor,
            )
        )
    put({"ruling": ident}, as_json=as_json, zh="已记下处理决定。", en="the ruling stands")
