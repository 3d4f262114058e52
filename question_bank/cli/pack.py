"""``kaochang pack``: from bank and blueprint to a sealed package and its bell code."""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import Any

import click

from question_bank.assembly.blueprint import parse_blueprint
from question_bank.bank.packing import Packed, pack_forms
from question_bank.cli.options import (
    FILE,
    NowMs,
    json_option,
    opened,
    refuse_existing,
    seed_of,
    stored,
    write_new,
)
from question_bank.cli.output import put, refusing
from question_bank.formats.table import read_bytes
from question_bank.items.points import points_text
from question_bank.sealing.preflight import full_mark
from question_bank.sealing.recipient import fingerprint, parse_public


def pack_command(now_ms: NowMs) -> click.Command:
    """``pack``; the time goes into the manifest."""

    @click.command("pack")
    @click.option(
        "--blueprint", type=FILE, required=True, help="双向细目表（TOML） · the blueprint"
    )
    @click.option(
        "--recipient",
        "recipients",
        type=FILE,
        multiple=True,
        required=True,
        help="考点公钥文件，可多次给出 · a centre's public key file, repeatable",
    )
    @click.option("--out", type=FILE, required=True, help="试卷包（.kcp） · the package")
    @click.option(
        "--scoring",
        type=FILE,
        help="同时写出评分密钥，不得离开命题机构 · also write the scoring key, for the authority",
    )
    @click.option("--bank", "banks", multiple=True, help="只用这些题库 · only these banks")
    @click.option("--seed", help="组卷种子，默认随机 · assembly seed, random by default")
    @click.option(
        "--unused-only",
        is_flag=True,
        help="只用从未封装过的试题 · only items that were never sealed",
    )
    @click.option(
        "--approve",
        "approvals",
        multiple=True,
        help="批准重用试卷的人，须两人 · who approves using a spent form again; two persons",
    )
    @stored
    @json_option
    def pack(
        blueprint: Path,
        recipients: tuple[Path, ...],
        out: Path,
        scoring: Path | None,
        seed: str | None,
        bank_file: Path,
        keys_folder: Path,
        as_json: bool,
        **choices: Any,
    ) -> None:
        """组卷并封装；开考口令只显示一次 · Assemble and seal; the bell code is shown once."""
        with refusing(as_json=as_json):
            refuse_existing(out, *([scoring] if scoring else []))
            plan = parse_blueprint(read_bytes(blueprint))
            centres = [parse_public(_text(path)) for path in recipients]
            store = opened(bank_file, keys_folder)
            packed = pack_forms(
                store,
                plan,
                centres,
                now_ms=now_ms(),
                actor=getpass.getuser(),
                seed=None if seed is None else seed_of(seed),
                **choices,
            )
            write_new(out, packed.data)
            if scoring:
                write_new(scoring, packed.scoring_file)
        signer = store.keys.signing.public_key().public_bytes_raw()
        tell = _tell_program if as_json else _tell_person
        tell(packed, signer, out)

    return pack


def _text(path: Path) -> str:
    return read_bytes(path).decode("utf-8", "replace")


def _forms(packed: Packed) -> list[dict[str, Any]]:
    return [
        {
            "form_id": shape.form_id,
            "subject": shape.subject,
            "trade": shape.trade,
            "level": shape.level,
            "items": shape.count,
            "full_mark": points_text(full_mark(shape)),
        }
        for shape in packed.shapes
    ]


def _tell_program(packed: Packed, signer: bytes, out: Path) -> None:
    body = {
        "ok": True,
        "package": packed.package_id,
        "file": str(out),
        "bell_code": packed.bell_code,
        "signer": signer.hex(),
        "signer_fingerprint": fingerprint(signer),
        "manifest_digest": packed.manifest_digest,
        "forms": _forms(packed),
    }
    click.echo(json.dumps(body, ensure_ascii=False))


def _tell_person(packed: Packed, signer: bytes, out: Path) -> None:
    put(f"试卷包 {packed.package_id} 已写入 {out}", "package written")
    for form in _forms(packed):
        click.echo(
            f"  {form['subject']} · {form['trade']} · {form['level']}: "
            f"{form['items']} 题 items, {form['full_mark']} 分 points"
        )
    put("签发方指纹", f"signer's fingerprint: {fingerprint(signer)}")
    put("清单摘要", f"manifest digest: {packed.manifest_digest}")
    put("开考口令，只显示这一次，请抄录密封", "bell code, shown this once: write it down, seal it")
    click.echo(f"  {packed.bell_code}")
