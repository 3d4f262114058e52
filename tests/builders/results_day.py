"""A room that has been sat: roster, sealed paper, attempts that ended one way or another."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import select

from exam_server.auth.identity import Role, Staff
from exam_server.clock import SystemClock
from exam_server.desk.actions.exam import create_exam, plan_sitting
from exam_server.desk.actions.roster import import_roster
from exam_server.desk.portrait import portrait
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.rules.roster_row import RosterRow
from exam_server.desk.synthetic import Kind, Place, synthetic_roster
from exam_server.desk.tables import Candidate, Sitting
from exam_server.keys import CentreKeys, FieldCipher
from exam_server.results.actions.scoring import mark_scored, score_job, store_scores
from exam_server.results.scorer_client import ScorerClient
from exam_server.results.views.pending import pending_scores, sittings_to_settle
from exam_server.results.views.score_page import ScorePage, score_pages
from exam_server.room import journal
from exam_server.room.actions.bell import make_ready
from exam_server.room.tables import Attempt, Response
from exam_server.room.views.shelves import Shelves
from exam_server.storage.store import Store
from exam_server.storage.tx import Tx
from exam_server.vault.actions.packages import import_package
from question_bank.items.key import as_builtins
from question_bank.items.shape import ItemType
from question_bank.sealing import opening, package
from tests.builders.papers import Authority, draft
from tests.builders.profiles import short_block

Paper = Literal["all right", "half", "blank"]
START_MS = 1_781_900_000_000


def staff(role: Role = Role.CENTRE_ADMIN, ident: str = "s1", city: str | None = None) -> Staff:
    """A member of staff who exists only in the test."""
    return Staff(ident, ident, f"职员{ident}", role, city)


def centre_keys() -> CentreKeys:
    """Fresh keys that lie in no folder."""
    return CentreKeys(
        X25519PrivateKey.generate(),
        Ed25519PrivateKey.generate(),
        secrets.token_bytes(32),
        FieldCipher(secrets.token_bytes(32), secrets.token_bytes(32)),
    )


class Day:
    """An exam of two four-point subjects in room 02, from the roster to the last score."""

    def __init__(self, url: str, data: Path, name: str = "工考", start_ms: int = START_MS) -> None:
        self.store = Store(url, SystemClock())
        self.data = data
        self.keys = centre_keys()
        self.client = ScorerClient()
        self.exam_id = self.store.write(
            lambda tx: create_exam(
                tx, name=name, year=2026, mode="formal", profile=short_block(), actor=staff()
            )
        )
        self.sitting_id = self.plan_room("02", start_ms)
        self.scoring_secret, self.bell_code = b"", ""
        self.correct: dict[str, dict[str, str]] = {}

    def plan_room(self, room: str, start_ms: int = START_MS) -> str:
        """A room of 20 machines, the last of which is a spare."""
        return self.store.write(
            lambda tx: plan_sitting(
                tx,
                exam_id=self.exam_id,
                name="6 月 20 日上午第 1 场",
                centre="商洛市考点",
                room=room,
                rows=4,
                columns=5,
                planned_start_ms=start_ms,
                actor=staff(),
                spare=[20],
            )
        )

    def people(
        self, count: int, kinds: list[Kind] | None = None, seed: str = "day"
    ) -> list[RosterRow]:
        """Synthetic candidates for room 02."""
        return synthetic_roster(
            count,
            places=[Place("02", tuple(range(1, 20)))],
            kinds=kinds or [Kind("汽车驾驶员", "L3")],
            seed=seed,
            on=date(2026, 6, 20),
        )

    def register(self, rows: list[RosterRow]) -> list[str]:
        """Import the rows, with portraits; candidate ids in their order."""
        receipt = self.store.write(
            lambda tx: import_roster(
                tx,
                exam_id=self.exam_id,
                sitting_ids={"02": self.sitting_id},
                rows=rows,
                fields=self.keys.fields,
                actor=staff(),
                photos=lambda row: portrait(str(row.ticket), row.sex),
            )
        )
        return list(receipt.candidate_ids)

    def bring_paper(self) -> None:
        """Seal a paper for both subjects and give everybody their attempts."""
        authority = Authority()
        counts = {ItemType.SINGLE: 2, ItemType.MULTIPLE: 2}
        built = authority.pack(draft(counts, subject="ethics"), draft(counts, subject="theory"))
        sealed = package.from_bytes(built.data)
        self.store.write(
            lambda tx: import_package(tx, package=sealed, file=built.data, data=self.data)
        )
        opened = opening.open_content_keys(sealed, authority.centre, built.bell_code)
        self.scoring_secret = opened.scoring_secret
        self.keys, self.bell_code = replace(self.keys, hpke=authority.centre), built.bell_code
        self.paper = built.data
        self.scoring = {form_id: as_builtins(key) for form_id, key in built.form_keys.items()}
        self.correct = {
            form_id: {item.item_id: item.correct for item in key.items}
            for form_id, key in built.form_keys.items()
        }
        self.store.write(lambda tx: make_ready(tx, sitting_id=self.sitting_id, actor="staff:admin"))

    def hand_in(
        self, candidate_id: str, subject: str, paper: Paper, cause: str = "candidate"
    ) -> str:
        """Answer and hand in one subject; the attempt's id."""
        return self.store.write(lambda tx: self._hand_in(tx, candidate_id, subject, paper, cause))

    def _hand_in(self, tx: Tx, candidate_id: str, subject: str, paper: Paper, cause: str) -> str:
        attempt = self._attempt(tx, candidate_id, subject)
        right = sorted(self.correct[attempt.form_id].items())
        given = {"all right": right, "half": right[:2], "blank": []}[paper]
        for counter, (item_id, letters) in enumerate(given, start=1):
            tx.session.add(
                Response(
                    attempt_id=attempt.id,
                    item_id=item_id,
                    fence=1,
                    counter=counter,
                    options=letters,
                    marked=False,
                    seq=counter,
                    digest="",
                )
            )
        attempt.state, attempt.cause = "submitted", cause
        attempt.submitted_ms, attempt.answered = tx.now.wall_ms, len(given)
        data = {"cause": cause, "left_ms": 0, "answered": len(given)}
        journal.append(tx, chain=attempt, kind="submitted", actor="system", data=data)
        return attempt.id

    def set_state(self, candidate_id: str, subject: str, state: str) -> None:
        """Mark a subject absent or voided, as the room or the authority has decided."""

        def change(tx: Tx) -> None:
            self._attempt(tx, candidate_id, subject).state = state

        self.store.write(change)

    def set_sitting(self, state: SittingState) -> None:
        """Put the sitting where the room would have brought it."""

        def change(tx: Tx) -> None:
            sitting = tx.session.get(Sitting, self.sitting_id)
            assert sitting is not None
            sitting.state = state.value

        self.store.write(change)

    def sweep(self) -> list[str]:
        """Score everything that is due and settle the sitting; ids of scored attempts."""
        stored: list[str] = []
        for job in self.store.read(pending_scores):
            scored = score_job(
                self.client, job, scoring_secret=self.scoring_secret, data_folder=self.data
            )
            stored += self.store.write(partial(store_scores, scored=scored))
        for sitting_id in self.store.read(sittings_to_settle):
            self.store.write(partial(mark_scored, sitting_id=sitting_id))
        return stored

    def score_page(self, candidate_id: str) -> ScorePage | None:
        """What the candidate sees of their points, None while there is nothing to be seen."""
        pages = self.store.read(lambda session: score_pages(session, [candidate_id], Shelves()))
        return pages.get(candidate_id)

    def add_people_from(self, city: str, count: int, seed: str) -> list[str]:
        """More candidates of another city, in seats after those taken."""
        taken = self.store.read(
            lambda session: set(
                session.scalars(
                    select(Candidate.seat).where(Candidate.sitting_id == self.sitting_id)
                )
            )
        )
        free = tuple(seat for seat in range(1, 20) if seat not in taken)
        rows = synthetic_roster(
            count,
            places=[Place("02", free)],
            kinds=[Kind("汽车驾驶员", "L3", city)],
            seed=seed,
            ticket_prefix="2027",
        )
        return self.register(rows)

    def close(self) -> None:
        """Let go of the database and the scorer."""
        self.client.close()
        self.store.close()

    @staticmethod
    def _attempt(tx: Tx, candidate_id: str, subject: str) -> Attempt:
        return tx.session.scalars(
            select(Attempt).where(Attempt.candidate_id == candidate_id, Attempt.subject == subject)
        ).one()
