"""Getting a day ready: exam, sitting, roster, package, pre-flight."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import click

from exam_server.cli.options import home_option, json_option, operator, writing
from exam_server.cli.output import put, say
from exam_server.clock import SystemClock, utc
from exam_server.desk.actions.exam import Mode, create_exam, plan_sitting
from exam_server.desk.actions.roster import PhotoSource, import_roster
from exam_server.desk.roster import read_roster
from exam_server.desk.roster_file import roster_template
from exam_server.desk.rules.roster_row import RosterRow
from exam_server.desk.views import find_exam, sittings_by_room
from exam_server.errors import Refusal
from exam_server.profiles.profile import load, of_exam
from exam_server.room.actions.bell import make_ready
from exam_server.upkeep.preflight import preflight_package
from exam_server.vault.actions.packages import import_package, note_preflight, read_package


def today() -> dt.date:
    """The local date by the centre's clock."""
    return utc(SystemClock().now()).astimezone().date()


@click.group()
def exam() -> None:
    """考试项目 · Exams."""


@exam.command("create")
@home_option
@click.argument("name")
@click.option("--profile", required=True, help="省份规则 · province profile, e.g. shaanxi-2024")
@click.option("--year", type=int, required=True)
@click.option("--mode", type=click.Choice(get_args(Mode)), default="formal", show_default=True)
@click.option(
    "--set",
    "values",
    multiple=True,
    help="补充或改动的值，如 subjects.theory.minutes=60 · a value the notice leaves open",
)
@json_option
def exam_create(
    home: Path,
    name: str,
    profile: str,
    year: int,
    mode: Mode,
    values: tuple[str, ...],
    as_json: bool,
) -> None:
    """建立考试项目 · Make an exam."""
    rules = load(profile, dict(_value(one) for one in values))
    with writing(home) as centre:
        actor = operator(centre)
        ident = centre.store.write(
            lambda tx: create_exam(tx, name=name, year=year, mode=mode, profile=rules, actor=actor)
        )
    put({"exam": ident}, as_json=as_json, zh=f"考试项目 {name}：{ident}", en="exam made")


@click.group()
def sitting() -> None:
    """场次 · Sittings."""


@sitting.command("plan")
@home_option
@click.argument("name")
@click.option("--exam", "exam_name", required=True, help="考试项目名称或编号 · exam")
@click.option("--centre", "centre_name", required=True, help="考点 · centre")
@click.option("--room", required=True, help="考场号，如 02 · room")
@click.option("--rows", type=int, required=True)
@click.option("--columns", type=int, required=True)
@click.option("--aisle-after", type=int, default=0, show_default=True)
@click.option("--spare", multiple=True, type=int, help="备用机位 · spare seats")
@click.option("--start", required=True, help="开考时间 2026-06-20T09:00 · planned start, local")
@json_option
def sitting_plan(
    home: Path,
    name: str,
    exam_name: str,
    centre_name: str,
    room: str,
    rows: int,
    columns: int,
    aisle_after: int,
    spare: tuple[int, ...],
    start: str,
    as_json: bool,
) -> None:
    """安排场次与机位 · Plan a sitting and its seats."""
    try:
        planned = dt.datetime.fromisoformat(start).astimezone()
    except ValueError as error:
        raise Refusal("start_malformed", 422, {"start": start}) from error
    with writing(home) as centre:
        actor = operator(centre)
        exam_id = centre.store.read(lambda session: find_exam(session, exam_name)).id
        ident = centre.store.write(
            lambda tx: plan_sitting(
                tx,
                exam_id=exam_id,
                name=name,
                centre=centre_name,
                room=room,
                rows=rows,
                columns=columns,
                planned_start_ms=int(planned.timestamp() * 1000),
                actor=actor,
                aisle_after=aisle_after,
                spare=spare,
            )
        )
    put({"sitting": ident}, as_json=as_json, zh=f"场次 {name}：{ident}", en="sitting planned")


@sitting.command("ready")
@home_option
@click.argument("sitting_id")
@json_option
def sitting_ready(home: Path, sitting_id: str, as_json: bool) -> None:
    """名册和试卷已齐，分配试卷 · Roster and forms are here: assign them."""
    with writing(home) as centre:
        actor = operator(centre).actor
        count = centre.store.write(
            lambda tx: make_ready(tx, sitting_id=sitting_id, actor=actor), sittings=[sitting_id]
        )
    put(
        {"candidates": count},
        as_json=as_json,
        zh=f"{count} 名考生已分配试卷。",
        en=f"forms assigned to {count} candidates",
    )


@click.group()
def roster() -> None:
    """考生名册 · Rosters."""


@roster.command("import")
@home_option
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--exam", "exam_name", required=True, help="考试项目名称或编号 · exam")
@click.option(
    "--photos",
    type=click.Path(path_type=Path, file_okay=False),
    help="照片目录，文件名为身份证号或准考证号 · folder of photos by ID or ticket number",
)
@click.option(
    "--sitting",
    "sittings",
    multiple=True,
    help="名册所属场次，同一考场有多场时必须给出 · the sitting, when a room has several",
)
@json_option
def roster_import(
    home: Path,
    file: Path,
    exam_name: str,
    photos: Path | None,
    sittings: tuple[str, ...],
    as_json: bool,
) -> None:
    """导入名册：全部成功或全部不导入 · Import a roster: all of it or nothing."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise Refusal("file_unreadable", 404, {"file": str(file)}) from error
    with writing(home) as centre:
        actor = operator(centre)
        found = centre.store.read(lambda session: find_exam(session, exam_name))
        rows = read_roster(data, profile=of_exam(found), today=today()).rows
        rooms = centre.store.read(lambda session: sittings_by_room(session, found.id, sittings))
        with click.progressbar(length=len(rows), label="导入 · importing") as bar:
            receipt = centre.store.write(
                lambda tx: import_roster(
                    tx,
                    exam_id=found.id,
                    sitting_ids=rooms,
                    rows=rows,
                    fields=centre.keys.fields,
                    actor=actor,
                    photos=_photos(photos, bar.update),
                )
            )
    put(
        {"registered": receipt.registered, "seated": receipt.seated},
        as_json=as_json,
        zh=f"已登记 {receipt.registered} 人，编排机位 {receipt.seated} 人。",
        en=f"{receipt.registered} registered, {receipt.seated} seated",
    )


@roster.command("template")
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--profile", default="shaanxi-2024", show_default=True)
def roster_template_command(out: Path, profile: str) -> None:
    """写出空白名册模板 · Write the empty roster template."""
    out.write_bytes(roster_template(load(profile)))
    say(f"已写出：{out}", "written")


@click.group()
def package() -> None:
    """试卷包 · Packages."""


@package.command("import")
@home_option
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
def package_import(home: Path, file: Path, as_json: bool) -> None:
    """导入加密试卷包 · Import a sealed package."""
    found = read_package(file)
    with writing(home) as centre:
        data, actor = centre.settings.data, operator(centre).actor
        forms = centre.store.write(
            lambda tx: import_package(
                tx, package=found, file=file.read_bytes(), data=data, actor=actor
            )
        )
    put(
        {"package": found.id, "forms": forms, "signer": found.signer_fingerprint},
        as_json=as_json,
        zh=f"试卷包 {found.id} 已导入，{len(forms)} 份试卷；签发机构指纹 "
        f"{found.signer_fingerprint}，请与命题机构电话核对。",
        en="imported; compare the signer's fingerprint with the authority by telephone",
    )


@click.command()
@home_option
@click.argument("package_file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
def preflight(home: Path, package_file: Path, as_json: bool) -> None:
    """考前预检：除试题内容外全部验证 · Prove everything but the content, days ahead."""
    found = read_package(package_file)
    with writing(home) as centre:
        report, actor = preflight_package(found, centre.keys.hpke), operator(centre).actor
        forms = centre.store.write(
            lambda tx: import_package(
                tx,
                package=found,
                file=package_file.read_bytes(),
                data=centre.settings.data,
                actor=actor,
            )
        )
        centre.store.write(lambda tx: note_preflight(tx, package_id=found.id, report=report))
    lines = [f"  {'✓' if one['ok'] else '✗'} {one['name']}" for one in report["checks"]]
    put(
        report,
        as_json=as_json,
        zh="\n".join([f"试卷包 {found.id}：{len(forms)} 份试卷", *lines]),
        en="pre-flight " + ("passed" if report["ok"] else "FAILED"),
    )
    if not report["ok"]:
        raise Refusal("preflight_failed", 409, {"package": found.id})


def _value(text: str) -> tuple[str, object]:
    name, sign, value = text.partition("=")
    if not sign:
        raise Refusal("value_malformed", 422, {"value": text})
    return name, int(value) if value.isdigit() else value


def _photos(folder: Path | None, moved: Callable[[int], object]) -> PhotoSource:
    """A photo source that also moves the progress bar."""

    def photo(row: RosterRow) -> bytes | None:
        moved(1)
        if folder is None:
            return None
        for stem in (row.ticket, row.id_number):
            for suffix in (".jpg", ".jpeg", ".png"):
                path = folder / f"{stem}{suffix}"
                if stem and path.is_file():
                    return path.read_bytes()
        return None

    return photo
