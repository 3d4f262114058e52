"""The authority's side of results: what was sent out is announced, what comes back is checked."""

from __future__ import annotations

import base64
import binascii
import json
import sys
from collections import Counter
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, get_args

import click
from sqlalchemy import select

from exam_server.auth.identity import Role, Staff
from exam_server.auth.tables import Staff as StaffRow
from exam_server.build import build_id
from exam_server.cli.incoming import today
from exam_server.cli.options import (
    at_the_office,
    beside_the_server,
    home_option,
    json_option,
    reading,
    writing,
)
from exam_server.cli.output import error_of, put, watched
from exam_server.context import Centre
from exam_server.desk.roster import read_roster
from exam_server.desk.views import find_exam, whole_rules
from exam_server.errors import Refusal
from exam_server.profiles.profile import Profile
from exam_server.results.actions.announcing import announce
from exam_server.results.actions.held_packages import accept_correction, set_aside
from exam_server.results.actions.intake import Imported, import_results
from exam_server.results.merging_practical import Standing
from exam_server.results.views.intake import announced_cards
from exam_server.upkeep.hub_proof import announce_proof, write_proof
from exam_server.vault.actions.packages import read_package
from exam_server.words import refusal_text

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group("results")
def office_results() -> None:
    """考点成绩的登记与接收（考核机构） · Results of centres, at the authority."""


@office_results.command("announce")
@home_option
@click.argument("package", type=_FILE)
@click.option("--exam", "exam_name", required=True, help="考试项目名称或编号 · exam")
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
@click.option(
    "--roster",
    type=_FILE,
    help="下发的名册，默认按本机编排的座位 · the roster sent out; default: as seated here",
)
@json_option
def announce_command(
    home: Path,
    package: Path,
    exam_name: str,
    centre: str,
    centre_key: Path,
    scoring: Path | None,
    builds: tuple[str, ...],
    roster: Path | None,
    as_json: bool,
) -> None:
    """登记发给考点的试卷包，成绩包只按登记接收 · Announce what was sent to a centre."""
    sealed = read_package(package)
    key = _key(centre_key)
    golden = {} if scoring is None else _golden(scoring)
    permitted = [build_id() if build == "this" else build for build in builds]
    with writing(home) as here:
        actor = office(here)
        exam = here.store.read(lambda session: find_exam(session, exam_name))
        rules = here.store.read(lambda session: whole_rules(session, exam.id))
        seats = None if roster is None else _seats(roster, rules)
        ident = here.store.write(
            lambda tx: announce(
                tx,
                exam_id=exam.id,
                package=sealed,
                centre=centre,
                centre_key=key,
                golden=golden,
                builds=permitted,
                seats=seats,
                actor=actor,
            )
        )
        (card,) = (one for one in here.store.read(announced_cards) if one.id == ident)
    put(
        {
            "announcement": ident,
            "exam": exam.id,
            "package": sealed.id,
            "builds": permitted,
            "candidates": card.candidates,
        },
        as_json=as_json,
        zh=f"已登记：{centre}，试卷包 {sealed.id}，名册 {card.candidates} 人。",
        en=f"announced; {len(permitted)} builds permitted",
    )


@office_results.command("import")
@home_option
@click.argument("files", type=_FILE, nargs=-1, required=True)
@json_option
def import_command(home: Path, files: tuple[Path, ...], as_json: bool) -> None:
    """核对并接收考点的签名成绩包 · Check centres' signed result packages, take them in."""
    told: list[dict[str, Any]] = []
    refused: list[tuple[Path, Refusal]] = []
    with writing(home) as here, watched("接收 · taking in", len(files)) as moved:
        actor = office(here)
        for file in files:
            try:
                data = _bytes(file)
                found = here.store.write(partial(import_results, data=data, actor=actor))
                told.append({"file": str(file), **_imported(found)})
            except Refusal as refusal:
                refused.append((file, refusal))
            moved()
    if len(files) == 1 and refused:
        raise refused[0][1]
    count = Counter(str(one["state"]) if one["new"] else "known" for one in told)
    put(
        {
            "packages": told,
            "refused": [{"file": str(file), **error_of(one)} for file, one in refused],
        },
        as_json=as_json,
        zh="\n".join(
            [
                *(f"{one['centre']}：{one['rows']} 人，{_SAID[_state(one)][0]}" for one in told),
                *(f"{file}：{refusal_text(one.code, one.facts, 'zh')}" for file, one in refused),
            ]
        ),
        en=f"{count['counts']} taken in, {count['held']} held, {count['known']} known before, "
        f"{len(refused)} refused",
    )
    if refused:
        sys.exit(1)


_SAID = {
    "counts": ("已核对并接收", "taken in"),
    "held": ("与已有成绩冲突，已收下待处理", "contradicts what is here: kept, not counted"),
    "known": ("此前已接收，没有重复写入", "had been taken in before; nothing was written"),
}


def _state(one: dict[str, Any]) -> str:
    return str(one["state"]) if one["new"] else "known"


def _imported(found: Imported) -> dict[str, Any]:
    return {
        "imported": found.id,
        "centre": found.centre,
        "rows": found.rows,
        "new": found.new,
        "state": found.state.value,
        "conflicts": found.conflicts,
    }


@office_results.command("accept")
@home_option
@click.argument("imported")
@click.option("--reason", required=True, help="以更正为准的原因 · why it takes their place")
@click.option(
    "--practical",
    type=click.Choice(get_args(Standing)),
    help="操作技能成绩不同时：brought 以送来的为准，here 以已有的为准 · "
    "where practical results differ, which stand",
)
@json_option
def accept_command(
    home: Path, imported: str, reason: str, practical: Standing | None, as_json: bool
) -> None:
    """以更正为准：待处理的成绩包替代已有的 · A held package counts in place of what is here."""
    with writing(home) as here:
        actor = office(here)
        here.store.write(
            partial(
                accept_correction,
                imported_id=imported,
                reason=reason,
                practical=practical,
                actor=actor,
            )
        )
    put({"imported": imported}, as_json=as_json, zh="已以此为准。", en="it counts from now on")


@office_results.command("set-aside")
@home_option
@click.argument("imported")
@click.option("--reason", required=True, help="不采用的原因 · why it is not used")
@json_option
def set_aside_command(home: Path, imported: str, reason: str, as_json: bool) -> None:
    """不采用待处理的成绩包 · A held package never counts."""
    with writing(home) as here:
        actor = office(here)
        here.store.write(partial(set_aside, imported_id=imported, reason=reason, actor=actor))
    put({"imported": imported}, as_json=as_json, zh="已记为不采用。", en="set aside")


@office_results.command("proof")
@home_option
@click.option("--exam", "exam_name", required=True, help="考试项目名称或编号 · exam")
@click.option("--out", type=_FILE, help="写到哪里，默认本机 out 目录 · file, default in out/")
@json_option
def proof_command(home: Path, exam_name: str, out: Path | None, as_json: bool) -> None:
    """导出汇总核验包：成绩包、更正、全部成绩 · Everything that proves what counts here."""
    with beside_the_server(home) as (here, alone):
        exam_id = here.store.read(lambda session: find_exam(session, exam_name).id)
        if alone:
            actor = office(here).actor
            here.store.write(lambda tx: announce_proof(tx, exam_id=exam_id, actor=actor))
        path = out or here.settings.out / f"proof-{exam_id}.zip"
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with NamedTemporaryFile(dir=path.parent, delete=False) as file:  # only ever a whole one
            try:
                here.store.read(
                    lambda session: write_proof(
                        session, file, exam_id=exam_id, signing=here.keys.signing, now=here.now()
                    )
                )
                Path(file.name).replace(path)
            finally:
                Path(file.name).unlink(missing_ok=True)
    put(
        {"file": str(path)},
        as_json=as_json,
        zh=f"已导出：{path}。核验：kaochang verify {path} --scoring scoring.json",
        en="written; kaochang verify checks it",
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
            "progress": card.progress,
            "missing": list(card.missing),
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


def office(here: Centre, city: str | None = None) -> Staff:
    """Who acts when a command is typed at the authority's machine: the first account of the
    province, or of ``city``.

    Refusals 409: ``office_elsewhere``, ``no_authority``.
    """
    at_the_office(here)
    query = (
        select(StaffRow)
        .where(
            StaffRow.role == Role.AUTHORITY.value,
            StaffRow.city == city,
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


def _seats(path: Path, rules: Profile) -> dict[str, str]:
    rows = read_roster(_bytes(path), profile=rules, today=today()).rows
    return {row.ticket: row.room for row in rows if row.ticket and row.room}


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refusal("file_unreadable", 404, {"file": str(path)}) from error
