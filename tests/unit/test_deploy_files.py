"""What ``deploy/`` ships names things that exist: settings, commands, options, files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from exam_server import settings
from exam_server.cli import main
from exam_server.proxies import networks

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
UNITS = sorted(DEPLOY.glob("systemd/*.service"))
OWN = {"KAOCHANG_WORKERS", "KAOCHANG_DATABASE_PASSWORD", "KAOCHANG_HOME"}  # of the files themselves


def test_every_setting_is_one_that_the_program_reads() -> None:
    known = set(re.findall(r"KAOCHANG_[A-Z_]+", Path(settings.__file__).read_text("utf-8")))
    for file in DEPLOY.rglob("*"):
        if file.is_file():
            named = set(re.findall(r"KAOCHANG_[A-Z_]+", file.read_text("utf-8")))
            assert named <= known | OWN, f"{file.name}: {named - known - OWN}"


def test_the_environment_file_can_be_used_as_it_is() -> None:
    lines = (DEPLOY / "kaochang.env").read_text("utf-8").splitlines()
    values = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert networks(values["KAOCHANG_TRUSTED_PROXIES"].split(","))
    assert int(values["KAOCHANG_WORKERS"]) > 1
    assert values["KAOCHANG_DATABASE_URL"].startswith("postgresql://")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_the_command_with_options_it_has(unit: Path) -> None:
    text = unit.read_text("utf-8")
    (start,) = re.findall(r"^ExecStart=/opt/kaochang/bin/kaochang serve (.*)$", text, re.M)
    has = {option for one in main.commands["serve"].params for option in one.opts}
    assert set(re.findall(r"--[a-z-]+", start)) <= has
    for line in ("NoNewPrivileges=true", "ProtectSystem=strict", "UMask=0077", "Restart=always"):
        assert line in text


def test_both_units_are_hardened_alike() -> None:
    tails = {unit.read_text("utf-8").split("UMask=0077")[1] for unit in UNITS}
    assert len(UNITS) == 2
    assert len(tails) == 1
