"""A ready centre in one process: roster, seats, sealed paper, staff, and a clock to move.

The parts are the program's own, put together by its own bootstrap; only the clock is the
test's. ``RoomDay`` speaks for the staff and the server, :class:`Terminal` for candidates.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from flask import Flask
from sqlalchemy import select

from exam_server import keys as centre_keys
from exam_server.auth.identity import Role, Staff
from exam_server.bootstrap import build_app, open_centre, wake
from exam_server.desk.actions.exam import create_exam, plan_sitting
from exam_server.desk.actions.roster import import_roster
from exam_server.desk.portrait import portrait
from exam_server.desk.rules.roster_row import RosterRow
from exam_server.desk.synthetic import Kind, Place, synthetic_roster
from exam_server.desk.tables import Sitting
from exam_server.profiles.profile import Profile
from exam_server.results.scorer_client import ScorerClient
from exam_server.room.actions import bell
from exam_server.room.tables import Attempt, JournalEntry, RecoveryCase
from exam_server.room.tables import Terminal as TerminalRow
from exam_server.room.views.board import Board, board
from exam_server.room.views.detail import candidate_detail
from exam_server.room.views.detail_shapes import Detail
from exam_server.room.views.tiles import BoardSeat
from exam_server.settings import Settings
from exam_server.sweep import Sweep
from exam_server.upkeep.journal_export import journal_file
from exam_server.vault.actions.packages import import_package
from exam_server.verify.messages import sentence
from exam_server.verify.reported import Report
from exam_server.verify.verify import verify
from question_bank.items.key import as_builtins
from question_bank.items.shape import ItemType
from question_bank.sealing import package
from tests.builders.papers import Authority, draft
from tests.builders.profiles import short_block
from tests.builders.results_day import staff
from tests.builders.room_terminal import Terminal
from tests.builders.together import Together
from tests.manual_clock import MINUTE, MORNING_MS, ManualClock

T = TypeVar("T")
PROCTOR = staff(Role.PROCTOR, "proctor")
OTHER_PROCTOR = staff(Role.PROCTOR, "other-proctor")
CHIEF = staff(Role.CHIEF_PROCTOR, "chief")
ADMIN = staff(Role.CENTRE_ADMIN, "admin")
AUTHORITY = staff(Role.AUTHORITY, "authority")
SEATS, SPARE_SEAT = range(1, 20), 20
_PAPER = {ItemType.SINGLE: 2, ItemType.MULTIPLE: 2}


@dataclass(frozen=True, slots=True)
class Person:
    """A registered candidate as the invigilator knows them: two numbers and a seat."""

    id: str
    ticket: str
    id_number: str = field(repr=False)
    seat: int


class RoomDay:
    """Room 02 on the morning of the exam: made ready, nobody there yet."""

    def __init__(
        self, url: str, home: Path, *, candidates: int = 3, profile: Profile | None = None
    ) -> None:
        self.clock = ManualClock()
        self.settings = Settings(home, url)
        centre_keys.create(self.settings.keys)
        self.scorer = ScorerClient()
        self.runner = Together()
        self._open()
        self.exam_id = self.do(
            create_exam,
            name="工考",
            year=2026,
            mode="formal",
            profile=profile or short_block(),
            actor=ADMIN,
        )
        self.sitting_id = self.plan("02")
        self.people = self._register(candidates)
        self.bell_code = self._bring_paper()
        self.do(bell.make_ready, sitting_id=self.sitting_id, actor=ADMIN.actor)

    def _open(self) -> None:
        """As serving starts: the centre opened, awake, its faces mounted."""
        self.centre = open_centre(
            self.settings, clock=self.clock, runner=self.runner, migrate=False
        )
        wake(self.centre)
        self.app: Flask = build_app(self.centre)[0]
        self.sweep = Sweep(self.centre, self.scorer)

    # --- before the day ----------------------------------------------------------

    def plan(self, room: str, start_ms: int = MORNING_MS) -> str:
        """A room of 20 machines, the last a spare."""
        return self.do(
            plan_sitting,
            exam_id=self.exam_id,
            name="6 月 20 日上午第 1 场",
            centre="商洛市考点",
            room=room,
            rows=4,
            columns=5,
            planned_start_ms=start_ms,
            actor=ADMIN,
            spare=[SPARE_SEAT],
        )

    def _register(self, count: int) -> list[Person]:
        self.rows = roster(count, "02", "day")
        ids = self.register(self.rows, {"02": self.sitting_id})
        return [
            Person(ident, str(row.ticket), row.id_number, row.seat or 0)
            for ident, row in zip(ids, self.rows, strict=True)
        ]

    def register(self, rows: Sequence[RosterRow], sittings: dict[str, str]) -> list[str]:
        """Import a roster with portraits; candidate ids in its order."""
        receipt = self.do(
            import_roster,
            exam_id=self.exam_id,
            sitting_ids=sittings,
            rows=rows,
            fields=self.centre.keys.fields,
            actor=ADMIN,
            photos=lambda row: portrait(str(row.ticket), row.sex),
        )
        return list(receipt.candidate_ids)

    def _bring_paper(self) -> str:
        """One sealed package with a four-point form per subject; its bell code."""
        authority = Authority()
        authority.centre = self.centre.keys.hpke
        built = authority.pack(draft(_PAPER, subject="ethics"), draft(_PAPER, subject="theory"))
        self.scoring = {form: as_builtins(key) for form, key in built.form_keys.items()}
        self.correct = {
            form: {item.item_id: item.correct for item in key.items}
            for form, key in built.form_keys.items()
        }
        sealed = package.from_bytes(built.data)
        self.do(import_package, package=sealed, file=built.data, data=self.settings.data)
        return built.bell_code

    # --- staff and server --------------------------------------------------------

    def do(self, action: Callable[..., T], /, **arguments: Any) -> T:
        """One use case through the write queue, its rows locked as the faces lock them."""
        attempts = [arguments["attempt_id"]] if arguments.get("attempt_id") else []
        sittings = [arguments["sitting_id"]] if arguments.get("sitting_id") else []
        return self.centre.store.write(
            partial(action, **arguments), attempts=attempts, sittings=sittings
        )

    def unseal(
        self,
        code: str | None = None,
        first: Staff = PROCTOR,
        second: Staff = CHIEF,
        sitting_id: str | None = None,
    ) -> None:
        """启封."""
        self.do(
            bell.unseal,
            sitting_id=sitting_id or self.sitting_id,
            code=self.bell_code if code is None else code,
            first=first,
            second=second,
            keys=self.centre.keys,
            data=self.settings.data,
            vault=self.centre.vault,
        )

    def ring(self, actor: Staff = PROCTOR, sitting_id: str | None = None) -> None:
        """开考."""
        self.do(
            bell.ring,
            sitting_id=sitting_id or self.sitting_id,
            actor=actor,
            vault=self.centre.vault,
            keys=self.centre.keys,
        )

    def terminal(self, number: int, *, seat: int | None = None, name: str = "t1") -> Terminal:
        """A machine for the ``number``-th candidate, at their own seat unless told otherwise."""
        person = self.people[number]
        return Terminal(self, person, seat or person.seat, f"{number}-{name}")

    def begin(self, *numbers: int) -> list[Terminal]:
        """These candidates arrive, the bell rings, and they have opened the first subject."""
        there = [self.terminal(number).arrive() for number in numbers]
        self.unseal()
        self.ring()
        for terminal in there:
            terminal.open()
        return there

    def tick(self) -> None:
        """The server's second: signs of life, expiry, heads, scores."""
        self.sweep.tick()

    def wait(self, *, minutes: int = 0, seconds: int = 0, ms: int = 0) -> None:
        """Time passes in the room; the server looks once, at the end."""
        self.clock.advance(minutes * MINUTE + seconds * 1000 + ms)
        self.tick()

    def restart(self, away_ms: int = 0, *, reboot: bool = False, wall_step_ms: int = 0) -> None:
        """The server dies, is away for a while, and starts again, on a rebooted machine or not."""
        self.centre.store.close()
        if reboot:
            self.clock.reboot(away_ms)
        else:
            self.clock.advance(away_ms)
        self.clock.step_wall(wall_step_ms)
        self._open()

    def reopen(self) -> None:
        """Open the centre again, after its store was closed to let another process write."""
        self._open()

    # --- what is there -----------------------------------------------------------

    def attempt(self, person: Person, subject: int = 1) -> Attempt:
        """The attempt's row as it stands."""
        wanted = (Attempt.candidate_id == person.id, Attempt.ordinal == subject)
        return self.centre.store.read(
            lambda session: session.scalars(select(Attempt).where(*wanted)).one()
        )

    def attempt_id(self, person: Person, subject: int = 1) -> str:
        """Its id."""
        return self.attempt(person, subject).id

    def terminal_fence(self, person: Person) -> int:
        """The fence of the candidate's live terminal."""
        row = self.centre.store.read(lambda session: session.get(TerminalRow, person.id))
        return 1 if row is None else row.fence

    def sitting(self) -> Sitting:
        """The sitting's row."""
        return self.centre.store.read(
            lambda session: session.scalars(
                select(Sitting).where(Sitting.id == self.sitting_id)
            ).one()
        )

    def journal(self, chain: str | None = None) -> list[JournalEntry]:
        """The entries of one chain (the sitting's by default), in order."""
        wanted = JournalEntry.chain == (chain or self.sitting_id)
        return self.centre.store.read(
            lambda session: list(
                session.scalars(select(JournalEntry).where(wanted).order_by(JournalEntry.seq))
            )
        )

    def kinds(self, chain: str | None = None) -> list[str]:
        """What happened on a chain, by name."""
        return [entry.kind for entry in self.journal(chain)]

    def entries(self) -> int:
        """How many facts there are in all: a refusal leaves this number as it was."""
        return self.centre.store.read(lambda session: session.query(JournalEntry).count())

    def cases(self, person: Person) -> list[RecoveryCase]:
        """Recovery cases of the first subject, oldest first."""
        wanted = RecoveryCase.attempt_id == self.attempt_id(person)
        return self.centre.store.read(
            lambda session: list(
                session.scalars(select(RecoveryCase).where(wanted).order_by(RecoveryCase.opened_ms))
            )
        )

    def board(self) -> Board:
        """What the proctor sees."""
        now = self.clock.now()
        return self.centre.store.read(lambda session: board(session, self.sitting_id, now))

    def detail(self, person: Person) -> Detail:
        """The drawer of one candidate."""
        now, fields = self.clock.now(), self.centre.keys.fields
        return self.centre.store.read(
            lambda session: candidate_detail(session, person.id, now, fields)
        )

    def tile(self, seat: int) -> BoardSeat:
        """One seat of it."""
        return next(tile for tile in self.board().seats if tile.seat == seat)

    # --- the proof ---------------------------------------------------------------

    def export(self) -> tuple[Path, Path]:
        """The journal's zip and the authority's scoring key, as files."""
        journal = self.settings.home / f"journal-{self.sitting_id}.zip"
        scoring = self.settings.home / "scoring.json"
        scoring.write_text(json.dumps(self.scoring))
        journal.write_bytes(
            self.centre.store.read(
                lambda session: journal_file(
                    session,
                    sitting_id=self.sitting_id,
                    signing=self.centre.keys.signing,
                    now=self.clock.now(),
                )
            )
        )
        return journal, scoring

    def verified(self) -> Report:
        """The independent verifier finds nothing wrong in the export."""
        journal, scoring = self.export()
        signer = self.centre.keys.signing.public_key().public_bytes_raw()
        report = verify(journal, known_key=signer, scoring=[scoring])
        found = [(f.chain, f.seq, sentence(f, "en")) for f in report.findings]
        assert found == [], found
        assert report.unreadable is None
        return report

    def close(self) -> None:
        """The day is over."""
        self.scorer.close()
        self.centre.store.close()


def roster(count: int, room: str, seed: str) -> list[RosterRow]:
    """Candidates who do not exist; the first one's ID number ends in X."""
    kinds = [Kind("汽车驾驶员", "L3")]
    on = date(2026, 6, 20)
    rows = synthetic_roster(
        count,
        places=[Place(room, tuple(SEATS))],
        kinds=kinds,
        seed=seed,
        ticket_prefix=f"202606{room}",
        on=on,
    )
    others = synthetic_roster(
        300, places=[Place(room, tuple(range(300)))], kinds=kinds, seed=f"{seed}/X", on=on
    )
    with_x = next(row for row in others if row.id_number.endswith("X"))
    first = msgspec.structs.replace(rows[0], id_number=with_x.id_number, sex=with_x.sex)
    return [first, *rows[1:]]
