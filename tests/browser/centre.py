"""A real exam centre for browser tests: prepared like the demo, served by its own process."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
from sqlalchemy import select

from exam_server.auth.identity import Role, Staff
from exam_server.auth.tables import Staff as StaffRow
from exam_server.bootstrap import open_centre
from exam_server.clock import SystemClock
from exam_server.demo import plan
from exam_server.demo.children import robots_command
from exam_server.demo.prepare import DemoState, SeatedRoom, prepare
from exam_server.demo.provinces import SHAANXI
from exam_server.demo.staff import StaffBrowser
from exam_server.desk.actions.exam import Mode, create_exam, plan_sitting
from exam_server.desk.actions.roster import import_roster
from exam_server.desk.portrait import portrait
from exam_server.desk.rules.needs import Needs
from exam_server.desk.synthetic import Kind, Place, synthetic_roster
from exam_server.profiles.profile import load
from exam_server.room.actions.bell import make_ready
from exam_server.room.tables import JournalEntry
from exam_server.serving.command import command_of
from exam_server.serving.listening import Listening
from exam_server.settings import Settings, settings_for
from exam_server.storage.lock import only_writer
from tests.builders.services import ROOT, free_port, stop, wait_for_port

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


@dataclass(frozen=True, slots=True)
class Person:
    """What stands on a candidate's papers."""

    ticket: str
    id_number: str
    room: str
    seat: int


@dataclass(frozen=True, slots=True)
class Room:
    """A sitting and the people registered for it."""

    sitting_id: str
    exam_id: str
    people: tuple[Person, ...]


class BrowserCentre:
    """The centre in ``home``; ``start``, ``kill`` and ``start`` again as the story wants."""

    def __init__(self, home: Path, *, candidates: int) -> None:
        self.settings: Settings = settings_for(home)
        self.state: DemoState = prepare(
            self.settings,
            candidates=candidates,
            minutes=None,
            seed="browser",
            start_in_minutes=8,
        )
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._server: subprocess.Popen[bytes] | None = None
        self._logins: dict[str, StaffBrowser] = {}
        self.running: list[subprocess.Popen[bytes]] = []

    @property
    def room(self) -> Room:
        """Room 02: both subjects, as the profile says."""
        return self._demo_room(self.state.main)

    @property
    def true_false_room(self) -> Room:
        """Room 03: one subject with true/false items."""
        return self._demo_room(self.state.true_false)

    def _demo_room(self, room: SeatedRoom) -> Room:
        found = tuple(
            Person(str(p["ticket"]), str(p["id_number"]), str(p["room"]), int(p["seat"]))
            for p in room.people
        )
        return Room(room.sitting_id, room.exam_id, found)

    def add_room(
        self,
        number: str,
        candidates: int,
        values: Mapping[str, object],
        *,
        rows: int = 2,
        mode: Mode = "trial",
        exam: str = "试考",
        label: str = "试考",
        out_of_use: Sequence[int] = (),
        needs: Mapping[int, Needs] = MappingProxyType({}),
    ) -> Room:
        """Another room under changed rules; its last six machines are spare. Server stopped.
        ``needs``: special needs by place in the roster, from 0."""
        rules = load(SHAANXI.profile, dict(values))
        last = rows * plan.COLUMNS
        free = [seat for seat in range(1, last - plan.SPARES + 1) if seat not in out_of_use]
        with only_writer(self.settings.lock_path, self.settings.database_url):
            here = open_centre(self.settings)
            try:
                store, actor = here.store, here.store.read(_admin)
                exam_id = store.write(
                    lambda tx: create_exam(
                        tx,
                        name=exam,
                        year=2026,
                        mode=mode,
                        profile=rules,
                        actor=actor,
                    )
                )
                sitting_id = store.write(
                    lambda tx: plan_sitting(
                        tx,
                        exam_id=exam_id,
                        name=label,
                        centre=SHAANXI.centre,
                        room=number,
                        rows=rows,
                        columns=plan.COLUMNS,
                        planned_start_ms=SystemClock().now().wall_ms + 480_000,
                        actor=actor,
                        aisle_after=plan.AISLE_AFTER,
                        spare=range(last - plan.SPARES + 1, last + 1),
                        out_of_use=out_of_use,
                    )
                )
                roster = synthetic_roster(
                    candidates,
                    places=[Place(number, tuple(free))],
                    kinds=[Kind("汽车驾驶员", "L3", "商洛市")],
                    seed=f"browser/{number}",
                    ticket_prefix=f"202606{number}",
                )
                for place, wanted in needs.items():
                    roster[place] = msgspec.structs.replace(roster[place], needs=wanted)
                store.write(
                    lambda tx: import_roster(
                        tx,
                        exam_id=exam_id,
                        sitting_ids={number: sitting_id},
                        rows=roster,
                        fields=here.keys.fields,
                        actor=actor,
                        photos=lambda row: portrait(row.id_number, row.sex),
                    )
                )
                store.write(lambda tx: make_ready(tx, sitting_id=sitting_id, actor=actor.actor))
            finally:
                here.store.close()
        people = (Person(str(r.ticket), r.id_number, number, int(r.seat or 0)) for r in roster)
        return Room(sitting_id, exam_id, tuple(people))

    # ---- the process ---------------------------------------------------------------------

    def start(self) -> None:
        """Serve until stopped or killed."""
        self._server = subprocess.Popen(
            command_of(self.settings.home, Listening("127.0.0.1", self.port)),
            cwd=ROOT,
            env=ENVIRONMENT,
            stdout=subprocess.DEVNULL,
        )
        wait_for_port(self.port, self._server, 60)

    def kill(self) -> None:
        """As a power cut would: no process of the server gets to do anything."""
        assert self._server is not None
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self._server.pid)],
            capture_output=True,
            text=True,
            check=False,
        )
        for pid in [self._server.pid, *map(int, children.stdout.split())]:
            os.kill(pid, signal.SIGKILL)
        self._server.wait()
        self._server = None

    def stop(self) -> None:
        """End everything that was started; nobody waits for the server to say goodbye."""
        self.stop_robots()
        if self._server is not None:
            self.kill()

    def stop_robots(self) -> None:
        """Robots that are still at work are switched off."""
        for one in self.running:
            stop(one)
        self.running = []

    def robots(self, people: list[dict[str, Any]]) -> subprocess.Popen[bytes]:
        """These people take the exam through the real interface, on their own."""
        command = robots_command(self.settings, people, self.url, "browser")
        running = subprocess.Popen(
            command,
            cwd=ROOT,
            env=ENVIRONMENT,
            stdout=subprocess.DEVNULL,
        )
        self.running.append(running)
        return running

    # ---- the staff -----------------------------------------------------------------------

    def staff(self, login: str = "chief") -> StaffBrowser:
        """Somebody of the staff, without a screen; each is logged in once."""
        if login not in self._logins:
            self._logins[login] = StaffBrowser(self.url, login, plan.PASSWORD)
        return self._logins[login]

    def unseal(self, room: Room) -> None:
        """启封 by chief and proctor."""
        self.staff().unseal(room.sitting_id, self.state.bell_code)

    def ring(self, room: Room) -> None:
        """开考."""
        self.staff().ring(room.sitting_id)

    def ring_quietly(self, room: Room) -> None:
        """Unsealed and rung without anybody looking."""
        self.unseal(room)
        self.ring(room)

    def seat(self, room: Room, seat: int) -> dict[str, Any]:
        """A seat as the board has it now."""
        board = self.staff().board(room.sitting_id)
        found: dict[str, Any] = next(one for one in board["seats"] if one["seat"] == seat)
        return found

    def outages(self, room: Room) -> list[dict[str, Any]]:
        """``data`` of every outage that the journal of the sitting records."""
        wanted = (JournalEntry.sitting_id == room.sitting_id, JournalEntry.kind == "outage")
        here = open_centre(self.settings, migrate=False)
        try:
            return here.store.read(
                lambda session: list(
                    session.scalars(
                        select(JournalEntry.data).where(*wanted).order_by(JournalEntry.seq)
                    )
                )
            )
        finally:
            here.store.close()

    def detail(self, room: Room, seat: int) -> dict[str, Any]:
        """The drawer's facts about who sits there."""
        found: dict[str, Any] = self.staff().get(
            f"/api/candidates/{self.seat(room, seat)['candidate_id']}"
        )
        return found


def _admin(session: Any) -> Staff:
    row = session.scalars(select(StaffRow).where(StaffRow.role == Role.CENTRE_ADMIN.value)).first()
    assert row is not None
    return Staff(row.id, row.login, row.name, Role(row.role))
