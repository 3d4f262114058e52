"""``kaochang bank …``: template, check, import, list, generate, scoring-key, places."""

from __future__ import annotations

import getpass
import io
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from question_bank.assembly.generated import generate
from question_bank.bank.items import Added, add_bank, add_generated, list_banks
from question_bank.bank.packing import stored_scoring_file
from question_bank.bank.places import places_of
from question_bank.cli.options import (
    FILE,
    FOLDER,
    NowMs,
    json_option,
    opened,
    seed_of,
    stored,
    write_new,
)
from question_bank.cli.output import put, refusing, watched
from question_bank.formats.mapping import shipped
from question_bank.formats.reading import read_bank
from question_bank.formats.report import BankFile, lines
from question_bank.formats.template_writer import write_template
from question_bank.messages import LANGUAGES


def bank_group(now_ms: NowMs) -> click.Group:
    """The group; only the import needs to know the time."""
    return click.Group(
        "bank",
        commands=[template, check, import_command(now_ms), list_, generate_, scoring_key, places],
        help="题库：模板、检查、导入 · The bank: template, check, import.",
    )


def _reading(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        json_option,
        click.option(
            "--leave-out-broken-figures",
            is_flag=True,
            help="图片读不出的题不导入 · leave out items whose figures cannot be read",
        ),
        click.option("--name", help="题库名称，默认取文件名 · name of the bank"),
        click.option("--figures", type=FOLDER, help="图片文件夹 · folder of the figures"),
        click.option(
            "--mapping",
            help="列对应文件或自带名称 · column mapping, a file or one of: " + ", ".join(shipped()),
        ),
        click.argument("file", type=FILE),
    ):
        command = option(command)
    return command


@click.command("template")
@click.argument("out", type=FILE)
def template(out: Path) -> None:
    """写出空白导入模板（xlsx） · Write the empty import template."""
    buffer = io.BytesIO()
    write_template(buffer)
    with refusing(as_json=False):
        write_new(out, buffer.getvalue())
    put(f"已写出模板：{out}", "template written")


@click.command("check")
@_reading
def check(as_json: bool, **reading: Any) -> None:
    """只检查文件，不导入 · Check a file without importing it."""
    with refusing(as_json=as_json):
        _tell(_read(reading), as_json=as_json)


def import_command(now_ms: NowMs) -> click.Command:
    """``bank import``."""

    @click.command("import")
    @_reading
    @stored
    def import_(as_json: bool, bank_file: Path, keys_folder: Path, **reading: Any) -> None:
        """导入题库，全部通过才导入 · Import a bank, whole or nothing."""
        with refusing(as_json=as_json):
            file = _read(reading)
            store = opened(bank_file, keys_folder, create=True)
            who = getpass.getuser()
            with watched("正在写入 · writing") as progress:
                added = add_bank(store, file, now_ms=now_ms(), actor=who, progress=progress)
            _tell(file, as_json=as_json, added=added)

    return import_


@click.command("list")
@stored
@json_option
def list_(as_json: bool, bank_file: Path, keys_folder: Path) -> None:
    """列出题库 · List the banks in the store."""
    with refusing(as_json=as_json):
        banks = list_banks(opened(bank_file, keys_folder))
    if as_json:
        click.echo(json.dumps({"banks": banks}, ensure_ascii=False))
        return
    for one in banks:
        types = ", ".join(f"{kind} {count}" for kind, count in one["types"].items())
        click.echo(f"{one['bank']}: {one['items']} 题 items ({types}), 已封装 sealed {one['used']}")


@click.command("generate")
@click.option(
    "--count",
    type=click.IntRange(1, 100_000),
    default=200,
    show_default=True,
    help="每种题型的题数 · items of each type",
)
@click.option("--seed", default="kaochang", show_default=True, help="种子 · seed")
@click.option("--subject", default="theory", show_default=True, help="科目代码 · subject id")
@stored
def generate_(count: int, seed: str, subject: str, bank_file: Path, keys_folder: Path) -> None:
    """程序生成试题，仅供压力测试 · Generate marked items, for load tests only."""
    with refusing(as_json=False), watched("正在写入 · writing") as progress:
        store = opened(bank_file, keys_folder, create=True)
        made = generate(count, seed_of(seed), subject=subject)
        added = add_generated(store, made, progress)
    put(f"已生成 {added.new} 题", f"{added.new} items generated")


@click.command("scoring-key")
@click.argument("package")
@click.argument("out", type=FILE)
@stored
def scoring_key(package: str, out: Path, bank_file: Path, keys_folder: Path) -> None:
    """写出一个试卷包的评分密钥，供核验 · Write a package's scoring key, for verification."""
    with refusing(as_json=False):
        write_new(out, stored_scoring_file(opened(bank_file, keys_folder), package))
    put(f"已写出评分密钥：{out}，不得离开命题机构", "scoring key written; keep it here")


@click.command("places")
@click.argument("item")
@stored
@json_option
def places(item: str, bank_file: Path, keys_folder: Path, as_json: bool) -> None:
    """一道试题封装到了哪些试卷，选项字母如何对应 · Where an item was sealed, and its letters."""
    with refusing(as_json=as_json):
        found = places_of(opened(bank_file, keys_folder), item)
    if as_json:
        click.echo(json.dumps({"ok": True, "places": [asdict(one) for one in found]}))
        return
    for one in found:
        letters = " ".join(f"{bank.upper()}→{form}" for bank, form in one.letters.items())
        put(
            f"{one.form}/{one.item} · {one.subject} {one.trade} {one.level} · 题库字母→试卷字母 "
            f"{letters}" + ("（题库中的该题封装后已改动，请核对）" if one.changed else ""),
            f"package {one.package}" + (", changed in the bank since" if one.changed else ""),
        )


def _read(reading: dict[str, Any]) -> BankFile:
    with watched("正在读取 · reading") as progress:
        return read_bank(reading.pop("file"), progress=progress, **reading)


def _tell(file: BankFile, *, as_json: bool, added: Added | None = None) -> None:
    if as_json:
        counts = (
            {}
            if added is None
            else {"new": added.new, "newer": added.newer, "unchanged": added.unchanged}
        )
        click.echo(json.dumps({"ok": True, **file.summary(), **counts}, ensure_ascii=False))
        return
    remarks = [problem.as_row() for problem in file.warnings]
    for language in LANGUAGES:
        for line in lines(remarks, language):
            click.echo(line, err=True)
    if added is None:
        put(
            f"检查通过：{len(file.bank)} 题，{len(remarks)} 条提示",
            f"sound: {len(file.bank)} items, {len(remarks)} remarks",
        )
        return
    put(
        f"已导入“{added.bank}”：新 {added.new}，更新 {added.newer}，未变 {added.unchanged}；"
        f"{len(remarks)} 条提示",
        f"imported: {added.new} new, {added.newer} newer, {added.unchanged} unchanged; "
        f"{len(remarks)} remarks",
    )
