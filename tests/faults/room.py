"""A real exam room in processes of its own: a centre, its server, its staff, its robots.

The server and the robots are the programs people run, started by the commands people start
them with. The only thing that is not of a real day is who ends them, and when.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import requests
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.demo import plan
from exam_server.demo.prepare import DemoState, crib, prepare
from exam_server.demo.staff import StaffBrowser, account_for_all
from exam_server.errors import Refusal
from exam_server.room.tables import Presence
from exam_server.serving.command import command_of
from exam_server.serving.listening import Listening
from exam_server.settings import Settings
from exam_server.storage.engine import read_engine
from exam_server.storage.life import serving
from tests.builders.services import ROOT, free_port
from tests.builders.waiting import wait_until

PATIENCE_SECONDS = 90.0
T = TypeVar("T")
STORAGE_IS_BACK = "saving_again"
_GRACEFUL_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Outage:
    """One absence of the server as its surroundings saw it, on the clock that decides.

    ``killed_ms``: just before SIGKILL left, or when a server that was asked to end had ended.
    ``answered_ms``: when the new server had answered its first request. ``ending_ms``: how long
    it took to end when it was asked to; somewhere in that time it saves its last.
    """

    killed_ms: int
    answered_ms: int
    ending_ms: int = 0


@dataclass(slots=True)
class Room:
    """One sitting that is served for real. Times are ms of the clock that decides there.

    ``environment``: of its server alone. ``trusted``: the CA file of an https server.
    """

    settings: Settings
    state: DemoState
    sitting_id: str
    people: list[dict[str, Any]]
    environment: dict[str, str] = field(default_factory=dict)
    outages: list[Outage] = field(default_factory=list)
    listening: Listening = field(default_factory=lambda: Listening("127.0.0.1", free_port()))
    trusted: str | bool = True
    server: subprocess.Popen[bytes] | None = None
    codes: list[int] = field(default_factory=list)
    logins: dict[tuple[str, str], StaffBrowser] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where it is served."""
        return self.listening.url

    @property
    def log(self) -> Path:
        """What all its servers have written."""
        return self.settings.home / "server.log"

    @property
    def ledger(self) -> Path:
        """One line per answer that a robot was told is saved."""
        return self.settings.home / "ledger.jsonl"

    def clock_ms(self) -> int:
        """The clock that decides: the machine's boot clock, or PostgreSQL's."""
        if self.settings.database_url.startswith("sqlite"):
            return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
        address = self.settings.database_url.replace("+psycopg", "")
        with psycopg.connect(address) as connection:
            row = connection.execute(
                "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint"
            ).fetchone()
        assert row is not None
        return int(row[0])

    # --- the server ------------------------------------------------------------------

    def start(self) -> None:
        """Start the server and return once it answers."""
        command = command_of(self.settings.home, self.listening)
        with self.log.open("ab") as out:
            self.server = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self._environment() | self.environment,
                stdout=out,
                stderr=out,
                start_new_session=True,  # a group of its own: master, worker, scorer
            )
        self.until_it_answers()

    def until_it_answers(self) -> None:
        """Wait until a request is answered, whatever the answer says about saving."""
        assert self.server is not None
        server = self.server

        def answers() -> bool:
            assert server.poll() is None, f"the server ended: {self.said()[-2000:]}"
            with contextlib.suppress(requests.RequestException):
                requests.get(f"{self.url}/healthz", timeout=PATIENCE_SECONDS, verify=self.trusted)
                return True
            return False

        wait_until("an answer of the server", answers, PATIENCE_SECONDS)

    def kill_nine(self, away_seconds: float = 0.0) -> Outage:
        """SIGKILL to master, worker and scorer at once; start again after a while."""
        return self._interrupted(signal.SIGKILL, away_seconds)

    def kill_worker(self, which: int) -> None:
        """SIGKILL to one of several serving processes; the others go on. Its master replaces it."""
        workers = self.worker_pids()
        os.kill(workers[which % len(workers)], signal.SIGKILL)

    def database_away(self, fault: Callable[[], None]) -> Outage:
        """``fault`` takes every connection of the server away; it mends them by itself."""
        killed_ms, said = self.clock_ms(), self.said().count(STORAGE_IS_BACK)
        fault()
        wait_until(
            "the storage's return in the log",
            lambda: self.said().count(STORAGE_IS_BACK) > said,
            PATIENCE_SECONDS,
        )
        seen = Outage(killed_ms, self.clock_ms())
        self.outages.append(seen)
        return seen

    def until_all_serve(self) -> None:
        """Wait until the database knows of every process that should serve."""
        wait_until(
            f"{self.listening.workers} serving processes",
            lambda: len(self._read(serving)) == self.listening.workers,
            PATIENCE_SECONDS,
            instead=lambda: self._read(serving),
        )

    def connected(self) -> set[str]:
        """Candidates whose socket is open, as the sweep has written it down."""
        wanted = select(Presence.candidate_id).where(Presence.connected.is_(True))
        return self._read(lambda session: set(session.scalars(wanted)))

    def _read(self, query: Callable[[Session], T]) -> T:
        engine = read_engine(self.settings.database_url)
        try:
            with Session(engine) as session:
                return query(session)
        finally:
            engine.dispose()

    def restart(self) -> Outage:
        """SIGTERM, as an administrator would; start again."""
        return self._interrupted(signal.SIGTERM, 0.0)

    def _interrupted(self, how: signal.Signals, away_seconds: float) -> Outage:
        killed_ms = asked_ms = self.clock_ms()
        self.end(how)
        if how is signal.SIGTERM:
            killed_ms = self.clock_ms()  # it goes on saving while it ends
        time.sleep(away_seconds)
        self.start()
        seen = Outage(killed_ms, self.clock_ms(), killed_ms - asked_ms)
        self.outages.append(seen)
        return seen

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the server's whole group and wait for it."""
        server, self.server = self.server, None
        if server is None:
            return
        if how is signal.SIGKILL:
            os.killpg(server.pid, how)
        else:
            server.send_signal(how)
        try:
            self.codes.append(server.wait(_GRACEFUL_SECONDS))
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()

    def worker_pid(self) -> int:
        """The process that serves: the child of the master."""
        return self.worker_pids()[0]

    def worker_pids(self) -> list[int]:
        """The processes that serve: the children of the master."""
        assert self.server is not None
        children = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def said(self) -> str:
        """The log."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def logged(self) -> list[dict[str, Any]]:
        """Every line of the centre's log."""
        path = self.settings.home / "log" / "kaochang.log"
        return [json.loads(line) for line in path.read_text().splitlines()]

    def health(self) -> dict[str, Any]:
        """``{"saving", "epoch"}``."""
        answer: dict[str, Any] = requests.get(f"{self.url}/healthz", timeout=30).json()
        return answer

    # --- the staff -------------------------------------------------------------------

    def chief(self) -> StaffBrowser:
        """The chief proctor at the console."""
        return self.staff("chief")

    def staff(self, login: str) -> StaffBrowser:
        """Somebody of the staff, logged in once at each database; :attr:`logins` may be
        forgotten."""
        where = (login, self.settings.database_url)
        if where not in self.logins:
            self.logins[where] = StaffBrowser(self.url, login, plan.PASSWORD)
        return self.logins[where]

    def unseal(self) -> None:
        """启封 by two persons."""
        self.chief().unseal(self.sitting_id, self.state.bell_code)

    def ring(self) -> None:
        """开考."""
        self.chief().ring(self.sitting_id)

    def board(self) -> dict[str, Any]:
        """The board, freshly loaded."""
        return self.chief().board(self.sitting_id)

    def until(
        self, done: Callable[[dict[str, Any]], bool], what: str, seconds: float = PATIENCE_SECONDS
    ) -> dict[str, Any]:
        """Look at the board until ``done``; AssertionError after ``seconds``."""
        board: dict[str, Any] = {}

        def look() -> bool:
            board.update(self.board())
            return done(board)

        wait_until(what, look, seconds, every=0.1, instead=lambda: board["counts"])
        return board

    def until_waiting(self, count: int) -> None:
        """Everybody has checked in."""
        self.until(lambda board: board["counts"]["waiting"] >= count, "all checked in")

    def _close(self) -> None:
        """As proctors do: who falls silent while they go through the list is on it next time, and
        what came too late is left out by two of them."""
        chief, other = self.chief(), self.staff("proctor")
        reason = {"reason": "收场核对"}
        for looks_left in (2, 1, 0):
            account_for_all(chief, self.sitting_id, reason["reason"])
            for row in chief.get(f"/api/sittings/{self.sitting_id}/reconciliation")["rows"]:
                if row["cause"] == "recovery":
                    case = f"/api/recovery/{row['about']}"
                    other.post(f"{case}/propose", {"apply": False, **reason})
                    chief.post(f"{case}/decide", {"agree": True, **reason})
            try:
                chief.post(f"/api/sittings/{self.sitting_id}/close")
            except Refusal as refusal:
                if refusal.code != "unexplained" or not looks_left:
                    print("left open", refusal.rows)
                    raise
            else:
                return

    def close_and_export(self) -> Path:
        """Account for everybody, 结束本场, wait for the last score, and take the journal out; its
        path."""
        self._close()
        self.until(lambda board: board["sitting"]["state"] == "scored", "all scored")
        out = self.settings.home / "out"
        subprocess.run(
            [
                *(sys.executable, "-m", "exam_server", "export", self.sitting_id),
                *("--home", str(self.settings.home), "--out", str(out)),
            ],
            cwd=ROOT,
            env=self._environment(),
            check=True,
            capture_output=True,
        )
        return out / f"journal-{self.sitting_id}.zip"

    # --- the robots ------------------------------------------------------------------

    @contextmanager
    def robots(
        self,
        people: Sequence[dict[str, Any]],
        seed: str,
        name: str = "robots",
        url: str | None = None,
        ca: str | None = None,
    ) -> Iterator[subprocess.Popen[bytes]]:
        """These people as one process of robots; killed at the end if still there.

        ``url`` and ``ca``: of a proxy, when they do not ask the server itself.
        """
        folder = self.settings.home
        list_file = folder / f"{name}.json"
        list_file.write_text(json.dumps(list(people)), encoding="utf-8")
        command = [
            *(sys.executable, "-m", "exam_client.robots", str(list_file), "--url", url or self.url),
            *("--seed", seed, "--crib", str(crib(self.settings)), "--ledger", str(self.ledger)),
            *(("--ca", ca) if ca else ()),
        ]
        with (folder / f"{name}.out").open("wb") as out, (folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self._environment(), stdout=out, stderr=log
            )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()

    def robots_said(self, name: str = "robots") -> dict[str, Any]:
        """The last line of a robots' process: ``{"results": {ticket: result}}``."""
        lines = (self.settings.home / f"{name}.out").read_text().splitlines()
        said: dict[str, Any] = json.loads(lines[-1])
        return said

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "KAOCHANG_DATABASE_URL": self.settings.database_url,
            "KAOCHANG_REDIS_URL": self.settings.redis_url or "",
            "PYTHONUNBUFFERED": "1",
        }


@contextmanager
def served_room(
    home: Path,
    database_url: str,
    *,
    robots: int,
    seed: int,
    minutes: int = 1,
    subjects: int = 1,
    environment: dict[str, str] | None = None,
    workers: int = 1,
    redis_url: str | None = None,
) -> Iterator[Room]:
    """A centre ready for ``robots`` candidates, served until the block ends.

    ``subjects``: 1 is the demo's room with true/false items, 2 its main room. ``workers``:
    processes that serve it, more than one on PostgreSQL and with Redis.
    """
    settings = Settings(home, database_url, redis_url)
    state = prepare(
        settings,
        candidates=robots if subjects == 2 else 1,
        true_false_candidates=robots if subjects == 1 else 1,
        minutes=minutes,
        seed=str(seed),
        start_in_minutes=1,
    )
    seated = state.main if subjects == 2 else state.true_false
    room = Room(
        settings,
        state,
        seated.sitting_id,
        seated.people,
        environment or {},
        listening=Listening("127.0.0.1", free_port(), workers=workers),
    )
    try:
        room.start()
        yield room
    finally:
        room.end()
