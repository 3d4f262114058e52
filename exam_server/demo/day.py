"""A whole exam day without a person: unseal, bell, answers, hand-ins, scores, line, proof."""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from exam_server.cli.output import say
from exam_server.demo import plan
from exam_server.demo.afterwards import Office
from exam_server.demo.children import Child, answers_within, robots_command
from exam_server.demo.plan import Demo
from exam_server.demo.prepare import DemoState, prepare
from exam_server.demo.staff import StaffBrowser, account_for_all
from exam_server.errors import Refusal
from exam_server.profiles.profile import Profile
from exam_server.room.actions.check_in import late_limit_minutes
from exam_server.serving.command import command_of
from exam_server.serving.listening import Listening
from exam_server.settings import Settings, settings_for

NEVER_ARRIVE = 2  # so that the day has absent candidates to account for
_BLANKS_EVERY = 10  # of the candidates who hurry, who leaves blanks
_PATIENCE_SECONDS = 120.0


def play_once(
    *, demo: Demo, port: int, robots: int, minutes: int, seed: str, home: Path | None
) -> int:
    """Play the day on ``port`` in ``home`` (a temporary folder when None); the exit code."""
    with ExitStack() as stack:
        folder = home or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kaochang-")))
        settings = settings_for(folder)
        limit = demo.limit_within(minutes)
        state = prepare(
            settings,
            # nobody is absent before the late limit: of a whole hour that is half an hour away
            candidates=robots if limit is None else robots + NEVER_ARRIVE,
            minutes=limit,
            seed=seed,
            start_in_minutes=1,
            demo=demo,
        )
        listening = Listening("127.0.0.1", port)
        server = stack.enter_context(Child(command_of(settings.home, listening), quiet=True))
        if not answers_within(listening.url, server):
            raise Refusal("server_did_not_start", 500, {"port": port})
        day = _Day(demo, settings, state, listening.url, robots, minutes, seed)
        return day.play()


def hurrying(people: list[dict[str, Any]], pace: float) -> list[dict[str, Any]]:
    """The robots' list, each ``pace`` times faster than a person; nobody waits for the end."""
    return [
        {
            **person,
            "pace": pace,
            "manner": "leaves_blanks" if number % _BLANKS_EVERY == 0 else "hands_in",
        }
        for number, person in enumerate(people, start=1)
    ]


class _Day:
    def __init__(
        self,
        demo: Demo,
        settings: Settings,
        state: DemoState,
        url: str,
        robots: int,
        minutes: int,
        seed: str,
    ) -> None:
        self._demo, self._settings, self._state, self._url = demo, settings, state, url
        self._robots, self._minutes, self._seed = robots, minutes, seed
        self._rung_at = 0.0
        self._chief = StaffBrowser(url, "chief", plan.PASSWORD)

    def play(self) -> int:
        office = self._office()
        office.print_tickets()
        people = self._people()
        command = robots_command(self._settings, people, self._url, self._seed)
        with Child(command, quiet=True) as robots:
            self._open()
            self._watch(robots)
        self._account_for_all()
        self._chief.post(f"/api/sittings/{self._state.main.sitting_id}/close")
        say("本场结束，人人有着落。", "closed: everyone is accounted for")
        _wait("计分 · scoring", lambda: self._board()["sitting"]["state"] == "scored")
        office.decide(self._robots)
        return self._export_and_verify()

    def _people(self) -> list[dict[str, Any]]:
        people = self._state.main.people[: self._robots]
        if self._state.minutes is not None:
            return people
        (limit,) = {subject.minutes for _, _, subject in self._rules().ordered}
        say(
            f"限时按通知：{limit} 分钟；模拟考生每科约 {self._minutes} 分钟内提前交卷。",
            f"the notice's own limit of {limit} minutes; the robots hand in early",
        )
        return hurrying(people, limit / self._minutes)

    def _open(self) -> None:
        sitting_id = self._state.main.sitting_id
        self._chief.unseal(sitting_id, self._state.bell_code)
        say("已启封：主考李敏、监考员张华。", "unsealed by two persons")
        _wait(
            "考生签到 · candidates checked in",
            lambda: self._board()["counts"]["waiting"] >= self._robots,
        )
        self._chief.ring(sitting_id)
        self._rung_at = time.monotonic()
        say(f"开考：{self._robots} 名考生。", "the bell has rung")

    def _watch(self, robots: Child) -> None:
        limit = len(self._rules().ordered) * self._minutes * 60
        with click.progressbar(length=self._robots, label="作答 · answering") as bar:
            ends = time.monotonic() + limit + _PATIENCE_SECONDS
            done = 0
            while robots.running and time.monotonic() < ends:
                submitted = self._board()["counts"]["submitted"]
                bar.update(submitted - done)
                done = submitted
                time.sleep(1)
        if robots.wait(_PATIENCE_SECONDS) != 0:
            raise SystemExit("模拟考生没有全部考完 · not every robot finished")
        say("全部交卷或到时自动交卷。", "everybody has handed in or run out of time")

    def _rules(self) -> Profile:
        return self._demo.rules(self._demo.rooms[0], self._state.minutes)

    def _account_for_all(self) -> None:
        limit = late_limit_minutes(self._rules())
        if len(self._state.main.people) > self._robots:
            _wait(
                "迟到时限 · nobody is absent before the late limit",
                lambda: time.monotonic() - self._rung_at > limit * 60 + 1,
            )
        done = account_for_all(self._chief, self._state.main.sitting_id, "演示：收场核对")
        absent = done.pop("not_arrived", 0)
        say(f"缺考 {absent} 人，已登记。", f"{absent} absent, recorded")
        if done:
            unclear = sum(done.values())
            say(
                f"白卷、失联等 {unclear} 项，已说明。",
                f"{unclear} blank or lost, explained",
            )

    def _office(self) -> Office:
        out = self._settings.home / "out"
        return Office(self._url, self._demo, self._state.main, self._rules(), out)

    def _export_and_verify(self) -> int:
        out, sitting = self._settings.home / "out", self._state.main.sitting_id
        home = ("--home", str(self._settings.home))
        kaochang = (sys.executable, "-m", "exam_server")
        subprocess.run(  # noqa: S603
            [*kaochang, "export", sitting, *home, "--out", str(out)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        click.echo(_table((out / f"results-{sitting}.csv").read_text("utf-8-sig")))
        journal = out / f"journal-{sitting}.zip"
        scoring = self._settings.home / "authority" / "scoring.json"
        proof = subprocess.run(  # noqa: S603
            [*kaochang, "verify", str(journal), "--scoring", str(scoring)], check=False
        )
        return proof.returncode

    def _board(self) -> Any:
        return self._chief.board(self._state.main.sitting_id)


def _wait(what: str, done: Callable[[], bool]) -> None:
    ends = time.monotonic() + _PATIENCE_SECONDS
    while not done():
        if time.monotonic() > ends:
            raise SystemExit(f"等不到：{what} · gave up waiting for it")
        time.sleep(0.3)


def _table(text: str) -> str:
    """The csv as an aligned table of its most telling columns."""
    rows = list(csv.reader(text.splitlines()))
    wanted = [
        at
        for at, name in enumerate(rows[0])
        if any(word in name for word in ("准考证", "姓名", "成绩", "得分", "合计", "状态", "结论"))
    ]

    def width(cell: str) -> int:
        return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in cell)

    cells = [[row[at] for at in wanted] for row in rows]
    widths = [max(width(row[at]) for row in cells) for at in range(len(wanted))]
    return "\n".join(
        "  ".join(cell + " " * (widths[at] - width(cell)) for at, cell in enumerate(row)).rstrip()
        for row in cells
    )
