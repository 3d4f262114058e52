"""Planning a day: exams and their sittings."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import click

from exam_server.cli.options import home_option, json_option, operator, writing
from exam_server.cli.output import put
from exam_server.clock import typed_start
from exam_server.desk.actions.exam import Mode, create_exam, plan_sitting
from exam_server.desk.views import find_exam
from exam_server.errors import Refusal
from exam_server.profiles.profile import Profile, load, locate
from exam_server.room.actions.bell import make_ready
from exam_server.settings import settings_for


@click.group()
def exam() -> None:
    """考试项目 · Exams."""


@exam.command("create")
@home_option
@click.argument("name")
@click.option(
    "--profile",
    required=True,
    help="省份规则的名称或文件 · province profile: a name, e.g. shaanxi-2024, or a file",
)
@click.option("--year", type=int, required=True, help="考试年度 · the exam's year")
@click.option(
    "--mode",
    type=click.Choice(get_args(Mode)),
    default="formal",
    show_default=True,
    help="正式、试考或练习 · formal, trial or practice",
)
@click.option(
    "--set",
    "values",
    multiple=True,
    help="补充或改动的值，如 subjects.theory.minutes=60，可多次给出 · a value the notice leaves "
    "open, repeatable",
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
    rules = _rules(locate(profile, settings_for(home).profiles), values)
    with writing(home) as centre:
        actor = operator(centre)
        ident = centre.store.write(
            lambda tx: create_exam(tx, name=name, year=year, mode=mode, profile=rules, actor=actor)
        )
    put(
        {"exam": ident},
        as_json=as_json,
        zh=f"考试项目“{name}”已建立，编号 {ident}。",
        en=f"exam made, its id is {ident}",
    )


@click.group()
def sitting() -> None:
    """场次 · Sittings."""


@sitting.command("plan")
@home_option
@click.argument("name")
@click.option("--exam", "exam_name", required=True, help="考试项目名称或编号 · the exam")
@click.option("--centre", "centre_name", required=True, help="考点名称 · the centre")
@click.option("--room", required=True, help="考场号，如 02 · the room")
@click.option("--rows", type=int, required=True, help="机位排数 · rows of seats")
@click.option("--columns", type=int, required=True, help="每排机位数 · seats in a row")
@click.option(
    "--aisle-after",
    type=int,
    default=0,
    show_default=True,
    help="过道在第几列之后，0 为没有 · the aisle follows this column, 0 for none",
)
@click.option(
    "--spare", multiple=True, type=int, help="备用机位，可多次给出 · a spare seat, repeatable"
)
@click.option(
    "--start",
    required=True,
    help="开考时间（北京时间）2026-06-20T09:00 · planned start, Beijing time",
)
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
    start_ms = typed_start(start)
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
                planned_start_ms=start_ms,
                actor=actor,
                aisle_after=aisle_after,
                spare=spare,
            )
        )
    put(
        {"sitting": ident},
        as_json=as_json,
        zh=f"场次“{name}”已安排，编号 {ident}。",
        en=f"sitting planned, its id is {ident}",
    )


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


def _rules(profile: str | Path, texts: Sequence[str]) -> Profile:
    """The profile with what was typed as ``path=value``.

    A value is TOML (a number, a list of sections) or plain text. Scores are decimal texts, so
    that a bare number which is refused is tried as a text.
    """
    typed = dict(_typed(one) for one in texts)
    values = {path: _value(text) for path, text in typed.items()}
    while True:
        try:
            return load(profile, values)
        except Refusal as refusal:
            doubtful = {path for row in refusal.rows if (path := str(row["column"])) in typed}
            as_text = {path: typed[path] for path in doubtful if values[path] != typed[path]}
            if refusal.code != "profile_invalid" or not as_text:
                raise
            values |= as_text


def _typed(text: str) -> tuple[str, str]:
    path, sign, value = text.partition("=")
    if not sign or not path:
        raise Refusal("value_malformed", 422, {"value": text})
    return path, value


def _value(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
