"""Provinces as files: what there is, what one says, whether one that an office wrote is sound."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from exam_server.cli.options import home_option, json_option
from exam_server.cli.output import put
from exam_server.errors import Refusal
from exam_server.profiles.draft import Draft, draft
from exam_server.profiles.profile import locate, names
from exam_server.profiles.profile_file import SUFFIX, text_of
from exam_server.profiles.summary import summary
from exam_server.settings import settings_for

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def profile() -> None:
    """省份规则 · Provinces' profiles."""


@profile.command("list")
@home_option
@json_option
def profile_list(home: Path, as_json: bool) -> None:
    """本机可用的省份规则 · The profiles there are."""
    folder = settings_for(home).profiles
    found = [_card(name, locate(name, folder)) for name in names(folder)]
    lines = [_told(card) for card in found]
    put({"profiles": found}, as_json=as_json, zh="\n".join(lines), en=f"{len(found)} profiles")


@profile.command("show")
@home_option
@click.argument("name")
@json_option
def profile_show(home: Path, name: str, as_json: bool) -> None:
    """用文字说明一份规则，便于与通知核对 · What a profile says, to compare with the notice."""
    found = draft(locate(name, settings_for(home).profiles))
    lines = summary(found)
    put(
        {"name": found.profile.name, "says": [[line.zh, line.en] for line in lines]},
        as_json=as_json,
        zh="\n".join(f"{line.zh} · {line.en}" for line in lines),
        en=_asked(found),
    )


@profile.command("check")
@click.argument("file", type=_FILE)
@json_option
def profile_check(file: Path, as_json: bool) -> None:
    """检查一份自己写的规则文件 · Check a file an office wrote: what is missing or wrong."""
    found = draft(file)
    lines = [f"规则“{found.profile.name}”可以使用：{found.profile.title}。"]
    if found.open:
        lines += ["建立考试项目时须填写（通知没有规定）：", *(f"  {path}" for path in found.open)]
    if found.defaults:
        lines.append("文件没有写，按程序的默认值：")
        lines += [f"  {path} = {value}" for path, value in found.defaults.items()]
    put(
        {
            "name": found.profile.name,
            "open": list(found.open),
            "defaults": found.defaults,
            "trades": len(found.profile.trades),
        },
        as_json=as_json,
        zh="\n".join(lines),
        en=f"usable; {_asked(found)}, {len(found.defaults)} by default",
    )


@profile.command("copy")
@home_option
@click.argument("name")
@click.argument("file", type=_FILE)
@json_option
def profile_copy(home: Path, name: str, file: Path, as_json: bool) -> None:
    """以一份现成的规则为底稿写出新文件 · Begin a new province with a copy of another's file."""
    if file.suffix != SUFFIX:
        raise Refusal("profile_suffix", 422, {"file": str(file)})
    text = text_of(locate(name, settings_for(home).profiles))
    text = re.sub(r"^name = .*$", f'name = "{file.stem}"', text, count=1, flags=re.MULTILINE)
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError as error:
        raise Refusal("file_exists", 409, {"file": str(file)}) from error
    except OSError as error:
        raise Refusal("file_unwritable", 409, {"file": str(file)}) from error
    put(
        {"file": str(file)},
        as_json=as_json,
        zh=f"已写出：{file}。改好后请用 kaochang profile check 检查。",
        en="written; change it, then check it",
    )


def _card(name: str, where: str | Path) -> dict[str, Any]:
    """One line of the list; a file that is wrong spoils no other."""
    try:
        found = draft(where)
    except Refusal as refusal:
        return {"name": name, "wrong": refusal.code}
    return {"name": name, "title": found.profile.title, "open": list(found.open)}


def _told(card: dict[str, Any]) -> str:
    if "wrong" in card:
        return f"{card['name']} · 有错误，请用 profile check 检查 · wrong, see profile check"
    asked = f"（待填 {len(card['open'])} 项）" if card["open"] else ""
    return f"{card['name']} · {card['title']}{asked}"


def _asked(found: Draft) -> str:
    return f"{len(found.open)} values asked for when an exam is created"
