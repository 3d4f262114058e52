"""A centre made by typing: every step of the days before an exam, through the command line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

import question_bank.demo as demo_bank
from exam_server.cli import main
from exam_server.desk.roster_file import write_roster
from exam_server.desk.rules.roster_row import RosterRow
from exam_server.desk.synthetic import Kind, Place, synthetic_roster
from exam_server.profiles.profile import load

BANKS = Path(demo_bank.__file__).parent
PASSWORD = "typed-at-the-centre"
EXAM = "2026 年度考核"
PLAN = (
    'exam = "2026 年度考核"\n'
    + "".join(
        f'[[forms]]\nsubject = "{subject}"\ntrade = "{trade}"\nlevel = "{level}"\n'
        'full_mark = "6"\n'
        '[[forms.sections]]\ntype = "single"\ncount = 4\n'
        '[[forms.sections]]\ntype = "multiple"\ncount = 2\n'
        for subject, trade, level in (("ethics", "*", "*"), ("theory", "汽车驾驶员", "L3"))
    )
)  # fmt: skip


def typed(*arguments: str, home: Path | None = None, answers: str | None = None) -> Result:
    """What a command answers; ``answers``: what is typed when it asks."""
    place = ("--home", str(home)) if home else ()
    return CliRunner().invoke(main, [*arguments, *place], input=answers, prog_name="kaochang")


def done(*arguments: str, home: Path | None = None) -> dict[str, Any]:
    """The JSON of a command that must succeed, the only thing on its standard output."""
    result = typed(*arguments, "--json", home=home)
    assert result.exit_code == 0, (result.stdout, result.stderr)
    answer: dict[str, Any] = json.loads(result.stdout)
    assert answer["ok"] is True
    return answer


def refused(*arguments: str, home: Path | None = None) -> dict[str, Any]:
    """The JSON of a command that must refuse."""
    result = typed(*arguments, "--json", home=home)
    assert result.exit_code == 1, (result.stdout, result.stderr)
    answer: dict[str, Any] = json.loads(result.stdout)
    assert answer["ok"] is False
    error: dict[str, Any] = answer["error"]
    assert error["zh"]
    assert error["en"]
    return error


def roster_file(folder: Path, people: list[RosterRow]) -> str:
    """These people as a workbook; its path."""
    path = folder / "roster.xlsx"
    path.write_bytes(write_roster(load("shaanxi-2024"), people))
    return str(path)


def some_people(count: int = 3) -> list[RosterRow]:
    """Synthetic candidates of room 02."""
    return synthetic_roster(
        count,
        places=[Place("02", tuple(range(1, 20)))],
        kinds=[Kind("汽车驾驶员", "L3")],
        seed="typed",
        on=date(2026, 6, 20),
    )


@dataclass(frozen=True, slots=True)
class Typed:
    """What the commands have given."""

    folder: Path
    home: Path
    sitting: str
    answers: dict[str, dict[str, Any]]


def make(folder: Path) -> Typed:
    """From ``init`` to a sitting that is ready."""
    home, bank = folder / "centre", ("--bank-file", str(folder / "authority" / "bank.sqlite"))
    keys = ("--keys", str(folder / "authority-keys"))
    answers: dict[str, dict[str, Any]] = {}

    def step(name: str, *arguments: str, at: Path | None = home) -> dict[str, Any]:
        answers[name] = done(*arguments, home=at)
        return answers[name]

    step("init", "init", "--name", "第一考点", "--password", PASSWORD)
    step("staff", "staff", "add", "chief", "--name", "李敏", "--role", "chief_proctor",
         "--password", PASSWORD)  # fmt: skip
    step("exam", "exam", "create", EXAM, "--profile", "shaanxi-2024", "--year", "2026",
         "--mode", "trial", "--set", "subjects.theory.minutes=30")  # fmt: skip
    sitting = step("sitting", "sitting", "plan", "上午第 1 场", "--exam", EXAM, "--centre",
                   "第一考点", "--room", "02", "--rows", "2", "--columns", "10", "--spare", "20",
                   "--start", "2026-06-20T09:00")["sitting"]  # fmt: skip
    step("roster", "roster", "import", roster_file(folder, some_people()), "--exam", EXAM)
    for name in ("ethics", "driver"):
        step(name, "bank", "import", str(BANKS / f"{name}.csv"), *bank, *keys, at=None)
    (folder / "plan.toml").write_text(PLAN, "utf-8")
    step("pack", "pack", "--blueprint", str(folder / "plan.toml"), "--recipient",
         answers["init"]["recipient"], "--out", str(folder / "day.kcp"), "--scoring",
         str(folder / "scoring.json"), *bank, *keys, at=None)  # fmt: skip
    step("preflight", "preflight", str(folder / "day.kcp"))
    step("package", "package", "import", str(folder / "day.kcp"))
    step("ready", "sitting", "ready", sitting)
    return Typed(folder, home, sitting, answers)
