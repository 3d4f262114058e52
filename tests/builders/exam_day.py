"""An exam day at a real server process, with real robots and staff at the real interfaces."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import IO, Any

import requests

from exam_client.robots.client import Terminal, open_paper
from exam_server.demo.staff import StaffBrowser, account_for_all
from exam_server.serving.command import command_of
from exam_server.serving.listening import Listening
from tests.builders.centre import PASSWORD, PreparedCentre
from tests.builders.services import stop
from tests.builders.waiting import PATIENCE_SECONDS, wait_until

ROOT = Path(__file__).resolve().parents[2]


def environment() -> dict[str, str]:
    """For our own processes: this tree's packages come before installed ones."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def kaochang(*arguments: str) -> subprocess.CompletedProcess[str]:
    """One command of the program, as it is typed."""
    return subprocess.run(
        [sys.executable, "-m", "exam_server", *arguments],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def child(
    command: Sequence[str], output: IO[bytes], cwd: Path = ROOT
) -> Iterator[subprocess.Popen[bytes]]:
    """A process of ours that ends with the block; all it says goes to ``output``."""
    process = subprocess.Popen(
        command, cwd=cwd, env=environment(), stdout=output, stderr=subprocess.STDOUT
    )
    try:
        yield process
    finally:
        stop(process)


@contextmanager
def serving(
    centre: PreparedCentre,
    port: int,
    *,
    host: str = "127.0.0.1",
    address: str | None = None,
    inside: Sequence[str] = (),
) -> Iterator[str]:
    """The centre's server; yields its address. What it says is in ``server.log`` of its folder.

    ``inside``: a command in front (a network namespace). ``address``: where we reach it.
    """
    url = f"http://{address or host}:{port}"
    command = [*inside, *command_of(centre.settings.home, Listening(host, port))]
    with (
        server_log(centre).open("ab") as log,
        child(command, log) as process,
    ):
        wait_until("the server", lambda: _answers(url, process), 60)
        yield url


def server_log(centre: PreparedCentre) -> Path:
    """Everything the serving process and its scorer have said."""
    return centre.settings.home.parent / "server.log"


def _answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "the server ended"
    with requests.Session() as http:
        http.trust_env = False
        try:
            return http.get(f"{url}/healthz", timeout=5).status_code == 200
        except requests.RequestException:
            return False


@dataclass(slots=True)
class ExamDay:
    """What staff do on the day, one step after the other, against a running server."""

    centre: PreparedCentre
    url: str
    inside: Sequence[str] = ()
    chief: StaffBrowser = field(init=False)
    results: dict[str, Any] = field(default_factory=dict)
    ledger: list[dict[str, Any]] = field(default_factory=list)
    report: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chief = StaffBrowser(self.url, "chief", PASSWORD)

    @property
    def folder(self) -> Path:
        """Where the day's own papers lie, outside the centre's folder."""
        return self.centre.settings.home.parent

    def board(self) -> dict[str, Any]:
        """The console's board."""
        return self.chief.board(self.centre.sitting_id)

    def unseal(self) -> None:
        """启封 by the bell code and two persons."""
        self.chief.unseal(self.centre.sitting_id, self.centre.packed.bell_code)

    def waiting(self, count: int) -> None:
        """Until so many candidates wait for the bell."""
        self._until(f"{count} waiting", lambda board: board["counts"]["waiting"] >= count)

    def _until(self, what: str, done: Callable[[dict[str, Any]], bool]) -> None:
        wait_until(what, lambda: done(self.board()), every=0.1)

    def bell(self) -> None:
        """开考."""
        self.chief.ring(self.centre.sitting_id)

    def close(self) -> None:
        """结束本场 once everybody is accounted for, and wait until everything is scored."""
        account_for_all(self.chief, self.centre.sitting_id, "收场核对")
        self.chief.post(f"/api/sittings/{self.centre.sitting_id}/close")
        self._until("scores", lambda board: board["sitting"]["state"] == "scored")

    @contextmanager
    def robots(
        self, people: Sequence[dict[str, Any]], url: str | None = None
    ) -> Iterator[subprocess.Popen[bytes]]:
        """These people sit; their ledger and results are read when the block ends.

        ``url``: where they connect, when that is not the server itself.
        """
        listed = self.folder / "robots.json"
        crib = self.folder / "authority" / "crib.json"
        ledger = self.folder / "ledger.jsonl"
        listed.write_text(json.dumps(list(people)), "utf-8")
        crib.write_text(json.dumps(self.centre.crib), "utf-8")
        command = [
            *(*self.inside, sys.executable, "-m", "exam_client.robots", str(listed)),
            *("--url", url or self.url, "--seed", self.centre.sitting_id),
            *("--crib", str(crib), "--ledger", str(ledger)),
        ]
        said = self.folder / "robots.log"
        with said.open("wb") as output, child(command, output) as process:
            yield process
        self.ledger = [json.loads(line) for line in ledger.read_text("utf-8").splitlines()]
        for line in said.read_text("utf-8").splitlines():
            if line.startswith('{"results"'):
                self.results = json.loads(line)["results"]

    def finished(self, robots: subprocess.Popen[bytes]) -> None:
        """Until every robot has read its score."""
        code = robots.wait(PATIENCE_SECONDS * 2)
        assert code == 0, (self.folder / "robots.log").read_text("utf-8")[-4000:]

    def play(self, people: Sequence[dict[str, Any]] | None = None) -> None:
        """The whole day of everybody on the roster, or of ``people`` alone."""
        everyone = list(people or self.centre.people)
        with self.robots(everyone) as robots:
            self.unseal()
            self.waiting(len(everyone))
            self.bell()
            self.finished(robots)
        self.close()

    def export(self) -> Path:
        """``kaochang export``, beside the running server; the folder of the files."""
        home = self.centre.settings.home
        done = kaochang("export", self.centre.sitting_id, "--home", str(home), "--json")
        assert done.returncode == 0, done.stderr
        return self.centre.settings.out

    def verified(self) -> dict[str, Any]:
        """``kaochang verify`` with the authority's scoring file; its report."""
        journal = self.export() / f"journal-{self.centre.sitting_id}.zip"
        scoring = self.folder / "authority" / "scoring.json"
        done = kaochang("verify", str(journal), "--scoring", str(scoring), "--json")
        self.report = json.loads(done.stdout)
        assert done.returncode == 0, done.stdout[:4000]
        return self.report


class OwnTerminal:
    """A terminal in the test's hands: sees exactly what a candidate's browser is given."""

    def __init__(self, url: str, person: dict[str, Any]) -> None:
        self.wire = Terminal(url, f"own-{person['ticket']}")
        self.person = person
        self.stages: list[dict[str, Any]] = []
        self.blobs: dict[str, bytes] = {}
        self._counter = count(1)

    def log_in(self) -> dict[str, Any]:
        """By ticket and ID number; the page of the own data."""
        wanted = ("ticket", "id_number", "room", "seat")
        body = {name: self.person[name] for name in wanted}
        found = self.wire.call("POST", "/api/login", {**body, "terminal_id": "own"})
        me: dict[str, Any] = found["me"]
        return me

    def arrive(self) -> None:
        """Confirm, pledge, and fetch all that can be fetched before the bell."""
        self.log_in()
        self.wire.call("POST", "/api/confirm", {"ok": True})
        self.wire.call("POST", "/api/pledge", {})
        self.stages = self.wire.call("GET", "/api/stage")["subjects"]
        self.blobs = {stage["form_id"]: self.wire.blob(stage["blob"]) for stage in self.stages}

    def open(self, ordinal: int) -> dict[str, Any]:
        """Start a subject and open its paper."""
        stage = self.stages[ordinal - 1]
        form = stage["form_id"]
        key = self.wire.call("POST", f"/api/attempt/{stage['attempt_id']}/start", {})["key"]
        return open_paper(self.blobs[form], key, form)

    def save(self, ordinal: int, answers: dict[str, str]) -> Any:
        """Answers by HTTP; the receipts."""
        attempt = self.stages[ordinal - 1]["attempt_id"]
        responses = [
            {
                "item": item,
                "options": letters,
                "marked": False,
                "revision": [1, next(self._counter)],
                "elapsed_ms": 0,
            }
            for item, letters in answers.items()
        ]
        return self.wire.call("PUT", f"/api/attempt/{attempt}/responses", {"responses": responses})

    def hand_in(self, ordinal: int) -> None:
        """交卷."""
        attempt = self.stages[ordinal - 1]["attempt_id"]
        body = {"responses": [], "confirmed": True}
        self.wire.call("POST", f"/api/attempt/{attempt}/submit", body)
