"""Nothing needs the internet on the day (invariant 12)."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from question_bank.assembly.generated import generate
from question_bank.items.collection import Bank
from tests.builders.centre import prepare_centre
from tests.builders.exam_day import ExamDay, serving
from tests.builders.lan import lan_without_a_way_out, output_of, why_not
from tests.builders.profiles import blueprint_of, counted
from tests.builders.services import free_port

ROOT = Path(__file__).resolve().parents[2]
# What reaches a browser, as it is delivered.
DELIVERED = ("exam_client/static", "proctor_console/static", "proctor_console/templates")
FOREIGN = re.compile(
    r"""(?:\b(?:https?|wss?|ftp):)?//[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+[^\s"'`)]*"""
)
# Names of markup languages, and one sentence that a library would print for its programmers:
# nothing here is ever fetched.
NAMES_ONLY = (
    "http://www.w3.org/1998/Math/MathML",
    "http://www.w3.org/1999/xhtml",
    "http://www.w3.org/1999/xlink",
    "http://www.w3.org/2000/svg",
    "http://www.w3.org/XML/1998/namespace",
    "https://socket.io/docs/v3/migrating-from-2-x-to-3-0/",
)
FETCHERS = ("requests", "urllib.request", "http.client", "ftplib", "smtplib", "aiohttp", "httpx")
# Who plays the part of a person or a machine outside the centre.
OUTSIDERS = ("exam_client/robots", "exam_server/demo")


def delivered() -> Iterator[Path]:
    """Every file that a browser may be given."""
    for folder in DELIVERED:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and path.suffix not in (".png", ".woff2", ".ico"):
                yield path


def test_no_page_style_or_script_names_a_foreign_host() -> None:
    files = list(delivered())
    assert any(path.suffix == ".js" for path in files), "the front-end is not built"
    foreign = [
        f"{path.relative_to(ROOT)}: {found[:80]}"
        for path in files
        for found in FOREIGN.findall(path.read_text("utf-8"))
        if not found.startswith(NAMES_ONLY)
    ]
    assert foreign == []


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        ('<link href="https://fonts.example.com/css2?family=Noto">', True),
        ("@import url(//cdn.example.net/a.css);", True),
        ('new WebSocket("wss://push.example.org/x")', True),
        ('<script src="/assets/index-BdHCCll8.js">', False),
        ("location.protocol+'//'+location.host", False),
    ],
)
def test_the_search_for_foreign_hosts_finds_them(text: str, foreign: bool) -> None:
    assert bool(FOREIGN.search(text)) is foreign


def test_no_module_of_the_centre_can_fetch_anything() -> None:
    guilty = []
    for package in ("question_bank", "exam_server", "exam_client", "proctor_console"):
        for path in sorted((ROOT / package).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(OUTSIDERS):
                guilty += [f"{name}: {one}" for one in imported(path) if one.startswith(FETCHERS)]
    assert guilty == []


def imported(path: Path) -> Iterator[str]:
    """Full names of the modules a file imports."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_a_whole_day_in_a_network_without_a_way_out(tmp_path: Path) -> None:
    reason = why_not()
    if reason:
        pytest.skip(reason)
    profile = counted({"ethics": {"single": 5}, "theory": {"multiple": 5}})
    centre = prepare_centre(
        tmp_path,
        banks=[
            Bank(subject, generate(20, bytes(32), subject=subject).entries)
            for subject in ("ethics", "theory")
        ],
        blueprint=blueprint_of(profile),
        profile=profile,
        candidates=3,
        seed="lan",
        manner={"pace": 20.0, "manner": "hands_in"},
    )
    port = free_port()
    with (
        lan_without_a_way_out() as lan,
        serving(centre, port, host="0.0.0.0", address=lan.address, inside=lan.inside) as url,
    ):
        assert "default" not in output_of(lan, "ip", "route"), "this LAN has a way out"
        outside = "import socket; socket.create_connection(('192.0.2.1', 80), 2)"
        tried = subprocess.run(
            [*lan.inside, sys.executable, "-c", outside], capture_output=True, check=False
        )
        assert b"unreachable" in tried.stderr
        day = ExamDay(centre, url, inside=lan.inside)
        day.play()
        for path in ("/", "/console/login"):
            policy = policy_of(url + path)
            assert re.search(r"default-src '(self|none)'", policy)
            hosts = set(re.findall(r"//([^/\s;]+)", policy))
            assert hosts <= {f"{lan.address}:{port}"}
        assert day.verified()["findings"] == []
        assert len(day.results) == 3


def policy_of(url: str) -> str:
    """What a page allows a browser to load."""
    with requests.Session() as http:
        http.trust_env = False
        return http.get(url, timeout=30).headers["Content-Security-Policy"]
