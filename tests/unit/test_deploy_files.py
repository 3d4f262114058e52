"""What ``deploy/`` ships names things that exist: settings, commands, options, files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from exam_server import doors, settings
from exam_server.cli import main
from exam_server.proxies import networks
from exam_server.serving.stopping import LET_GO_SECONDS, MASTER_WAITS_SECONDS
from proctor_console.api import intake
from proctor_console.authority.intake import MOST_BYTES as PACKAGE
from proctor_console.authority.release import MOST_QUOTA_BYTES
from proctor_console.authority.votes import MOST_BYTES as VOTES
from proctor_console.centre.practical import MOST_BYTES as PRACTICAL
from proctor_console.frame.uploads import MOST_FILE_BYTES

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
    assert values["KAOCHANG_ROLE"] in settings.ROLES


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_the_command_with_options_it_has(unit: Path) -> None:
    text = unit.read_text("utf-8")
    (start,) = re.findall(r"^ExecStart=/opt/kaochang/bin/kaochang serve (.*)$", text, re.M)
    has = {option for one in main.commands["serve"].params for option in one.opts}
    assert set(re.findall(r"--[a-z-]+", start)) <= has
    for line in ("NoNewPrivileges=true", "ProtectSystem=strict", "UMask=0077", "Restart=always"):
        assert line in text


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_waits_longer_than_the_server_itself(unit: Path) -> None:
    """Else it would kill what still writes."""
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", unit.read_text("utf-8"), re.M)
    assert int(seconds) > MASTER_WAITS_SECONDS + LET_GO_SECONDS


def test_nginx_lets_through_what_the_server_takes() -> None:
    text = (DEPLOY / "nginx" / "kaochang.conf").read_text("utf-8")
    (everywhere,) = re.findall(r"^    client_max_body_size +(\d+)k;$", text, re.M)
    assert int(everywhere) * 1024 == doors.MOST_BODY_BYTES
    for place, most in (
        ("/console/", max(MOST_FILE_BYTES, PRACTICAL, PACKAGE, VOTES, MOST_QUOTA_BYTES)),
        ("/api/v1/", intake.MOST_BYTES),
    ):
        (body,) = re.findall(rf"location {place} {{(.*?)}}", text, re.S)
        (megabytes,) = re.findall(r"client_max_body_size +(\d+)m;", body)
        assert int(megabytes) << 20 == most
        assert "proxy_request_buffering off;" in body  # no name in a file of the proxy
        assert "proxy_set_header" not in body  # it would lose those of the server


def test_both_units_are_hardened_alike() -> None:
    tails = {unit.read_text("utf-8").split("UMask=0077")[1] for unit in UNITS}
    assert len(UNITS) == 2
    assert len(tails) == 1
