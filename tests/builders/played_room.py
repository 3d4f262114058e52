"""A room played through the real use cases on a clock that the test moves."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from sqlalchemy import select

from exam_server.auth.identity import Role
from exam_server.errors import Refusal
from exam_server.results.actions.scoring import score_job, store_scores
from exam_server.results.views.pending import pending_scores
from exam_server.room.actions import (
    bell,
    check_in,
    closing,
    ending,
    heads,
    machines,
    opening,
    outage,
    people,
    recovery,
    responses,
)
from exam_server.room.actions.handing_in import hand_in_together
from exam_server.room.actions.log_in import Credentials, Login, log_in_together
from exam_server.room.actions.machines import Place
from exam_server.room.rules.reconciliation import Finding, Unsettled
from exam_server.room.rules.recovery_life import RecoveryState
from exam_server.room.tables import Attempt
from exam_server.room.views.detail_shapes import CaseCard
from exam_server.room.views.reconciliation import reconciliation
from exam_server.room.views.shelves import Shelves
from exam_server.storage.store import Store
from exam_server.storage.tx import Tx
from exam_server.upkeep.journal_export import journal_file
from exam_server.vault.actions.packages import import_package
from exam_server.vault.opened import OpenedVault
from exam_server.vault.tables import Form
from question_bank.items.key import as_builtins
from question_bank.items.shape import ItemType, Shape
from question_bank.sealing import package
from tests.builders.papers import Authority, draft
from tests.builders.results_day import START_MS, Day, staff
from tests.manual_clock import ManualClock

T = TypeVar("T")
CHIEF = staff(Role.CHIEF_PROCTOR, "chief")
PROCTOR = staff(Role.PROCTOR, "proctor")
GRACE_MS = 5_000


class PlayedRoom:
    """Some candidates in room 02, from login to the exported journal."""

    def __init__(self, url: str, data: Path, count: int) -> None:
        self.day = Day(url, data)
        self.clock = ManualClock(START_MS, 1_000_000)
        self.day.store.close()
        self.day.store = self.store = Store(url, self.clock, database_clock=False)
        self.sitting_id = self.day.sitting_id
        self.vault = OpenedVault()
        self.rows = self.day.people(count)
        self.people = self.day.register(self.rows)
        self._bring_paper()

    def do(self, command: Callable[[Tx], T]) -> T:
        """One command through the write queue."""
        return self.store.write(command, sittings=[self.sitting_id])

    def _bring_paper(self) -> None:
        authority = Authority()
        counts = {ItemType.SINGLE: 2, ItemType.MULTIPLE: 2}
        built = authority.pack(draft(counts, subject="ethics"), draft(counts, subject="theory"))
        self.keys = replace(self.day.keys, hpke=authority.centre)
        self.bell_code = built.bell_code
        self.scoring = {form: as_builtins(key) for form, key in built.form_keys.items()}
        sealed = package.from_bytes(built.data)
        data = self.day.data
        self.do(lambda tx: import_package(tx, package=sealed, file=built.data, data=data))
        self.do(lambda tx: bell.make_ready(tx, sitting_id=self.sitting_id, actor="staff:admin"))

    def unseal_and_ring(self) -> None:
        """Two persons and the code; then the bell."""
        self.do(
            lambda tx: bell.unseal(
                tx,
                sitting_id=self.sitting_id,
                code=self.bell_code,
                first=PROCTOR,
                second=CHIEF,
                keys=self.keys,
                data=self.day.data,
                vault=self.vault,
            )
        )
        self.clock.advance(60_000)
        self.do(
            lambda tx: bell.ring(
                tx, sitting_id=self.sitting_id, actor=PROCTOR, vault=self.vault, keys=self.keys
            )
        )
        self.do(outage.beat)

    def check_in(self, number: int, terminal: str = "t1", seat: int | None = None) -> None:
        """Log in, confirm, pledge."""
        row = self.rows[number]
        who = Credentials(str(row.ticket), row.id_number)
        place = Place("02", seat or row.seat, f"{number}-{terminal}")
        token = f"token-{number}-{terminal}-{self.clock.now().wall_ms}"
        person = self.people[number]
        fields = self.keys.fields

        def come(tx: Tx) -> None:
            log_in_together(tx, [Login(who, place, token)], fields=fields, shelves=Shelves())
            check_in.confirm_together(tx, [check_in.Said(person, right=True)])
            check_in.pledge_together(tx, [person])

        self.do(come)

    def attempt(self, number: int, ordinal: int) -> Attempt:
        """The attempt's row as it stands."""
        attempts = self.store.read(
            lambda session: session.scalars(
                select(Attempt)
                .where(Attempt.candidate_id == self.people[number])
                .order_by(Attempt.ordinal)
            ).all()
        )
        return attempts[ordinal - 1]

    def start(self, number: int, ordinal: int) -> None:
        """Fetch the key: the subject begins."""
        attempt_id = self.attempt(number, ordinal).id
        wanted = [opening.Opening(attempt_id, self.people[number])]
        (key,) = self.do(
            lambda tx: opening.start_together(tx, wanted, vault=self.vault, keys=self.keys)
        )
        if isinstance(key, Refusal):
            raise key

    def answer(
        self, number: int, ordinal: int, place: int, options: str, revision: tuple[int, int]
    ) -> responses.Receipts:
        """Save one answer to the item at that place of the shape."""
        attempt = self.attempt(number, ordinal)
        shape = self._shape(attempt)
        items = [(section, item) for section in shape.sections for item in section.items]
        section, item = items[place % len(items)]
        if section.type is not ItemType.MULTIPLE:
            options = options[:1]
        answer = responses.Answer(item.id, options, False, revision, 0)
        save = responses.Save(attempt.id, self.people[number], shape, [answer], GRACE_MS)
        return self.do(lambda tx: responses.save_responses(tx, save))

    def hand_in(self, number: int, ordinal: int) -> None:
        """Hand in with an empty outbox."""
        attempt = self.attempt(number, ordinal)
        save = responses.Save(attempt.id, self.people[number], self._shape(attempt), [], GRACE_MS)
        (outcome,) = self.do(lambda tx: hand_in_together(tx, [save]))
        if isinstance(outcome, Refusal):
            raise outcome

    def _shape(self, attempt: Attempt) -> Shape:
        return self.store.read(
            lambda session: msgspec.convert(_form(session.get(Form, attempt.form_id)).shape, Shape)
        )

    def tick(self) -> None:
        """What the server does every second: live, and end what is over."""
        self.do(outage.beat)
        self.do(lambda tx: ending.sweep_expired(tx, sitting_id=self.sitting_id))

    def restart(self, away_ms: int, *, reboot: bool = False) -> None:
        """The server is gone for a while and wakes up."""
        if reboot:
            self.clock.reboot(away_ms)
        else:
            self.clock.advance(away_ms)
        self.do(lambda tx: outage.wake_up(tx, process=1))

    def finish(self) -> None:
        """Everybody left is accounted for; the room closes; all is scored."""

        def account(tx: Tx) -> None:
            for number, person in enumerate(self.people):
                for found in people.attempts_of(tx, person):
                    if found.state == "assigned" and found.ordinal == 1:
                        self._absent(tx, person)
                    elif found.state not in ("submitted", "absent"):
                        ending.force_submit(
                            tx, attempt_id=found.id, actor=PROCTOR, reason=f"收卷 {number}"
                        )

        self.clock.advance(60 * 60_000)
        self.do(account)
        self._settle()
        self.do(lambda tx: closing.close_sitting(tx, sitting_id=self.sitting_id, actor=PROCTOR))
        self.score()

    def _settle(self) -> None:
        """Whatever stands against the close, by the act for it."""
        found = self.store.read(lambda session: reconciliation(session, self.sitting_id))
        for row in found.rows:
            self.do(partial(_settle, row=row, case=found.cases.get(row.about)))

    @staticmethod
    def _absent(tx: Tx, person: str) -> None:
        ending.mark_absent(tx, candidate_id=person, actor=PROCTOR, reason="未到")

    def absent(self, number: int) -> None:
        """The proctor notes that somebody has not come."""
        self.do(lambda tx: self._absent(tx, self.people[number]))

    def score(self) -> None:
        """The scorer process has a turn, then the heads are taken in."""
        for job in self.store.read(pending_scores):
            secret = self.vault.scoring_secret(job.form_id)
            scored = score_job(
                self.day.client, job, scoring_secret=secret, data_folder=self.day.data
            )
            self.do(partial(store_scores, scored=scored))
        self.do(lambda tx: heads.take_heads(tx, people.sitting(tx, self.sitting_id)))

    def export(self, folder: Path) -> tuple[Path, Path]:
        """The journal's zip and the scoring key as files."""
        journal, scoring = folder / f"journal-{self.sitting_id}.zip", folder / "scoring.json"
        scoring.write_text(json.dumps(self.scoring))
        journal.write_bytes(
            self.store.read(
                lambda session: journal_file(
                    session,
                    sitting_id=self.sitting_id,
                    signing=self.keys.signing,
                    now=self.clock.now(),
                )
            )
        )
        return journal, scoring

    def close(self) -> None:
        """Stop what was started."""
        self.day.close()


def _form(form: Form | None) -> Form:
    assert form is not None
    return form


def _settle(tx: Tx, *, row: Finding, case: CaseCard | None) -> None:
    about = row.about
    why: dict[str, Any] = {"actor": PROCTOR, "reason": "收场核对"}
    match row.cause:
        case Unsettled.RECOVERY:
            if case is not None and case.state == RecoveryState.OPEN:
                recovery.propose_recovery(tx, case_id=about, apply=False, **why)
            senior = {**why, "actor": staff(Role.CHIEF_PROCTOR, "second-chief")}
            recovery.decide_recovery(tx, case_id=about, agree=True, **senior)
        case Unsettled.MACHINE:
            machines.refuse_change(tx, candidate_id=about, **why)
        case Unsettled.LOSS:
            machines.decline_loss(tx, attempt_id=about, **why)
        case Unsettled.INCIDENT:
            closing.settle_incident(tx, incident_id=about, **why)
        case _:
            closing.explain(tx, attempt_id=about, cause=row.cause.value, **why)
