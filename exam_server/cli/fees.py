"""Who owes what: totals on the command line, everything as a workbook."""

from __future__ import annotations

from pathlib import Path

import click

from exam_server.cli.options import home_option, json_option, operator, reading, writing
from exam_server.cli.output import put
from exam_server.desk.actions.fees import announce_fees
from exam_server.desk.fees import Total, fees, yuan
from exam_server.desk.fees_file import fees_xlsx
from exam_server.desk.views import find_exam, whole_rules
from exam_server.errors import Refusal


@click.command("fees")
@home_option
@click.option("--exam", "exam_name", required=True, help="考试项目名称或编号 · exam")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="写出工作簿：按市、按单位、明细 · a workbook by city, unit and person",
)
@json_option
def fees_command(home: Path, exam_name: str, out: Path | None, as_json: bool) -> None:
    """费用：应缴、已缴、欠缴 · Fees: due, paid and owed."""
    with writing(home) if out is not None else reading(home) as centre:
        exam_id = centre.store.read(lambda session: find_exam(session, exam_name)).id
        rules = centre.store.read(lambda session: whole_rules(session, exam_id))
        found = centre.store.read(lambda session: fees(session, rules, exam_id))
        if out is not None:
            actor = operator(centre)
            centre.store.write(lambda tx: announce_fees(tx, exam_id=exam_id, actor=actor))
            _write(out, fees_xlsx(found))
    lines = [_line(one) for one in (*found.cities, found.everybody)]
    put(
        {
            "all": _told(found.everybody),
            "cities": [_told(one) for one in found.cities],
            "units": [_told(one) for one in found.units],
            "unknown": found.unknown,
        },
        as_json=as_json,
        zh="\n".join(lines),
        en=f"{yuan(found.everybody.owed)} yuan owed by {found.everybody.owing} people",
    )


def _line(one: Total) -> str:
    return (
        f"{one.city or '合计'}：{one.people} 人，应缴 {yuan(one.due)} 元，"
        f"已缴 {yuan(one.paid)} 元，{one.owing} 人欠缴 {yuan(one.owed)} 元"
    )


def _told(one: Total) -> dict[str, object]:
    amounts = {"due": yuan(one.due), "paid": yuan(one.paid), "owed": yuan(one.owed)}
    return {"city": one.city, "unit": one.unit, "people": one.people, "owing": one.owing, **amounts}


def _write(out: Path, data: bytes) -> None:
    try:
        with out.open("xb") as file:
            file.write(data)
    except FileExistsError as error:
        raise Refusal("file_exists", 409, {"file": str(out)}) from error
    except OSError as error:
        raise Refusal("file_unwritable", 409, {"file": str(out)}) from error
