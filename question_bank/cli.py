"""The authority's commands: ``bank …`` and ``pack``. Help and errors in both languages.

The exam server's command line adds them to its own and says what time it is; this package
imports none of the others.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from question_bank.assembly.blueprint import parse_blueprint
from question_bank.assembly.generated import generate
from question_bank.bank import keys as authority_keys
from question_bank.bank.items import Added, add_bank, add_generated, list_banks
from question_bank.bank.packing import Packed, pack_forms, stored_scoring_file
from question_bank.bank.store import BankStore
from question_bank.cli_output import Refused, put, refusing, watched
from question_bank.errors import BankError
from question_bank.formats.mapping import shipped
from question_bank.formats.reading import read_bank
from question_bank.formats.report import BankFile, lines
from question_bank.formats.table import read_bytes
from question_bank.formats.template_writer import write_template
from question_bank.items.points import points_text
from question_bank.messages import LANGUAGES
from question_bank.sealing.preflight import full_mark
from question_bank.sealing.recipient import fingerprint, parse_public

NowMs = Callable[[], int]
_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)

_store_options = (
    click.option(
        "--bank-file",
        type=_FILE,
        envvar="KAOCHANG_BANK",
        default=Path("kaochang-authority/bank.sqlite"),
        show_default=True,
        help="加密题库文件 · the encrypted bank",
    ),
    click.option(
        "--keys",
        "keys_folder",
        type=_FOLDER,
        envvar="KAOCHANG_BANK_KEYS",
        default=Path("kaochang-authority-keys"),
        show_default=True,
        help="题库密钥文件夹，请另行备份 · folder of the bank's keys, to be backed up elsewhere",
    ),
)
_json_option = click.option(
    "--json", "as_json", is_flag=True, help="输出 JSON · print JSON for programs"
)


def commands(now_ms: NowMs) -> tuple[click.Group, click.Command]:
    """The group ``bank`` and the command ``pack``; ``now_ms``: wall milliseconds, UTC."""
    return _bank_group(now_ms), _pack_command(now_ms)


def _stored(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in _store_options:
        command = option(command)
    return command


def _reading(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.argument("file", type=_FILE),
        click.option(
            "--mapping",
            help="列对应文件或自带名称 · column mapping, a file or one of: " + ", ".join(shipped()),
        ),
        click.option("--figures", type=_FOLDER, help="图片文件夹 · folder of the figures"),
        click.option("--name", help="题库名称，默认取文件名 · name of the bank"),
        click.option(
            "--leave-out-broken-figures",
            is_flag=True,
            help="图片读不出的题不导入 · leave out items whose figures cannot be read",
        ),
        _json_option,
    ):
        command = option(command)
    return command


def _bank_group(now_ms: NowMs) -> click.Group:
    @click.group("bank")
    def bank() -> None:
        """题库：导入、检查、模板 · The bank: import, check, template."""

    @bank.command("template")
    @click.argument("out", type=_FILE)
    def template(out: Path) -> None:
        """写出空白导入模板（xlsx） · Write the empty import template."""
        with refusing(as_json=False):
            try:
                write_template(out)
            except FileExistsError as error:
                raise BankError("output_exists", {"file": out.name}) from error
        put(f"已写出模板：{out}", f"Template written: {out}")

    @bank.command("check")
    @_reading
    def check(as_json: bool, **reading: Any) -> None:
        """只检查文件，不导入 · Check a file without importing it."""
        with refusing(as_json=as_json):
            _tell_file(_read(reading), as_json=as_json)

    @bank.command("import")
    @_reading
    @_stored
    def import_(as_json: bool, bank_file: Path, keys_folder: Path, **reading: Any) -> None:
        """导入题库：全部通过才导入 · Import a bank, whole or nothing."""
        with refusing(as_json=as_json):
            file = _read(reading)
            store = _opened(bank_file, keys_folder, create=True)
            with watched("正在写入 · writing") as progress:
                added = add_bank(
                    store, file, now_ms=now_ms(), actor=getpass.getuser(), progress=progress
                )
            _tell_file(file, as_json=as_json, added=added)

    @bank.command("list")
    @_stored
    @_json_option
    def list_(as_json: bool, bank_file: Path, keys_folder: Path) -> None:
        """列出题库 · List the banks in the store."""
        with refusing(as_json=as_json):
            banks = list_banks(_opened(bank_file, keys_folder))
        if as_json:
            click.echo(json.dumps({"banks": banks}, ensure_ascii=False))
        for one in () if as_json else banks:
            click.echo(f"{one['bank']}  {one['items']} 题 items  {one['types']}  "
                       f"已封装 sealed {one['used']}")

    @bank.command("scoring-key")
    @click.argument("package")
    @click.argument("out", type=_FILE)
    @_stored
    def scoring_key(package: str, out: Path, bank_file: Path, keys_folder: Path) -> None:
        """写出一个试卷包的评分密钥，供核验 · Write a package's scoring key, for verification."""
        with refusing(as_json=False):
            _write_new(out, stored_scoring_file(_opened(bank_file, keys_folder), package))
        put(f"已写出评分密钥：{out}，不得离开命题机构",
            "Scoring key written; it must not leave the authority")

    @bank.command("generate")
    @click.option("--count", type=click.IntRange(1, 100_000), default=200, show_default=True,
                  help="每种题型的题数 · items of each type")
    @click.option("--seed", default="kaochang", show_default=True, help="种子 · seed")
    @click.option("--subject", default="theory", show_default=True, help="科目代码 · subject id")
    @_stored
    def generate_(
        count: int, seed: str, subject: str, bank_file: Path, keys_folder: Path
    ) -> None:
        """程序生成试题，仅供压力测试 · Generate marked items, for load tests only."""
        with refusing(as_json=False), watched("正在写入 · writing") as progress:
            store = _opened(bank_file, keys_folder, create=True)
            made = generate(count, _seed(seed), subject=subject)
            added = add_generated(store, made, progress)
        put(f"已生成 {added.new} 题", f"{added.new} items generated")

    return bank


def _pack_command(now_ms: NowMs) -> click.Command:
    @click.command("pack")
    @click.option("--blueprint", type=_FILE, required=True,
                  help="双向细目表（TOML） · the blueprint")
    @click.option("--recipient", "recipients", type=_FILE, multiple=True, required=True,
                  help="考点公钥文件，可多次给出 · a centre's public key file, repeatable")
    @click.option("--out", type=_FILE, required=True, help="试卷包（.kcp） · the package")
    @click.option("--scoring", type=_FILE,
                  help="评分密钥文件，仅供命题机构核验 · scoring key file, for the authority alone")
    @click.option("--bank", "banks", multiple=True, help="只用这些题库 · only these banks")
    @click.option("--seed", help="组卷种子，默认随机 · assembly seed, random by default")
    @click.option("--unused-only", is_flag=True,
                  help="只用从未封装过的试题 · only items never sealed before")
    @click.option("--approve", "approvals", multiple=True,
                  help="批准重用试卷的人，须两人 · who approves a reuse; two persons")
    @_stored
    @_json_option
    def pack(
        blueprint: Path, recipients: tuple[Path, ...], out: Path, scoring: Path | None,
        banks: tuple[str, ...], seed: str | None, unused_only: bool,
        approvals: tuple[str, ...], bank_file: Path, keys_folder: Path, as_json: bool,
    ) -> None:
        """组卷并封装试卷包；开考口令只显示一次 · Assemble and seal; the bell code is shown once."""
        with refusing(as_json=as_json):
            _refuse_existing(out, *([scoring] if scoring else []))
            plan = parse_blueprint(read_bytes(blueprint))
            centres = [parse_public(_text(path)) for path in recipients]
            store = _opened(bank_file, keys_folder)
            packed = pack_forms(
                store,
                plan,
                centres,
                now_ms=now_ms(),
                actor=getpass.getuser(),
                seed=None if seed is None else _seed(seed),
                banks=banks,
                unused_only=unused_only,
                approvals=approvals,
            )
            _write_new(out, packed.data)
            if scoring:
                _write_new(scoring, packed.scoring_file)
        _tell_packed(packed, store, out, scoring, as_json=as_json)

    return pack


def _read(reading: dict[str, Any]) -> BankFile:
    file: Path = reading.pop("file")
    mapping: str | None = reading.pop("mapping")
    figures: Path | None = reading.pop("figures")
    with watched("正在读取 · reading") as progress:
        return read_bank(file, mapping, figures, **reading, progress=progress)


def _opened(path: Path, keys_folder: Path, *, create: bool = False) -> BankStore:
    """The store; on first use its keys are made, in a folder apart from it."""
    fresh = create and not path.exists()
    found = authority_keys.load_or_create(keys_folder) if fresh else (
        authority_keys.load(keys_folder)
    )
    return BankStore.open(path, found, create=create)


def _seed(text: str) -> bytes:
    return hashlib.sha256(b"kaochang/assembly-seed\x00" + text.encode()).digest()


def _text(path: Path) -> str:
    return read_bytes(path).decode("utf-8", "replace")


def _refuse_existing(*paths: Path) -> None:
    for path in paths:
        if path.exists():
            raise BankError("output_exists", {"file": path.name})


def _write_new(path: Path, data: bytes) -> None:
    """Durable and readable by the owner only; never over another file."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise Refused.unwritable(path, error) from error
    with os.fdopen(handle, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())


def _tell_file(file: BankFile, *, as_json: bool, added: Added | None = None) -> None:
    if as_json:
        counts = {} if added is None else {
            "new": added.new, "newer": added.newer, "unchanged": added.unchanged
        }
        click.echo(json.dumps({"ok": True, **file.summary(), **counts}, ensure_ascii=False))
        return
    rows = [problem.as_row() for problem in file.warnings]
    for language in LANGUAGES:
        for line in lines(rows, language):
            click.echo(line, err=True)
    if added is None:
        put(f"检查通过：{len(file.bank)} 题，{len(rows)} 条提示",
            f"Sound: {len(file.bank)} items, {len(rows)} remarks")
    else:
        put(f"已导入“{added.bank}”：新 {added.new}，更新 {added.newer}，未变 {added.unchanged}；"
            f"{len(rows)} 条提示",
            f"Imported “{added.bank}”: {added.new} new, {added.newer} newer, "
            f"{added.unchanged} unchanged; {len(rows)} remarks")


def _tell_packed(
    packed: Packed, store: BankStore, out: Path, scoring: Path | None, *, as_json: bool
) -> None:
    signer = store.keys.signing.public_key().public_bytes_raw()
    forms = [
        {"form_id": shape.form_id, "subject": shape.subject, "trade": shape.trade,
         "level": shape.level, "items": shape.count, "full_mark": points_text(full_mark(shape))}
        for shape in packed.shapes
    ]
    if as_json:
        click.echo(json.dumps({
            "ok": True, "package": packed.package_id, "file": str(out), "scoring": scoring and str(scoring),
            "bell_code": packed.bell_code, "signer": signer.hex(),
            "signer_fingerprint": fingerprint(signer),
            "manifest_digest": packed.manifest_digest, "forms": forms,
        }, ensure_ascii=False))
        return
    put(f"试卷包 {packed.package_id} 已写入 {out}", f"Package written to {out}")
    for form in forms:
        click.echo(f"  {form['subject']} · {form['trade']} · {form['level']}: "
                   f"{form['items']} 题 items, {form['full_mark']} 分 points")
    put(f"签发方指纹 {fingerprint(signer)}", "Signer's fingerprint, as above")
    if scoring:
        put(f"评分密钥文件 {scoring}，不得离开命题机构", "The scoring key stays with the authority")
    put(f"开考口令（只显示这一次，请抄录密封）：{packed.bell_code}",
        "Bell code, shown this once: write it down and seal it")
