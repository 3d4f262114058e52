"""``kaochang demo``: a ready exam centre on localhost, with or without robots."""

from __future__ import annotations

import signal
import sys
from contextlib import ExitStack, suppress
from pathlib import Path

import click

from exam_server.auth import totp
from exam_server.clock import SystemClock
from exam_server.demo import plan
from exam_server.demo.children import Child, answers_within, robots_command
from exam_server.demo.day import play_once
from exam_server.demo.prepare import DemoState, prepare
from exam_server.demo.provinces import DEMOS, SHAANXI, demo_of
from exam_server.errors import Refusal
from exam_server.serving.command import command_of
from exam_server.serving.listening import Listening
from exam_server.settings import Settings, settings_for

HUMAN_SEATS = 54


@click.command()
@click.option("--port", default=8080, show_default=True, help="端口 · port")
@click.option("--robots", default=0, show_default=True, help="模拟考生人数 · simulated candidates")
@click.option(
    "--minutes",
    type=click.IntRange(1, 60),
    help="缩短的限时；无人值守且通知写明限时的，限时不变，模拟考生答得快 · shortened limit; "
    "with --once, where the notice states the limit, it stays and the robots are quicker",
)
@click.option("--once", is_flag=True, help="无人值守跑完整个考试日 · play the whole day, then exit")
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="状态目录，默认 demo-centre · where the state lives",
)
@click.option(
    "--profile",
    type=click.Choice(sorted(DEMOS)),
    default=SHAANXI.profile,
    show_default=True,
    help="哪个省的规则 · whose rules",
)
@click.option("--seed", default="demo", show_default=True, help="随机种子 · seed")
@click.option(
    "--code",
    is_flag=True,
    help="只显示演示账号现在的动态码 · the demo accounts' code of now, no more",
)
def demo(
    port: int,
    robots: int,
    minutes: int | None,
    once: bool,
    home: Path | None,
    profile: str,
    seed: str,
    code: bool,
) -> None:
    """演示考点：合成考生，可立即开考 · A demo centre, ready to start."""
    if code:
        click.echo(_code_now())
        return
    signal.signal(signal.SIGTERM, _leave)  # the children must not outlive this process
    if once:
        sys.exit(
            play_once(
                demo=demo_of(profile, day=True),
                port=port,
                robots=robots or 20,
                minutes=minutes or 1,
                seed=seed,
                home=home,
            )
        )
    settings = settings_for(home or Path("demo-centre"))
    state = prepare(
        settings,
        candidates=max(HUMAN_SEATS, robots + 4),
        minutes=minutes,
        seed=seed,
        start_in_minutes=10,
        demo=demo_of(profile),
    )
    listening = Listening("127.0.0.1", port)
    with ExitStack() as stack:
        server = stack.enter_context(Child(command_of(settings.home, listening)))
        if not answers_within(listening.url, server):
            raise Refusal("server_did_not_start", 500, {"port": port})
        _welcome(settings, state, listening)
        if robots:
            command = _robots_command(settings, state, listening, robots, seed)
            stack.enter_context(Child(command, quiet=True))
        with suppress(KeyboardInterrupt):
            server.wait()


def _leave(_number: int, _frame: object) -> None:
    raise SystemExit(0)


def _robots_command(
    settings: Settings, state: DemoState, listening: Listening, robots: int, seed: str
) -> list[str]:
    """From the last seats on, so that the first ones are free for people."""
    return robots_command(settings, state.main.people[-robots:], listening.url, seed)


def _code_now() -> str:
    """By the demo's own secret, which is printed; a real account's is nowhere to be told."""
    return totp.code_at(plan.FACTOR_SECRET, totp.step_at(SystemClock().now().wall_ms))


def _welcome(settings: Settings, state: DemoState, listening: Listening) -> None:
    url = listening.url
    limit = f"（限时缩短为 {state.minutes} 分钟 · shortened）" if state.minutes else ""
    seats = [(state.main.people[0], ""), *((room.people[-1], room.note) for room in state.rooms)]
    terminals = "\n".join(
        f"    {url}/?room={one['room']}&seat={one['seat']}\n"
        f"      准考证 · ticket {one['ticket']}   身份证 · ID {one['id_number']} {note}"
        for one, note in seats
    )
    click.echo(
        f"""
  考场 · 演示考点已启动{limit}
  状态目录 · state folder: {settings.home}

  考试机 · terminals
{terminals}
    其他考生 · the others: {settings.home}/roster-*.xlsx

  监考台 · console  {url}/console/
    chief 主考 · proctor 监考员 · admin 考点管理员 · authority 与 approver 考核机构
    口令 · password: {plan.PASSWORD}
    admin、authority 的动态码 · code: kaochang demo --code
      或绑定手机验证器 · or into an authenticator: {totp.secret_text(plan.FACTOR_SECRET)}
  开考口令 · bell code: {state.bell_code}
    chief 与 proctor 两人启封后开考 · two persons unseal, then ring the bell
  Ctrl+C 停止；再次 make demo 接着来 · stop with Ctrl+C, start again to resume
"""
    )
