"""Making a centre, serving it, its staff, and its health."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import click

from exam_server import keys as centre_keys
from exam_server.auth.accounts import restore_access
from exam_server.auth.actions import create_staff
from exam_server.auth.identity import Role
from exam_server.auth.passwords import good_enough
from exam_server.bootstrap import open_centre
from exam_server.cli.options import (
    existing,
    held,
    home_option,
    json_option,
    operator,
    write_public_keys,
    writing,
)
from exam_server.cli.output import put
from exam_server.clock import SystemClock, utc
from exam_server.errors import Refusal
from exam_server.serving.command import command_of
from exam_server.serving.listening import LOOPBACK, Listening
from exam_server.settings import settings_for, write_private
from exam_server.storage.lock import only_writer
from exam_server.upkeep.certificates import CA_CERT, create_authority, issue_server, own_names
from exam_server.upkeep.doctor.examine import USUAL_PORT, examine


def _password_option(**options: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Asked for twice, unseen, unless it was given."""
    return click.password_option(
        prompt="口令 · password", confirmation_prompt="再输一次 · once more", **options
    )


@click.command()
@home_option
@click.option("--name", default="考点", show_default=True, help="考点名称 · the centre's name")
@click.option("--admin", default="admin", show_default=True, help="管理员账号 · admin's login")
@_password_option(help="管理员口令，至少 8 位 · admin's password, 8 characters or more")
@json_option
def init(home: Path, name: str, admin: str, password: str, as_json: bool) -> None:
    """建立考点：密钥、证书、数据库 · Make a centre: keys, certificates, database."""
    good_enough(password, admin)  # before anything is made that a second try would find
    settings = settings_for(home)
    settings.make_folders()
    keys = centre_keys.create(settings.keys)
    create_authority(settings.keys, name, utc(SystemClock().now()))
    recipient, signer = write_public_keys(settings, keys)
    with only_writer(settings.lock_path, settings.database_url):
        centre = open_centre(settings)
        centre.store.write(
            lambda tx: create_staff(
                tx, login=admin, name=admin, role=Role.CENTRE_ADMIN, password=password
            )
        )
        centre.store.close()
    put(
        {"home": str(settings.home), "recipient": str(recipient), "signer": str(signer)},
        as_json=as_json,
        zh=f"考点已建立：{settings.home}；把 {recipient} 和 {signer} 交给命题机构。",
        en=f"Centre made in {settings.home}; hand {recipient} and {signer} to the authority.",
    )


@click.command()
@home_option
@click.option("--host", default="0.0.0.0", show_default=True, help="监听地址 · address")  # noqa: S104
@click.option("--port", default=USUAL_PORT, show_default=True, help="端口 · port")
@click.option(
    "--name", "names", multiple=True, help="证书中的主机名或地址 · names in the certificate"
)
@click.option("--insecure-http", is_flag=True, help="不用 https，仅限测试 · plain http, tests only")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="服务进程数，多于 1 个时需 PostgreSQL 和 Redis · processes; more than one need both",
)
def serve(
    home: Path,
    host: str,
    port: int,
    names: tuple[str, ...],
    insecure_http: bool,
    workers: int,
) -> None:
    """运行考点服务器 · Serve the centre."""
    settings = held(home)
    listening = Listening(host, port, workers=workers)
    if insecure_http:
        if host not in LOOPBACK:
            click.secho(
                "注意：没有加密，身份证号会明文经过局域网 · not encrypted: ID numbers cross the "
                "LAN in clear",
                fg="red",
                bold=True,
                err=True,
            )
    else:
        wanted = [*names, *own_names(host)]
        made = issue_server(settings.keys, wanted, utc(SystemClock().now()))
        listening = Listening(host, port, *made, workers=workers)
    command = command_of(settings.home, listening)
    os.execv(command[0], command)  # noqa: S606  a fresh interpreter, patched before all else


@click.command()
@home_option
@click.argument("names", nargs=-1, required=True)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="放证书和私钥的目录 · folder for certificate and key",
)
@json_option
def certificate(home: Path, names: tuple[str, ...], out: Path, as_json: bool) -> None:
    """给前置代理签发证书 · A certificate of the centre's authority for a proxy's names."""
    settings = existing(home)
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = issue_server(settings.keys, names, utc(SystemClock().now()), out)
    (out / CA_CERT).write_bytes((settings.keys / CA_CERT).read_bytes())
    write_private(out / "proxy.pem", b"".join(path.read_bytes() for path in made))  # HAProxy's
    put(
        {"certificate": str(made[0]), "key": str(made[1])},
        as_json=as_json,
        zh=f"证书已放在 {out}：{made[0].name}、{made[1].name}，HAProxy 用 proxy.pem。",
        en=f"certificate and key in {out}; proxy.pem is both in one, for HAProxy",
    )


@click.command()
@home_option
@click.option(
    "--port", default=USUAL_PORT, show_default=True, help="考点服务的端口 · where it serves"
)
@json_option
def doctor(home: Path, port: int, as_json: bool) -> None:
    """检查考点机器，逐项给出处理办法 · Check the centre's machine, with remedies."""
    report = examine(existing(home), port)
    bad = sum(item.level == "bad" for item in report)
    put(
        {"ok": not bad, "findings": [item.as_dict() for item in report]},
        as_json=as_json,
        zh="\n".join(item.line("zh") for item in report),
        en="\n" + "\n".join(item.line("en") for item in report),
    )
    if bad and as_json:
        sys.exit(1)
    if bad:
        raise Refusal("doctor_found", 409, {"count": bad})


@click.group()
def staff() -> None:
    """工作人员账号 · Staff accounts."""


@staff.command("add")
@home_option
@click.argument("login")
@click.option("--name", required=True, help="姓名 · name")
@click.option(
    "--role",
    required=True,
    type=click.Choice([role.value for role in Role]),
    help="岗位：监考员、主考、考点管理员、考核机构 · what they may do",
)
@click.option("--city", help="市级考核机构所在市，省级不填 · a city's authority: which city")
@_password_option(help="口令，至少 8 位 · password, 8 characters or more")
@json_option
def staff_add(
    home: Path, login: str, name: str, role: str, city: str | None, password: str, as_json: bool
) -> None:
    """新建账号 · A new account."""
    with writing(home) as centre:
        actor = operator(centre).actor
        made = centre.store.write(
            lambda tx: create_staff(
                tx,
                login=login,
                name=name,
                role=Role(role),
                password=password,
                city=city,
                actor=actor,
            )
        )
    put(
        {"staff": made.id, "login": login, "role": role, "city": city},
        as_json=as_json,
        zh=f"已建立账号 {login}（{role}）。",
        en=f"account {login} made",
    )


@staff.command("restore")
@home_option
@click.argument("login")
@click.option("--reason", required=True, help="原因，记入操作记录 · why; it is recorded")
@json_option
def staff_restore(home: Path, login: str, reason: str, as_json: bool) -> None:
    """账号进不去时：启用、解绑动态码、给临时密码 · Let an account in again."""
    with writing(home) as centre:
        actor = operator(centre).actor
        password = centre.store.write(
            lambda tx: restore_access(tx, login=login, actor=actor, reason=reason)
        )
    put(
        {"login": login, "password": password},
        as_json=as_json,
        zh=f"账号 {login} 的临时密码：{password}（首次登录须改，并重新绑定动态码）。",
        en=f"temporary password of {login}: {password}; the first login changes it",
    )
