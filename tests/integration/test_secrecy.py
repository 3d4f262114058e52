"""What must not be seen (invariants 6, 7, 11): a whole day is listened to, file by file and
byte by byte, for words that occur nowhere but in the items, their keys and the roster.
"""

from __future__ import annotations

import json
import os
import random
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from exam_client.robots.client import Refused
from exam_server import keys as centre_keys
from exam_server.auth import totp
from exam_server.demo import plan
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
    found_in,
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
_COOKIE = re.compile(rb"(kc_terminal|kc_staff)=([A-Za-z0-9_-]{20,})")


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


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    rng = random.Random(seeds.seed_of("secrecy"))
    banks = (marked_bank(rng, "ethics", COUNT), marked_bank(rng, "theory", COUNT, length=40))
    counts = {"single": COUNT, "multiple": COUNT}
    profile = counted({"ethics": counts, "theory": counts})
    centre = prepare_centre(
        tmp_path_factory.mktemp("secrecy"),
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
        "result": "/api/result",
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


# --- that the listening works ------------------------------------------------------------


def test_the_words_are_those_of_the_papers_and_the_wire_can_be_read(watched: Watched) -> None:
    papers = b"".join(watched.papers.values())
    assert all(any(one in papers for one in spellings) for spellings in watched.shown)
    assert b"application/json" in b"".join(watched.after.answers.values())
    everything = b"".join(watched.after.answers.values()).lower()
    assert b"content-encoding" not in everything, "compressed answers could not be read here"
    assert b"permessage-deflate" not in everything
    assert "考点服务器已启动".encode() in watched.after.log["said"]
    lines = [json.loads(line) for line in watched.after.log["log"].splitlines()]
    told = Counter(line["logger"].partition(".")[0] for line in lines)
    assert min(told[name] for name in ("exam_server", "engineio", "sqlalchemy", "gunicorn")) > 0
    assert sum(line["event"] == "request" for line in lines) > 20
    assert any(name.endswith("-wal") for name in watched.before.files)
    assert any("journal.jsonl" in name for name in watched.after.files)


# --- invariant 6 -------------------------------------------------------------------------


def test_nothing_of_the_key_reaches_terminal_disk_or_log(watched: Watched) -> None:
    seen = {**watched.after.everywhere, **watched.papers}
    assert found_in(seen, watched.hidden) == []
    assert found_in(seen, watched.key_bytes) == []


def test_the_sealed_key_itself_cannot_be_fetched(watched: Watched) -> None:
    sealed = watched.sealed
    envelopes = [{sealed.scoring_blob(form)[:64]} for form in sealed.shapes]
    assert found_in(watched.after.answers, envelopes) == []
    wanted = ("scoring", "package", "database", "key", "asset")
    assert {name: watched.tried[name] for name in wanted} == dict.fromkeys(wanted, 404)
    assert found_in({"package": watched.centre.packed.data}, envelopes) == ["package"]


def test_every_built_file_was_listened_to(watched: Watched) -> None:
    fetched = {name: code for name, code in watched.tried.items() if name.startswith("static")}
    assert len(fetched) > 5
    assert set(fetched.values()) == {200}


# --- invariant 7 -------------------------------------------------------------------------


def test_before_the_bell_no_item_can_be_read_anywhere(watched: Watched) -> None:
    assert found_in(watched.before.everywhere, watched.shown) == []
    assert watched.tried["start"] == 409
    assert watched.tried["result"] == 409


def test_even_after_the_bell_no_item_is_on_the_centres_disk_wire_or_log(watched: Watched) -> None:
    """The server passes on what is sealed; only terminals open it."""
    assert found_in(watched.after.everywhere, watched.shown) == []


def test_before_the_bell_no_secret_is_on_disk_or_wire_though_unsealed(watched: Watched) -> None:
    seen = {**watched.before.files, **watched.before.answers, **watched.before.log}
    assert found_in(seen, watched.content_keys) == []
    assert found_in(seen, watched.key_bytes) == []
    assert watched.before.held_secrets == 0, "not even wrapped"


def test_the_bell_rings_the_key_to_terminals_only(watched: Watched) -> None:
    assert found_in(watched.after.answers, watched.content_keys) != []
    assert found_in({**watched.after.files, **watched.after.log}, watched.content_keys) == []
    assert watched.after.held_secrets == 0, "after scoring the wrapped copies are gone"


def test_the_bell_code_is_kept_nowhere(watched: Watched) -> None:
    after = watched.after
    seen = {**after.files, **after.answers, **after.log}
    assert found_in(seen, watched.bell_code) == []
    assert found_in(after.requests, watched.bell_code) != [], "staff typed it"


def test_forms_of_different_length_look_the_same_from_outside(watched: Watched) -> None:
    """One paper is several times as long as the other."""
    lengths = [len(text) for text in watched.papers.values()]
    assert max(lengths) > 3 * min(lengths)
    forms = watched.sealed.manifest.forms
    assert len({(form.content_bytes, form.scoring_bytes) for form in forms}) == 1
    assert len({stage["blob_bytes"] for stage in watched.stages}) == 1
    blobs = [path for path in watched.after.files if "/blobs/" in path and "!" not in path]
    assert len(blobs) == len(forms)
    assert len({len(watched.after.files[path]) for path in blobs}) == 1
    assert all(re.fullmatch(r"[0-9a-f]{64}", Path(path).name) for path in blobs)


def test_what_is_known_of_a_form_tells_nothing_about_its_items(watched: Watched) -> None:
    """Opaque ids of one length, and per item a type and a number of options."""
    idents = [
        item["id"]
        for stage in watched.stages
        for section in stage["shape"]["sections"]
        for item in section["items"]
    ]
    assert len(set(idents)) == 4 * COUNT
    assert len({len(ident) for ident in idents}) == 1
    origins = {bank for form in watched.centre.origins.values() for bank in form.values()}
    assert not origins & set(idents)
    for stage in watched.stages:
        assert set(stage["shape"]) == {"sections", "credit"}
        for section in stage["shape"]["sections"]:
            assert set(section) <= {"type", "points", "items"}
            assert all(set(item) <= {"id", "options", "fixed"} for item in section["items"])


# --- what opens a door ---------------------------------------------------------------------


def test_no_password_and_no_authenticators_secret_is_kept_or_sent_back(watched: Watched) -> None:
    after = watched.after
    seen = {**after.files, **after.answers, **after.log}
    assert found_in(seen, [spellings(PASSWORD)]) == []
    assert found_in(after.requests, [spellings(PASSWORD)]) != [], "staff typed it"
    typed = totp.secret_text(plan.FACTOR_SECRET)
    secret = [spellings_of_bytes(plan.FACTOR_SECRET), spellings(typed)]
    secret.append(spellings(typed.replace(" ", "")))
    assert found_in({**seen, **after.requests}, secret) == []


def test_a_token_is_told_to_its_own_browser_only_and_kept_nowhere(watched: Watched) -> None:
    """Who has another's token is that person. One connection hears each, in one header."""
    after = watched.after
    tokens = {token for data in after.requests.values() for _, token in _COOKIE.findall(data)}
    assert len(tokens) >= EXAMS + 3, "candidates and staff"
    for token in tokens:
        told = [data.count(token) for data in after.answers.values() if token in data]
        assert told in ([], [1]), "not in a body, not to another connection"
    kept = {**after.files, **after.log}
    assert found_in(kept, [{token} for token in tokens]) == []


# --- invariant 11 ------------------------------------------------------------------------


def test_no_id_number_and_no_item_is_in_any_log(watched: Watched) -> None:
    numbers = [
        spellings(spelling)
        for person in watched.centre.people
        for spelling in {person["id_number"], person["id_number"].lower()}
    ]
    assert len(numbers) >= 4
    assert found_in(watched.after.log, numbers) == []
    assert found_in(watched.after.log, watched.shown) == []
    robots = watched.centre.settings.home.parent / "robots.log"
    assert found_in({"robots": robots.read_bytes()}, numbers) == []


def test_no_name_and_no_token_is_in_any_log(watched: Watched) -> None:
    """At debug: libraries log every packet, statement and header."""
    sent = b"\n".join(watched.after.requests.values())
    tokens = set(re.findall(rb"(?:kc_terminal|kc_staff)[a-z_]*=([^;\s]{20,})", sent))
    assert len(tokens) >= 4
    assert found_in(watched.after.log, [{token} for token in tokens]) == []
    names = [spellings(row.name) for row in watched.centre.roster]
    numbers = [spellings(person["ticket"]) for person in watched.centre.people]
    assert found_in(watched.after.log, [*names, *numbers]) == []


def test_no_id_number_is_in_an_address_or_readable_on_disk(watched: Watched) -> None:
    numbers = [spellings(person["id_number"]) for person in watched.centre.people]
    assert found_in(watched.after.files, numbers) == []
    lines = {
        f"{name} {at}": line
        for name, data in watched.after.requests.items()
        for at, line in enumerate(re.findall(rb"(?m)^[A-Z]+ (\S+) HTTP/1\.1", data))
    }
    assert len(lines) > 20
    assert found_in(lines, numbers) == []
    assert found_in(watched.after.requests, numbers) != [], "they logged in by it"
