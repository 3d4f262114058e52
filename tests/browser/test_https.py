"""A terminal on the LAN: https under the centre's own CA, on an address that is not localhost.

``http://127.0.0.2`` counts as secure in a browser and would prove nothing; so would a browser
told to ignore certificate errors. The CA is installed as the kiosk set-up does it.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from playwright.sync_api import BrowserContext, Playwright, expect

from exam_server.logs.setup import FILE
from tests.browser.centre import ENVIRONMENT, BrowserCentre
from tests.browser.console import Console
from tests.browser.terminal import Terminal
from tests.builders.services import ROOT, stop, wait_for_port
from tests.builders.waiting import wait_until

SPARE_ADDRESS = "10.213.57.1"


@contextmanager
def lan_address() -> Iterator[str]:
    """An address of this machine other than localhost; one is added where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: asks which address would be used
            address = str(probe.getsockname()[0])
        except OSError:
            address = "127.0.0.1"
    if not address.startswith("127."):
        yield address
        return
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("this machine has no address but localhost, and only root can add one")
    place = (f"{SPARE_ADDRESS}/32", "dev", "lo")
    subprocess.run(["ip", "addr", "add", *place], check=True)
    try:
        yield SPARE_ADDRESS
    finally:
        subprocess.run(["ip", "addr", "del", *place], check=True)


@contextmanager
def served(centre: BrowserCentre, address: str) -> Iterator[None]:
    """``kaochang serve`` as a centre runs it: nothing said about http or certificates."""
    arguments = ["serve", "--home", str(centre.settings.home)]
    arguments += ["--host", address, "--port", str(centre.port)]
    running = subprocess.Popen(
        [sys.executable, "-m", "exam_server", *arguments],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for_port(centre.port, running, 60, address)
        yield
    finally:
        stop(running)


def trust(home: Path, authority: Path) -> None:
    """The centre's CA in the browser's certificate store, as the kiosk set-up puts it there."""
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    certificate = str(authority)
    for command in (
        ["certutil", "-N", "--empty-password", "-d", f"sql:{store}"],
        [
            "certutil",
            "-A",
            "-d",
            f"sql:{store}",
            "-n",
            "kaochang",
            "-t",
            "C,,",
            "-i",
            certificate,
        ],
    ):
        subprocess.run(command, check=True, capture_output=True)


def open_browser(playwright: Playwright, chromium: Path, home: Path) -> BrowserContext:
    """A kiosk's browser; its home holds its certificate store."""
    return playwright.chromium.launch_persistent_context(
        home / "profile",
        executable_path=chromium,
        args=["--no-sandbox"],
        env={**os.environ, "HOME": str(home)},
        viewport={"width": 1366, "height": 768},
    )


@pytest.mark.skipif(shutil.which("certutil") is None, reason="needs certutil (libnss3-tools)")
def test_a_reload_on_the_lan_works_while_the_server_is_down(
    playwright: Playwright, chromium: Path, tmp_path: Path
) -> None:
    centre = BrowserCentre(tmp_path / "centre", candidates=2)
    home = tmp_path / "kiosk"
    trust(home, centre.settings.keys / "ca.pem")
    with lan_address() as address:
        url = f"https://{address}:{centre.port}"
        context = open_browser(playwright, chromium, home)
        terminal = Terminal(context, url)
        with served(centre, address):
            terminal.come_in(centre.room.people[0])
            secure = "isSecureContext && crypto.subtle !== undefined"
            assert terminal.page.evaluate(secure) is True
            terminal.worker_ready()
            console = Console(context, url)
            console.unseal(centre.room.sitting_id, centre.state.bell_code)
            console.act("room-start")
            terminal.sees("answer")
            terminal.answer(1, "A")
            terminal.answer(99, "BC")
            terminal.all_saved()
            assert all(
                one["secure"] for one in context.cookies(url) if one["name"] == "__Host-kc_terminal"
            )
            console.page.close()

        terminal.page.reload()
        terminal.sees("answer")
        assert terminal.number == 99
        assert terminal.chosen() == terminal.answers[terminal.item]
        terminal.answer(2, "D")
        terminal.reopen()
        terminal.sees("answer")
        terminal.answer(100, "AD")
        expect(terminal.at("offline-banner")).to_be_visible(timeout=20_000)

        with served(centre, address):
            terminal.all_saved(40)
            assert terminal.server_answers() == terminal.answers
            assert terminal.complaints == []
            context.close()


def test_who_comes_without_tls_is_noted_and_no_error(tmp_path: Path) -> None:
    """A probe of the port, somebody who types http, and half a handshake."""
    centre = BrowserCentre(tmp_path / "centre", candidates=1)
    log = centre.settings.home / "log" / FILE
    with lan_address() as address, served(centre, address):
        for said in (b"", b"GET / HTTP/1.1\r\nHost: centre\r\n\r\n", b"\x16\x03\x01\x02\x00\x01"):
            with socket.create_connection((address, centre.port), timeout=10) as line:
                line.sendall(said)
        authority = centre.settings.keys / "ca.pem"
        url = f"https://{address}:{centre.port}/healthz"
        assert requests.get(url, verify=str(authority), timeout=30).status_code == 200
        wait_until("a note of each", lambda: log.read_text().count('"no_tls"') >= 3)
        assert '"error"' not in log.read_text()
