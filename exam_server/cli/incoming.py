"""What comes in before the day: roster, package, pre-flight."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from pathlib import Path

import click

from exam_server.cli.options import home_option, json_option, operator, writing
from exam_server.cli.output import put, remark, say, told_rows, watched
from exam_server.clock import SystemClock, china_day
from exam_server.desk.actions.roster import PhotoSource, import_roster
from exam_server.desk.roster import read_roster
from exam_server.desk.roster_file import roster_template
from exam_server.desk.rules.roster_row import RosterRow
from exam_server.desk.views import find_exam, sittings_by_room, whole_rules
from exam_server.errors import Refusal
from exam_server.profiles.draft import draft
from exam_server.profiles.profile import locate
from exam_server.settings import settings_for
from exam_server.upkeep.preflight import preflight_package
from exam_server.vault.actions.packages import import_package, note_preflight, read_package

_COUNTED = ("registered", "seated", "not_sitting", "unpaid", "conditional", "doubtful")


def today() -> dt.date:
    """The day in China by this machine's clock."""
    return china_day(SystemClock().now().wall_ms)


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
@click.option("--city", default="", help="表里没有时的所在市或考区 · city, where no column says it")
@click.option("--unit", default="", help="表里没有时的工作单位 · unit, where the table has none")
@json_option
def roster_import(
    home: Path,
    file: Path,
    exam_name: str,
    photos: Path | None,
    sittings: tuple[str, ...],
    city: str,
    unit: str,
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
        rules = centre.store.read(lambda session: whole_rules(session, found.id))
        found_roster = read_roster(
            data,
            profile=rules,
            today=today(),
            year=found.year,
            assumed={"city": city, "unit": unit},
        )
        rows = found_roster.rows
        rooms: dict[str, str] = {}
        if found_roster.seated:
            rooms = centre.store.read(lambda session: sittings_by_room(session, found.id, sittings))
        with watched("导入 · importing", len(rows)) as moved:
            receipt = centre.store.write(
                lambda tx: import_roster(
                    tx,
                    exam_id=found.id,
                    sitting_ids=rooms,
                    rows=rows,
                    fields=centre.keys.fields,
                    actor=actor,
                    photos=_photos(photos, moved),
                )
            )
    if not as_json:
        remark(found_roster.remarks)
    put(
        {
            **{name: getattr(receipt, name) for name in _COUNTED},
            "ignored": list(found_roster.ignored),
            "remarks": told_rows(found_roster.remarks, {}),
        },
        as_json=as_json,
        zh=f"已登记 {receipt.registered} 人，编排机位 {receipt.seated} 人；特殊情形不排座 "
        f"{receipt.not_sitting} 人，未缴费 {receipt.unpaid} 人，容缺后补 {receipt.conditional} 人，"
        f"条件存疑 {receipt.doubtful} 人"
        + (f"；不认得的列：{'、'.join(found_roster.ignored)}。" if found_roster.ignored else "。"),
        en=f"{receipt.registered} registered, {receipt.seated} seated, "
        f"{len(found_roster.remarks)} remarks",
    )


@roster.command("template")
@home_option
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--profile",
    default="shaanxi-2024",
    show_default=True,
    help="省份规则的名称或文件 · province profile, by name or file",
)
def roster_template_command(home: Path, out: Path, profile: str) -> None:
    """写出空白名册模板 · Write the empty roster template."""
    template = roster_template(draft(locate(profile, settings_for(home).profiles)).profile)
    try:
        with out.open("xb") as file:
            file.write(template)
    except FileExistsError as error:
        raise Refusal("file_exists", 409, {"file": str(out)}) from error
    except OSError as error:
        raise Refusal("file_unwritable", 409, {"file": str(out)}) from error
    say(f"已写出：{out}", f"written to {out}")


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
        en=f"{len(forms)} forms imported; compare the signer's fingerprint with the authority "
        "by telephone",
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
        if report["ok"]:  # a package that cannot be used here is not taken in
            centre.store.write(
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
        zh="\n".join([f"试卷包 {found.id}：{len(found.shapes)} 份试卷", *lines, "  预检"])
        + ("通过" if report["ok"] else "未通过"),
        en="pre-flight " + ("passed" if report["ok"] else "failed"),
    )
    if not report["ok"] and as_json:
        sys.exit(1)
    if not report["ok"]:
        raise Refusal("preflight_failed", 409, {"package": found.id})


def _photos(folder: Path | None, moved: Callable[[], object]) -> PhotoSource:
    """A photo source that also moves the progress bar."""

    def photo(row: RosterRow) -> bytes | None:
        moved()
        if folder is None:
            return None
        for stem in (row.ticket, row.id_number):
            for suffix in (".jpg", ".jpeg", ".png"):
                path = folder / f"{stem}{suffix}"
                if stem and path.is_file():
                    return path.read_bytes()
        return None

    return photo
