"""Keeping a centre: backup, restore, and its keys apart from both."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from exam_server import keys as centre_keys
from exam_server.build import program_version
from exam_server.cli.options import existing, held, home_option, json_option, write_public_keys
from exam_server.cli.output import measured, put, say
from exam_server.clock import SystemClock, china_time
from exam_server.errors import Refusal
from exam_server.settings import Settings, settings_for
from exam_server.storage.lock import only_writer
from exam_server.upkeep.backup.checking import open_backup, prove, refuse_newer
from exam_server.upkeep.backup.content import Manifest
from exam_server.upkeep.backup.key_file import export_keys, import_keys
from exam_server.upkeep.backup.making import make_backup, plain_bytes_about
from exam_server.upkeep.backup.restoring import restore as restore_backup
from exam_server.upkeep.upgrading import Upgrade, bring_up_to_date, look, refuse_in_exam

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@home_option
@click.option(
    "--out",
    type=click.Path(),  # as typed: a name that ends with / is a folder's
    help="备份文件，或放备份的目录（最好在另一块盘上） · file, or a folder, best on another disk",
)
@json_option
def backup(home: Path, out: str | None, as_json: bool) -> None:
    """备份（服务器可在运行；不含密钥） · A backup, also while serving; without the keys."""
    settings = held(home)
    keys = centre_keys.load(settings.keys)
    now = SystemClock().now()
    path = _backup_path(settings, out, f"{china_time(now.wall_ms):%Y%m%d-%H%M%S}")
    with measured("备份 · backup", 2 * plain_bytes_about(settings)) as moved:
        made = make_backup(settings, keys, path, program=program_version(), now=now, moved=moved)
    put(
        {
            "file": str(made.path),
            "bytes": made.bytes,
            "sha256": made.sha256,
            "rows": made.manifest.rows,
            "heads": {name: list(head) for name, head in made.manifest.heads.items()},
        },
        as_json=as_json,
        zh=f"备份已写好并逐字节读回核对：{made.path}（{made.bytes} 字节）。"
        "密钥不在其中，请另用 keys export 保存。",
        en="backup written and read back; the keys are not in it, keep them by keys export",
    )


def _backup_path(settings: Settings, out: str | None, moment: str) -> Path:
    """Where a backup goes. Refusal ``backup_folder_missing`` 404: a disk that is not there."""
    name = f"kaochang-{moment}.backup"
    if out is None:
        settings.out.mkdir(exist_ok=True, mode=0o700)
        return settings.out / name
    path = Path(out)
    if path.is_dir():
        return path / name
    folder = path if out.endswith("/") else path.parent
    if not folder.is_dir():
        raise Refusal("backup_folder_missing", 404, {"folder": str(folder)})
    return path


@click.command()
@home_option
@click.argument("file", type=_FILE)
@click.option(
    "--check", is_flag=True, help="只核对备份，什么也不写 · prove the backup, write nothing"
)
@json_option
def restore(home: Path, file: Path, check: bool, as_json: bool) -> None:
    """把备份恢复到空目录（先放好密钥） · A backup into a bare folder that has the keys."""
    settings = settings_for(home)
    if not settings.keys.is_dir():
        raise Refusal("keys_first", 404, {"folder": str(settings.keys)})
    keys = centre_keys.load(settings.keys)
    if check:
        _check(file, keys, as_json)
        return
    size = file.stat().st_size if file.is_file() else 0
    with measured("恢复 · restore", size) as moved:
        done = restore_backup(settings, keys, file, now=SystemClock().now(), moved=moved)
    write_public_keys(settings, keys)
    wrong = [proof for proof in done.proofs if proof.findings]
    put(
        {
            **_facts(done.manifest),
            "sittings": [
                {
                    "sitting": one.sitting_id,
                    "head_seq": one.head_seq,
                    "head": one.head,
                    "findings": one.findings,
                }
                for one in done.proofs
            ],
        },
        as_json=as_json,
        zh=f"已恢复 {done.manifest.rows} 行；{len(done.proofs)} 个场次经独立核验，"
        f"{len(wrong)} 个有问题。备份之后保存的作答，由考试机连接后重新送来。",
        en=f"{len(done.proofs)} sittings verified, {len(wrong)} with findings; terminals send "
        "again what they saved after the backup",
    )
    if wrong and not as_json:
        say(
            "请对有问题的场次执行 export 和 verify，连同备份一起报告上级机构。",
            "export and verify the sittings with findings, and report them with the backup",
        )
    if wrong:
        sys.exit(1)


def _check(file: Path, keys: centre_keys.CentreKeys, as_json: bool) -> None:
    with open_backup(file, keys) as (reader, manifest):
        refuse_newer(manifest)
        with measured("核对 · checking", reader.header.plain_bytes) as moved:
            prove(reader, manifest, moved)
    put(
        _facts(manifest),
        as_json=as_json,
        zh=f"备份完整：{manifest.rows} 行，{len(manifest.files)} 个文件。",
        en="the backup is whole",
    )


def _facts(manifest: Manifest) -> dict[str, object]:
    return {
        "made_ms": manifest.made_ms,
        "program": manifest.program,
        "rows": manifest.rows,
        "files": len(manifest.files),
    }


@click.command()
@home_option
@click.option("--check", is_flag=True, help="只看不改 · look only, change nothing")
@click.option(
    "--reason",
    help="考试进行中仍要升级的原因，会记录在案 · why, though a sitting is under way; recorded",
)
@json_option
def upgrade(home: Path, check: bool, reason: str | None, as_json: bool) -> None:
    """两场考试之间升级：先备份，再改数据库 · Between sittings: a backup, then the tables."""
    settings = held(home)
    now = SystemClock().now()
    found = look(settings.database_url)
    file = None
    if not check and found.needed:
        with only_writer(settings.lock_path, settings.database_url):
            refuse_in_exam(found, reason)
            path = _backup_path(settings, None, f"{china_time(now.wall_ms):%Y%m%d-%H%M%S}")
            keys = centre_keys.load(settings.keys)
            made = make_backup(settings, keys, path, program=program_version(), now=now)
            file = str(made.path)
            bring_up_to_date(settings.database_url, now, reason=reason)
    put(
        {
            "held": found.held,
            "wanted": found.wanted,
            "needed": found.needed,
            "under_way": found.under_way,
            "backup": file,
        },
        as_json=as_json,
        **_told(found, check),
    )


def _told(found: Upgrade, check: bool) -> dict[str, str]:
    if not found.needed:
        return {"zh": "数据库与程序一致，不需要升级。", "en": "nothing to upgrade"}
    if not check:
        return {
            "zh": f"已备份，并从 {found.held} 升级到 {found.wanted}。",
            "en": "a backup was made, the tables are up to date",
        }
    if found.under_way:
        return {
            "zh": f"需要升级，但场次还在进行：{'、'.join(found.under_way)}。请考完再升级。",
            "en": "an upgrade is needed, but sittings are under way: finish them first",
        }
    return {"zh": "需要升级，现在可以进行。", "en": "an upgrade is needed and can be done now"}


@click.group()
def keys() -> None:
    """考点密钥：与备份分开保管 · The centre's keys, kept apart from backups."""


def _passphrase(*, again: bool) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return click.option(
        "--passphrase",
        prompt="口令短语 · passphrase",
        hide_input=True,
        confirmation_prompt="再输一次 · once more" if again else False,
        help="至少 12 个字符，与文件分开保管 · 12 characters or more, kept apart from the file",
    )


@keys.command("export")
@home_option
@click.argument("file", type=_FILE)
@_passphrase(again=True)
@json_option
def keys_export(home: Path, file: Path, passphrase: str, as_json: bool) -> None:
    """把密钥目录写成一个有口令的文件 · The keys folder as one file under a passphrase."""
    names = export_keys(existing(home).keys, file, passphrase)
    put(
        {"file": str(file), "keys": names},
        as_json=as_json,
        zh=f"{len(names)} 个密钥文件已写入 {file}。请与备份分开保管，口令不要写在一起。",
        en="keys written; keep the file apart from the backups, and the passphrase from both",
    )


@keys.command("import")
@home_option
@click.argument("file", type=_FILE)
@_passphrase(again=False)
@json_option
def keys_import(home: Path, file: Path, passphrase: str, as_json: bool) -> None:
    """在空机器上放好密钥，随后 restore · Keys onto a bare machine, before restore."""
    settings = settings_for(home)
    names = import_keys(file, settings.keys, passphrase)
    put(
        {"folder": str(settings.keys), "keys": names},
        as_json=as_json,
        zh=f"{len(names)} 个密钥文件已放好，可以 restore。",
        en="keys in place: restore can follow",
    )
