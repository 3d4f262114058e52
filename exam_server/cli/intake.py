"""The authority's side of results: what was sent out is announced, what comes back is checked."""

from __future__ import annotations

import base64
import binascii
import json
from pathlib import Path

import click
from sqlalchemy import select

from exam_server.auth.identity import Role, Staff
from exam_server.auth.tables import Staff as StaffRow
from exam_server.build import build_id
from exam_server.cli.incoming import today
from exam_server.cli.options import home_option, json_option, reading, writing
from exam_server.cli.output import put
from exam_server.context import Centre
from exam_server.desk.roster import read_roster
from exam_server.errors import Refusal
from exam_server.profiles.draft import draft
from exam_server.profiles.profile import locate
from exam_server.results.actions.intake import announce, import_results
from exam_server.results.views.intake import announced_cards
from exam_server.settings import settings_for
from exam_server.vault.actions.packages import read_package

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group("results")
def office_results() -> None:
    """考点成绩的登记与接收（考核机构） · Results of centres, at the authority."""


@office_results.command("announce")
@home_option
@click.argument("package", type=_FILE)
@click.option("--centre", required=True, help="考点名称 · the centre's name")
@click.option(
    "--centre-key",
    required=True,
    type=_FILE,
    help="考点签名公钥文件 signing.pub · the centre's signing.pub",
)
@click.option(
    "--scoring",
    type=_FILE,
    help="标准答案文件，用于登记标准考生的得分 · scoring key file, for the golden points",
)
@click.option(
    "--build",
    "builds",
    multiple=True,
    help="允许的程序版本，this 为本机版本 · permitted build; 'this' is this program's",
)
@click.option("--roster", type=_FILE, help="下发的名册 · the roster that was sent out")
@click.option(
    "--profile", default="shaanxi-2024", show_default=True, help="名册适用的规则 · its profile"
)
@json_option
def announce_command(
    home: Path,
    package: Path,
    centre: str,
    centre_key: Path,
    scoring: Path | None,
    builds: tuple[str, ...],
    roster: Path | None,
    profile: str,
    as_json: bool,
) -> None:
    """登记发给考点的试卷包，成绩包只按登记接收 · Announce what was sent to a centre."""
    sealed = read_package(package)
    key = _key(centre_key)
    golden = {} if scoring is None else _golden(scoring)
    seats = {} if roster is None else _seats(roster, locate(profile, settings_for(home).profiles))
    permitted = [build_id() if build == "this" else build for build in builds]
    with writing(home) as here:
        actor = office(here)
        ident = here.store.write(
            lambda tx: announce(
                tx,
                package=sealed,
                centre=centre,
                centre_key=key,
                golden=golden,
                builds=permitted,
                seats=seats,
                actor=actor,
            )
        )
    put(
        {
            "announcement": ident,
            "package": sealed.id,
            "builds": permitted,
            "candidates": len(seats),
        },
        as_json=as_json,
        zh=f"已登记：{centre}，试卷包 {sealed.id}，名册 {len(seats)} 人。",
        en=f"announced; {len(permitted)} builds permitted",
    )


@office_results.command("import")
@home_option
@click.argument("file", type=_FILE)
@json_option
def import_command(home: Path, file: Path, as_json: bool) -> None:
    """核对并接收考点的签名成绩包 · Check a centre's signed result package and take it in."""
    data = _bytes(file)
    with writing(home) as here:
        actor = office(here)
        found = here.store.write(lambda tx: import_results(tx, data=data, actor=actor))
    put(
        {"imported": found.id, "centre": found.centre, "rows": found.rows, "new": found.new},
        as_json=as_json,
        zh=f"{found.centre}：{found.rows} 人的成绩"
        + ("已核对并接收。" if found.new else "此前已接收，没有重复写入。"),
        en="taken in" if found.new else "had been taken in before; nothing was written",
    )


@office_results.command("list")
@home_option
@json_option
def list_command(home: Path, as_json: bool) -> None:
    """已登记的考点和收到的成绩包 · Announced centres and what came back."""
    with reading(home) as here:
        cards = here.store.read(announced_cards)
    lines = [
        f"{card.centre} · {card.package} · 成绩包 {len(card.packages)} · 未到 {card.outstanding}"
        for card in cards
    ]
    body = [
        {
            "announcement": card.id,
            "centre": card.centre,
            "package": card.package,
            "candidates": card.candidates,
            "outstanding": card.outstanding,
            "packages": [one.id for one in card.packages],
        }
        for card in cards
    ]
    put(
        {"announced": body},
        as_json=as_json,
        zh="\n".join(lines) or "还没有登记。",
        en=f"{len(cards)} announced",
    )


def office(here: Centre) -> Staff:
    """Who acts when a command is typed at the authority's machine: the province's
    first account.

    Refusal ``no_authority`` 409: a centre's machine has none.
    """
    query = (
        select(StaffRow)
        .where(
            StaffRow.role == Role.AUTHORITY.value,
            StaffRow.city.is_(None),
            StaffRow.disabled.is_(False),
        )
        .order_by(StaffRow.login)
    )
    row = here.store.read(lambda session: session.scalars(query).first())
    if row is None:
        raise Refusal("no_authority", 409)
    return Staff(row.id, row.login, row.name, Role(row.role), row.city)


def _key(path: Path) -> bytes:
    try:
        return base64.b64decode(_bytes(path).strip(), validate=True)
    except (binascii.Error, ValueError):
        raise Refusal("centre_key_malformed", 422) from None


def _golden(path: Path) -> dict[str, str]:
    try:
        keys = json.loads(_bytes(path))
        return {form: str(key["golden"]["points"]) for form, key in keys.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Refusal("scoring_file_malformed", 422, {"file": str(path)}) from None


def _seats(path: Path, profile: str | Path) -> dict[str, str]:
    rows = read_roster(_bytes(path), profile=draft(profile).profile, today=today()).rows
    return {row.ticket: row.room for row in rows if row.ticket and row.room}


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refusal("file_unreadable", 404, {"file": str(path)}) from error
