"""A short exam through the nginx and the HAProxy that ``deploy/`` ships, one server dying."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from exam_client.robots.client import Terminal
from exam_server.clock import SystemClock, utc
from exam_server.demo import plan
from exam_server.demo.staff import StaffBrowser
from exam_server.doors import MOST_BODY_BYTES
from exam_server.serving.listening import Listening
from exam_server.upkeep.certificates import CA_CERT, issue_server
from tests.builders import proxies
from tests.builders.services import Postgres, ServiceMissingError, free_port, running_redis
from tests.faults import audit
from tests.faults.room import Room, served_room

pytestmark = pytest.mark.faults
ROBOTS = 8


def _missing() -> str | None:
    try:
        proxies.program("nginx")
        proxies.program("haproxy")
    except ServiceMissingError as missing:
        return str(missing)
    return None


@dataclass(slots=True)
class Site:
    """``room`` speaks http for nginx, ``other`` and ``third`` https for HAProxy."""

    room: Room
    other: Room
    nginx: str
    haproxy: str
    ca: str


@pytest.fixture
def site(postgres: Postgres, tmp_path: Path, seed: int) -> Iterator[Site]:
    """Four servers of one centre: two behind each proxy."""
    if why := _missing():
        pytest.skip(why)
    home, trusted = tmp_path / "home", {"KAOCHANG_TRUSTED_PROXIES": "127.0.0.1"}
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(postgres.database())
        redis = stack.enter_context(running_redis())
        room = stack.enter_context(
            served_room(
                home, url, robots=ROBOTS, seed=seed, environment=trusted, redis_url=redis.url
            )
        )
        tls = tmp_path / "tls"
        tls.mkdir(mode=0o700)
        ca = room.settings.keys / CA_CERT
        made = issue_server(
            room.settings.keys, ["localhost", "127.0.0.1"], utc(SystemClock().now()), tls
        )
        (tls / "ca.pem").write_bytes(ca.read_bytes())
        (tls / "proxy.pem").write_bytes(b"".join(path.read_bytes() for path in made))

        def more(listening: Listening) -> Room:
            one = Room(
                room.settings,
                room.state,
                room.sitting_id,
                room.people,
                trusted,
                listening=listening,
                trusted=str(ca),
            )
            stack.callback(one.end)
            one.start()
            return one

        other = more(Listening("127.0.0.1", free_port()))
        secure = more(Listening("127.0.0.1", free_port(), *made))
        plain_ports = [room.listening.port, other.listening.port]
        for name in ("nginx", "haproxy"):
            (tmp_path / name).mkdir()
        nginx = stack.enter_context(proxies.nginx(tmp_path / "nginx", tls, plain_ports))
        secure_ports = [secure.listening.port, free_port()]  # its second machine is down
        haproxy = stack.enter_context(proxies.haproxy(tmp_path / "haproxy", tls, secure_ports))
        yield Site(
            room, other, f"https://127.0.0.1:{nginx}", f"https://127.0.0.1:{haproxy}", str(ca)
        )


def test_an_exam_through_nginx_and_haproxy(site: Site, seed: int) -> None:
    room = site.room
    _what_a_browser_sees(site)
    _what_staff_and_other_systems_bring(site)
    people = [{**one, "pace": 10.0, "manner": "hands_in"} for one in room.people]
    with contextlib.ExitStack() as stack:
        running = [
            stack.enter_context(room.robots(people[half::2], str(seed), name, url, site.ca))
            for half, (name, url) in enumerate(
                [("by-nginx", site.nginx), ("by-haproxy", site.haproxy)]
            )
        ]
        room.until_waiting(ROBOTS)
        room.unseal()
        room.ring()
        room.until(lambda board: board["counts"]["answering"] > ROBOTS // 2, "they answer")
        assert site.other.server is not None
        os.killpg(site.other.server.pid, signal.SIGKILL)  # nginx goes on with the first
        for robots in running:
            assert robots.wait(120) == 0, (room.settings.home / "by-nginx.log").read_text()[-2000:]
    record, ledger = audit.read_record(room.close_and_export()), audit.read_ledger(room)
    assert len(ledger) > 20 * ROBOTS
    assert audit.lost_or_altered(ledger, record) == []
    assert audit.not_the_newest(ledger, record) == []
    assert record.outages == []
    status, report = audit.verification(room, record)
    assert status == 0, report


def _what_staff_and_other_systems_bring(site: Site) -> None:
    """Files larger than a terminal may send reach the server: it is the one that answers."""
    large = os.urandom(3 * MOST_BODY_BYTES)
    for url in (site.nginx, site.haproxy):
        admin = StaffBrowser(url, "admin", plan.PASSWORD, ca=site.ca)
        with pytest.raises(RuntimeError, match=": 422 "):  # read, and found to be no list
            admin.send_form("/bars", {"source": "省厅", "reason": "x"}, {"file": ("a.xlsx", large)})
        rosters = f"{url}/api/v1/exams/{site.room.sitting_id}/roster"
        assert _sent(rosters, large, site.ca).json()["type"] == "token_unknown"
    assert _sent(f"{site.nginx}/api/login", large, site.ca).status_code == 413


def _sent(url: str, body: bytes, ca: str) -> requests.Response:
    with requests.Session() as caller:
        caller.verify, caller.trust_env = ca, False
        return caller.post(url, data=body, timeout=30)


def _what_a_browser_sees(site: Site) -> None:
    """Cookies are Secure, another page's origin is refused, a claim of a stranger is nothing."""
    for url in (site.nginx, site.haproxy):
        with requests.Session() as browser:
            browser.verify, browser.trust_env = site.ca, False
            # as a browser does when a kept connection is closed before it has answered: on a busy
            # machine a proxy takes a server for dead and hangs up
            once_more = Retry(1, allowed_methods=None, respect_retry_after_header=False)
            browser.mount("https://", HTTPAdapter(max_retries=once_more))
            page = browser.get(f"{url}/console/login", timeout=30)
            assert page.status_code == 200
            assert "Strict-Transport-Security" in page.headers
            cookies = page.headers["Set-Cookie"]
            assert "Secure" in cookies
            assert "__Host-" in cookies
            health = browser.get(f"{url}/healthz", timeout=30).json()
            assert health["saving"] is True
            person = site.room.people[0]
            body = {key: person[key] for key in ("ticket", "room", "seat")}
            answer = browser.post(
                f"{url}/api/login",
                json={**body, "id_number": "x", "terminal_id": "t"},
                headers={"X-Kaochang": "1", "Origin": url},
                timeout=30,
            )
            assert answer.json()["type"] == "login_unknown"
            answer = browser.post(
                f"{url}/api/login",
                json={**body, "id_number": "x", "terminal_id": "t"},
                headers={"X-Kaochang": "1", "Origin": url.replace("https", "http")},
                timeout=30,
            )
            assert answer.json()["type"] == "foreign_page"
    assert Terminal(site.room.url, "t").call("GET", "/api/seat?room=03")["room"] == "03"
