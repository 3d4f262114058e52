"""Who may not register: the list of barred persons."""

from __future__ import annotations

from pathlib import Path

import click

from exam_server.cli.incoming import today
from exam_server.cli.options import home_option, json_option, operator, reading, writing
from exam_server.cli.output import put
from exam_server.desk.actions.bars import enter_bars, lift_bar
from exam_server.desk.bar_file import read_bars
from exam_server.desk.views import bars
from exam_server.errors import Refusal


@click.group()
def bar() -> None:
    """禁考名单 · Persons barred from registering."""


@bar.command("import")
@home_option
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--years",
    type=click.IntRange(1, 99),
    help="文件没有“禁考年限”一列时的年限，如河南为 2 · years barred, where the file has no column",
)
@json_option
def bar_import(home: Path, file: Path, years: int | None, as_json: bool) -> None:
    """导入禁考名单 · Enter the persons of a list."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise Refusal("file_unreadable", 404, {"file": str(file)}) from error
    rows = read_bars(data, years=years, today=today())
    with writing(home) as centre:
        actor, fields = operator(centre), centre.keys.fields
        count = centre.store.write(lambda tx: enter_bars(tx, rows=rows, fields=fields, actor=actor))
    put(
        {"entered": count, "listed": len(rows)},
        as_json=as_json,
        zh=f"名单 {len(rows)} 人，新登记 {count} 人。",
        en=f"{count} entered, {len(rows) - count} were there already",
    )


@bar.command("list")
@home_option
@json_option
def bar_list(home: Path, as_json: bool) -> None:
    """列出禁考人员 · The persons on the list, ID numbers masked."""
    with reading(home) as centre:
        cards = centre.store.read(bars)
    day = today().isoformat()
    lines = [
        f"{card.id} · {card.name} {card.id_masked} · 至 {card.until} · {card.reason}"
        + (f" · 已解除：{card.lift_reason}" if card.lift_reason is not None else "")
        for card in cards
    ]
    body = [
        {
            "bar": card.id,
            "name": card.name,
            "id_masked": card.id_masked,
            "until": card.until,
            "reason": card.reason,
            "source": card.source,
            "holds": card.lift_reason is None and card.until > day,
        }
        for card in cards
    ]
    put(
        {"bars": body},
        as_json=as_json,
        zh="\n".join(lines) or "名单上没有人。",
        en=f"{sum(bool(one['holds']) for one in body)} in force",
    )


@bar.command("lift")
@home_option
@click.argument("bar_id")
@click.option("--reason", required=True, help="解除原因 · why it is lifted")
@json_option
def bar_lift(home: Path, bar_id: str, reason: str, as_json: bool) -> None:
    """提前解除禁考 · End a bar before its time."""
    with writing(home) as centre:
        actor = operator(centre)
        centre.store.write(lambda tx: lift_bar(tx, bar_id=bar_id, reason=reason, actor=actor))
    put({"bar": bar_id}, as_json=as_json, zh="已解除。", en="lifted")
