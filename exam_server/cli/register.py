"""The register after the roster came in: who is in it, and what changes about them."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click

from exam_server.cli.incoming import roster, today
from exam_server.cli.options import home_option, json_option, operator, reading, writing
from exam_server.cli.output import put
from exam_server.desk.register import Show, candidate_named, register_page
from exam_server.desk.rules.changes import CHANGES, EFFECTS, Registration
from exam_server.desk.rules.needs import Needs, time_factor
from exam_server.desk.rules.wishes import Condition, Wish
from exam_server.desk.update_file import read_updates
from exam_server.desk.views import find_exam, whole_rules
from exam_server.errors import Refusal
from exam_server.results.actions.registration import (
    Applied,
    apply_updates,
    change_registration,
    replace_photo,
)

__all__ = ["roster"]  # the group, with what is added to it here

_FILE = click.Path(path_type=Path, dir_okay=False)
_EXAM = click.option("--exam", "exam_name", required=True, help="考试项目名称或编号 · exam")


@roster.command("list")
@home_option
@_EXAM
@click.option(
    "--show",
    type=click.Choice(get_args(Show)),
    default="all",
    show_default=True,
    help="只列一类 · only one kind",
)
@click.option("--search", default="", help="姓名、单位或准考证号 · name, unit or ticket number")
@json_option
def roster_list(home: Path, exam_name: str, show: Show, search: str, as_json: bool) -> None:
    """列出报名册，身份证号码不全显示 · The register, ID numbers masked."""
    with reading(home) as centre:
        exam_id = centre.store.read(lambda session: find_exam(session, exam_name)).id
        rules = centre.store.read(lambda session: whole_rules(session, exam_id))
        found = centre.store.read(
            lambda session: register_page(session, rules, exam_id=exam_id, show=show, search=search)
        )
    lines = [
        f"{one.id} · {one.name} {one.id_masked} · {one.unit} · {one.trade} {one.level_name}"
        + (f" · {one.room} 考场 {one.seat} 号" if one.seat is not None else "")
        + (f" · {one.doubts}" if one.doubts else "")
        for one in found.entries
    ]
    put(
        {
            "found": found.found,
            "counts": found.counts,
            "candidates": [
                {
                    "candidate": one.id,
                    "name": one.name,
                    "id_masked": one.id_masked,
                    "unit": one.unit,
                    "trade": one.trade,
                    "level": one.level,
                    "ticket": one.ticket,
                    "room": one.room,
                    "seat": one.seat,
                    "kept_from": one.kept_from,
                    "doubts": one.doubts,
                }
                for one in found.entries
            ],
        },
        as_json=as_json,
        zh="\n".join([*lines, f"共 {found.found} 人，列出 {len(found.entries)} 人"]),
        en=f"{found.found} found",
    )


@roster.command("change")
@home_option
@click.argument("candidate")
@_EXAM
@click.option("--reason", required=True, help="变动原因 · why")
@click.option(
    "--registration",
    type=click.Choice([one.value for one in Registration]),
    help="正常、退考、资格不通过 · in force, withdrawn, disqualified",
)
@click.option(
    "--condition",
    type=click.Choice(get_args(Condition)),
    help="容缺材料补齐或未通过 · documents in, or not",
)
@click.option("--paid/--unpaid", default=None, help="已缴费、未缴费 · the fee")
@click.option("--route", help="特殊情形，如 near_retirement；normal 为没有 · special route")
@click.option("--name", help="更正后的姓名 · the right name")
@click.option("--photo", type=_FILE, help="新照片 · another photo")
@click.option("--time-factor", help="延长时间，如 1.3 · time factor")
@click.option("--large-print", is_flag=True, help="大字号 · large print")
@click.option("--separate-room", is_flag=True, help="单独考场 · a room apart")
@json_option
def roster_change(
    home: Path,
    candidate: str,
    exam_name: str,
    reason: str,
    registration: str | None,
    condition: Condition | None,
    paid: bool | None,
    route: str | None,
    name: str | None,
    photo: Path | None,
    time_factor: str | None,
    large_print: bool,
    separate_room: bool,
    as_json: bool,
) -> None:
    """改动一名考生的报名，CANDIDATE 为编号、准考证号或姓名 · Change one registration."""
    wish = Wish(
        registration=None if registration is None else Registration(registration),
        condition=condition,
        paid=paid,
        route=route,
        name=name,
        needs=_needs(time_factor, large_print, separate_room),
    )
    picture = None if photo is None else _bytes(photo)
    with writing(home) as centre:
        actor, fields = operator(centre), centre.keys.fields
        exam_id = centre.store.read(lambda session: find_exam(session, exam_name)).id
        who = centre.store.read(lambda session: candidate_named(session, exam_id, candidate))
        applied = centre.store.write(
            lambda tx: change_registration(
                tx, candidate_id=who, wish=wish, reason=reason, actor=actor
            )
        )
        if picture is not None:
            one = centre.store.write(
                lambda tx: replace_photo(
                    tx, candidate_id=who, photo=picture, fields=fields, reason=reason, actor=actor
                )
            )
            applied = (*applied, one)
    put({"candidate": who, "changes": _told(applied)}, as_json=as_json, zh=_said(applied, 0),
        en=_said(applied, 1))  # fmt: skip


@roster.command("update")
@home_option
@click.argument("file", type=_FILE)
@_EXAM
@click.option("--reason", default="", help="没有“原因”列时的原因 · why, where the file says none")
@json_option
def roster_update(home: Path, file: Path, exam_name: str, reason: str, as_json: bool) -> None:
    """导入报名变动表：全部成功或全部不改 · Import changes: all of them or none."""
    data = _bytes(file)
    with writing(home) as centre:
        actor, fields = operator(centre), centre.keys.fields
        exam_id = centre.store.read(lambda session: find_exam(session, exam_name)).id
        rules = centre.store.read(lambda session: whole_rules(session, exam_id))
        rows = read_updates(data, profile=rules, today=today(), reason=reason)
        receipt = centre.store.write(
            lambda tx: apply_updates(tx, exam_id=exam_id, rows=rows, fields=fields, actor=actor)
        )
    put(
        {
            "read": receipt.read,
            "changed": receipt.changed,
            "changes": _told(receipt.applied),
        },
        as_json=as_json,
        zh=f"变动表 {receipt.read} 人，改动 {receipt.changed} 人。\n{_said(receipt.applied, 0)}",
        en=f"{receipt.changed} of {receipt.read} changed",
    )


def _needs(factor: str | None, large_print: bool, separate_room: bool) -> Needs | None:
    if factor is None and not large_print and not separate_room:
        return None
    known = time_factor(factor or "")
    if known is None:
        raise Refusal("roster_time_factor", 422, {"value": factor})
    return Needs(time_factor=known, large_print=large_print, separate_room=separate_room)


def _told(applied: tuple[Applied, ...]) -> list[dict[str, str]]:
    return [
        {
            "candidate": one.candidate_id,
            "change": one.change.value,
            "stage": one.stage.value,
            "effect": one.effect.value,
        }
        for one in applied
    ]


def _said(applied: tuple[Applied, ...], language: int) -> str:
    lines = [
        f"{one.name}：{CHANGES[one.change][language]}，{EFFECTS[one.effect][language]}"
        for one in applied
    ]
    return "\n".join(lines) or ("没有变动", "nothing changed")[language]


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Refusal("file_unreadable", 404, {"file": str(file)}) from error
