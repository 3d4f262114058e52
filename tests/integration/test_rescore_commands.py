"""A key is corrected by typing at the authority's machine, from the proposal to the proof."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bench import province
from exam_server import keys as centre_keys
from exam_server.auth import totp
from exam_server.auth.actions import create_staff
from exam_server.auth.identity import Role
from exam_server.bootstrap import open_centre
from exam_server.cli import main
from exam_server.clock import SystemClock
from exam_server.demo import plan
from exam_server.demo.prepare import give_factors
from exam_server.settings import settings_for
from question_bank.items.key import digest, from_builtins
from tests.builders.sat_paper import SatPaper, sit_paper

PEOPLE = (
    ("authority", Role.AUTHORITY),
    ("approver", Role.AUTHORITY),
    ("director", Role.AUTHORITY),
    ("custodian", Role.CHIEF_PROCTOR),
)


class Machine:
    """The authority's machine with sixty people scored; everything by typing."""

    def __init__(self, home: Path) -> None:
        self.home = home
        settings = settings_for(home)
        settings.make_folders()
        centre_keys.create(settings.keys)
        province.fill(home / "data" / "kaochang.sqlite3", candidates=60, seed=3)
        here = open_centre(settings)
        made = [
            here.store.write(
                lambda tx, login=login, role=role: create_staff(  # type: ignore[misc]
                    tx, login=login, name=login, role=role, password=plan.PASSWORD
                )
            )
            for login, role in PEOPLE
        ]
        give_factors(here, made)
        self.paper: SatPaper = sit_paper(here, seed=5, singles=6, multiples=4)
        here.store.close()
        self._used: dict[str, int] = {}

    def answers(self, login: str) -> tuple[str, str]:
        """The password, and a code of theirs not used yet that is good for half a minute at least,
        however slow the machine: so each of them has two at most."""
        now = totp.step_at(SystemClock().now().wall_ms)
        step = self._used[login] = max(now, self._used.get(login, 0) + 1)
        return plan.PASSWORD, totp.code_at(plan.FACTOR_SECRET, step)

    def type(self, *words: str, answers: tuple[str, ...] = (), ok: bool = True) -> dict[str, Any]:
        """``kaochang rescore …``; what it says as JSON."""
        ran = CliRunner().invoke(
            main,
            ["rescore", *words, "--home", str(self.home), "--json"],
            input="\n".join(answers) + "\n",
        )
        said: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
        assert said["ok"] is ok, said
        return said


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "office")


def test_a_correction_by_typing(machine: Machine, tmp_path: Path) -> None:
    paper = machine.paper
    what = f"{paper.form_id}/{paper.item}=accept:{paper.letters}"
    proposed = machine.type(
        *("propose", "--exam", "全省工考", "--item", what, "--reason", "两个选项都对"),
        *("--as", "authority"),
        answers=machine.answers("authority"),
    )
    correction = proposed["correction"]
    assert [one["state"] for one in machine.type("list", "--exam", "全省工考")["corrections"]] == [
        "proposed"
    ]
    tried = machine.type(
        *("try", correction, "--as", "authority", "--second", "custodian"),
        answers=(*machine.answers("authority"), plan.PASSWORD, "", paper.bell_code),
    )["correction"]
    effects = tried["card"]["effects"]
    assert effects["raised"] > 0
    assert effects["lowered"] == 0
    assert effects["attempts"] == effects["raised"] + effects["same"]
    machine.type("show", correction, "--out", str(tmp_path / "table.csv"))
    table = list(csv.reader(io.StringIO((tmp_path / "table.csv").read_text("utf-8-sig"))))
    assert len(table) == effects["attempts"] + 1
    assert {row[9] for row in table[1:]} == {"0", "1"}
    for login, applied in (("approver", False), ("director", True)):
        approved = machine.type(
            "approve", correction, "--as", login, answers=machine.answers(login)
        )
        assert approved["applied"] is applied
    sealed = tmp_path / "scoring.json"
    sealed.write_text(json.dumps(paper.scoring))
    machine.type("key", correction, "--scoring", str(sealed), "--out", str(tmp_path / "2.json"))
    entries = json.loads((tmp_path / "2.json").read_bytes())
    shown = machine.type("show", correction)["correction"]
    assert (
        digest(from_builtins(paper.form_id, entries[paper.form_id]))
        == (shown["keys"][paper.form_id][1])
    )
    nobody = machine.type(
        *("late", "--as", "approver", "--second", "custodian"),
        answers=(*machine.answers("approver"), plan.PASSWORD, ""),
        ok=False,
    )
    assert nobody["error"]["code"] == "late_nobody", "everybody was scored by the correction"
    again = machine.type("show", correction, "--out", str(tmp_path / "table.csv"), ok=False)
    assert again["error"]["code"] == "file_exists"
