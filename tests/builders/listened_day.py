"""A whole exam day, listened to: files, wire and log, before the bell and after it."""

from __future__ import annotations

import json
import os
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from exam_client.robots.client import Refused
from exam_server import keys as centre_keys
from exam_server.demo.staff import StaffBrowser
from exam_server.errors import Refusal
from question_bank.canonical import canonical
from question_bank.sealing import bell_code, opening, package
from tests.builders import seeds
from tests.builders.centre import PASSWORD, PreparedCentre, prepare_centre
from tests.builders.exam_day import ExamDay, OwnTerminal, kaochang, server_log, serving
from tests.builders.profiles import blueprint_of, counted
from tests.builders.secrets import (
    Marked,
    files_below,
    marked_bank,
    spellings,
    spellings_of_bytes,
)
from tests.builders.services import free_port
from tests.builders.wiretap import Wiretap, tapped

ROOT = Path(__file__).resolve().parents[2]
STATIC = {
    "": ROOT / "exam_client" / "static",
    "console/static": ROOT / "proctor_console" / "static",
}
COUNT = 4
EXAMS = int(os.environ.get("KAOCHANG_CANARY_EXAMS", "4"))  # `make canaries` listens to more


@dataclass
class Moment:
    """All that could be seen at one time."""

    files: dict[str, bytes] = field(repr=False)
    answers: dict[str, bytes] = field(repr=False)
    requests: dict[str, bytes] = field(repr=False)
    log: dict[str, bytes] = field(repr=False)
    held_secrets: int

    @property
    def everywhere(self) -> dict[str, bytes]:
        """Disk, wire and log together."""
        return {**self.files, **self.answers, **self.requests, **self.log}


@dataclass
class Watched:
    """The day. ``papers``: what a terminal could read after decrypting; ``tried``: status codes
    of what a terminal asked for although it may not have it."""

    centre: PreparedCentre
    banks: tuple[Marked, ...] = field(repr=False)
    stages: list[dict[str, Any]] = field(repr=False)
    before: Moment = field(repr=False)
    after: Moment = field(repr=False)
    papers: dict[str, bytes] = field(repr=False)
    tried: dict[str, int]

    @property
    def shown(self) -> list[set[bytes]]:
        """Stems, options and descriptions of figures."""
        return [spellings(word) for bank in self.banks for word in bank.shown]

    @property
    def hidden(self) -> list[set[bytes]]:
        """What belongs to the authority: reasons, sources, topics, the bank's ids."""
        return [spellings(word) for bank in self.banks for word in bank.hidden]

    @property
    def sealed(self) -> package.SealedPackage:
        """The package as it was brought."""
        return package.from_bytes(self.centre.packed.data)

    @property
    def opened(self) -> opening.OpenedContent:
        """The secrets that unsealing puts into memory."""
        keys = centre_keys.load(self.centre.settings.keys)
        return opening.open_content_keys(self.sealed, keys.hpke, self.centre.packed.bell_code)

    @property
    def key_bytes(self) -> list[set[bytes]]:
        """The scoring keys themselves: plaintext, salts, and the secret that opens them."""
        keys = self.centre.scoring
        salts = [spellings(key["salt"]) for key in keys.values()]
        plain = [{canonical(key["items"])} for key in keys.values()]
        return [*salts, *plain, spellings_of_bytes(self.opened.scoring_secret)]

    @property
    def content_keys(self) -> list[set[bytes]]:
        """What opens the forms."""
        return [spellings_of_bytes(key) for key in self.opened.content_keys.values()]

    @property
    def bell_code(self) -> list[set[bytes]]:
        """The code as printed, as typed without separators, and its bits."""
        code = self.centre.packed.bell_code
        plain = "".join(mark for mark in code if mark.isalnum())
        return [
            spellings(code),
            spellings(plain),
            spellings(plain.lower()),
            spellings_of_bytes(bell_code.parse(code)),
        ]


def moment(centre: PreparedCentre, tap: Wiretap) -> Moment:
    """Look at everything now."""
    path = centre.settings.data / "kaochang.sqlite3"
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        held = connection.execute("SELECT count(*) FROM held_secret").fetchone()[0]
    finally:
        connection.close()
    return Moment(
        files=files_below(centre.settings.home),
        answers={f"answer {at}": data for at, data in enumerate(tap.answers())},
        requests={f"request {at}": data for at, data in enumerate(tap.requests())},
        log={
            "said": server_log(centre).read_bytes(),
            "log": (centre.settings.home / "log" / "kaochang.log").read_bytes(),
        },
        held_secrets=held,
    )


def watched_day(folder: Path) -> Watched:
    """The day, played in ``folder`` and listened to."""
    rng = random.Random(seeds.seed_of("secrecy"))
    banks = (marked_bank(rng, "ethics", COUNT), marked_bank(rng, "theory", COUNT, length=40))
    counts = {"single": COUNT, "multiple": COUNT}
    profile = counted({"ethics": counts, "theory": counts})
    centre = prepare_centre(
        folder,
        banks=[bank.bank for bank in banks],
        blueprint=blueprint_of(profile),
        profile=profile,
        candidates=EXAMS,
        seed="secrecy",
        manner={"pace": 30.0, "manner": "hands_in", "skill": 0.5},
    )
    own, *others = centre.people
    port = free_port()
    with (
        pytest.MonkeyPatch.context() as patch,
        serving_talkatively(centre, port, patch) as address,
        tapped(port) as tap,
    ):
        day, terminal = ExamDay(centre, tap.url), OwnTerminal(tap.url, own)
        for login in ("admin", "authority"):  # their second factors travel, once
            StaffBrowser(tap.url, login, PASSWORD)
        with day.robots(others) as robots:
            make_mistakes(tap.url, centre, terminal)
            terminal.arrive()
            day.unseal()
            day.waiting(EXAMS)
            look_around(day, terminal)
            before = moment(centre, tap)
            tried = pry(terminal, centre)
            day.bell()
            papers = sit(terminal)
            day.finished(robots)
        day.close()
        look_around(day, terminal)
        tried |= fetch_static(terminal)
        day.verified()
        after = moment(centre, tap)
        assert address
    return Watched(centre, banks, terminal.stages, before, after, papers, tried)


@contextmanager
def serving_talkatively(
    centre: PreparedCentre, port: int, patch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The server at the level at which it and its libraries log all they have."""
    patch.setenv("KAOCHANG_LOG_LEVEL", "debug")
    with serving(centre, port) as address:
        yield address


def make_mistakes(url: str, centre: PreparedCentre, terminal: OwnTerminal) -> None:
    """Everything that goes wrong on a day, so that errors and logs have their chance."""
    own, other = centre.people[:2]
    wrong = {**own, "id_number": other["id_number"], "terminal_id": "own"}
    for body in (wrong, {**own, "ticket": [own["id_number"]]}, {"id_number": own["id_number"]}):
        refused(lambda body=body: terminal.wire.call("POST", "/api/login", body))  # type: ignore[misc]
    refused(lambda: terminal.wire.call("GET", "/api/stage"))
    second = {"login": "proctor", "password": "not the password"}
    day = ExamDay(centre, url)
    for code in (centre.packed.bell_code, centre.packed.bell_code[::-1], "K" * 28):
        with pytest.raises(Refusal):
            day.chief.post(
                f"/api/sittings/{centre.sitting_id}/unseal", {"code": code, "second": second}
            )


def look_around(day: ExamDay, terminal: OwnTerminal) -> None:
    """Every page and list that staff and candidate can call up; an export beside it."""
    for path in ("/api/me", "/api/state", "/api/stage"):
        terminal.wire.call("GET", path)
    board = day.board()
    for seat in board["seats"]:
        if seat["candidate_id"]:
            day.chief.get(f"/api/candidates/{seat['candidate_id']}")
    home = str(day.centre.settings.home)
    assert kaochang("export", day.centre.sitting_id, "--home", home).returncode == 0
    assert kaochang("doctor", "--home", home).returncode == 0


def pry(terminal: OwnTerminal, centre: PreparedCentre) -> dict[str, int]:
    """A logged-in terminal asks for what it must not have, shortly before the bell."""
    sealed = package.from_bytes(centre.packed.data)
    asked = {
        "scoring": f"/blob/{sealed.form(next(iter(sealed.shapes))).scoring}",
        "package": f"/blob/..%2fpackages%2f{centre.packed.package_id}.kcp",
        "database": "/blob/..%2fkaochang.sqlite3",
        "key": "/blob/..%2f..%2fkeys%2fwrap.key",
        "asset": "/assets/..%2f..%2froutes.py",
        "start": f"/api/attempt/{terminal.stages[0]['attempt_id']}/start",
    }
    return {name: status(terminal, path, "start" in path) for name, path in asked.items()}


def status(terminal: OwnTerminal, path: str, post: bool = False) -> int:
    """The answer's status code to the logged-in terminal, its body read."""
    http: requests.Session = terminal.wire._http
    method = "POST" if post else "GET"
    return http.request(method, terminal.wire.base_url + path, timeout=30).status_code


def fetch_static(terminal: OwnTerminal) -> dict[str, int]:
    """Every built file, through the server."""
    return {
        f"static {path.name}": status(terminal, f"/{where}/{path.relative_to(folder)}")
        for where, folder in STATIC.items()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "index.html"
    }


def sit(terminal: OwnTerminal) -> dict[str, bytes]:
    """Both subjects; a foreign item and a wrong revision too. The opened papers as text."""
    papers = {}
    for ordinal in (1, 2):
        paper = terminal.open(ordinal)
        papers[paper["form_id"]] = json.dumps(paper, ensure_ascii=False).encode()
        terminal.save(ordinal, dict.fromkeys(list(paper["items"])[:3], "a"))
        refused(lambda ordinal=ordinal: terminal.save(ordinal, {"nowhere": "a"}))  # type: ignore[misc]
        terminal.hand_in(ordinal)
    return papers


def refused(act: Callable[[], Any]) -> None:
    """It must not work."""
    with pytest.raises(Refused):
        act()
