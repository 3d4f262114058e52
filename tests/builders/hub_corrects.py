"""A centre whose people have sat, and the hub that corrects a key after it has their package."""

from __future__ import annotations

import json
from datetime import date
from functools import partial
from pathlib import Path

from sqlalchemy import select

from exam_server.auth.identity import Staff
from exam_server.build import build_id
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.results.actions.announcing import announce
from exam_server.results.actions.correcting import approve_correction, propose_correction
from exam_server.results.actions.held_packages import accept_correction
from exam_server.results.actions.intake import Imported, import_results
from exam_server.results.actions.key_custody import KeySource
from exam_server.results.actions.late_scoring import score_late
from exam_server.results.actions.lines import propose_line
from exam_server.results.actions.trial import try_out
from exam_server.results.corrections import Change
from exam_server.results.package import result_package
from exam_server.results.rules.params import LineParams
from exam_server.results.tables import Score
from exam_server.results.views.outcomes import PersonOutcome, outcomes
from exam_server.room.tables import Attempt
from exam_server.storage.migrate import upgrade
from exam_server.vault.actions.packages import import_package
from question_bank.sealing import package
from tests.builders.results_day import Day, staff
from tests.builders.results_read import (
    APPROVER,
    AUTHORITY,
    GROUP,
    recover,
)


class Province:
    """A centre whose three people have sat, and the hub that has its package."""

    def __init__(self, hub: Day, folder: Path) -> None:
        url = f"sqlite:///{folder / 'centre.db'}"
        upgrade(url)
        self.hub, self.centre = hub, Day(url, folder / "centre")
        rows = self.centre.people(3)
        self.sat = here = self.centre.register(rows)
        self.centre.bring_paper()
        for person, paper in zip(here, ("all right", "half", "blank"), strict=True):
            for subject in ("ethics", "theory"):
                self.centre.hand_in(person, subject, paper)  # type: ignore[arg-type]
        self.centre.set_sitting(SittingState.CLOSED)
        self.centre.sweep()
        self.people = hub.register(rows)
        self.sealed = package.from_bytes(self.centre.paper)
        hub.store.write(
            lambda tx: import_package(
                tx, package=self.sealed, file=self.centre.paper, data=hub.data
            )
        )
        hub.store.write(
            partial(
                announce,
                exam_id=hub.exam_id,
                package=self.sealed,
                centre="商洛市考点",
                centre_key=self.centre.keys.signing.public_key().public_bytes_raw(),
                golden={},
                builds=[build_id()],
                seats={str(row.ticket): "02" for row in rows},
                actor=AUTHORITY,
            )
        )
        self.scoring = folder / "scoring.json"
        self.scoring.write_text(json.dumps(self.centre.scoring))

    def package(self) -> bytes:
        return self.centre.store.read(
            lambda session: result_package(
                session,
                exam_id=self.centre.exam_id,
                signing=self.centre.keys.signing,
                now=self.centre.store.now(),
            )
        )

    def send(self) -> Imported:
        data = self.package()
        return self.hub.store.write(partial(import_results, data=data, actor=AUTHORITY))

    def correct(self) -> None:
        """Everybody has the last item of the theory paper, by two persons' approval."""
        correction = self.propose()
        self.attempt_it(correction)
        for who in (APPROVER, AUTHORITY):
            self.hub.store.write(partial(approve_correction, correction_id=correction, actor=who))

    def recover_one(self) -> None:
        """An answer of "half" in theory was still on the machine that had failed."""
        attempt = self.centre.store.read(
            lambda session: session.scalars(
                select(Attempt.id).where(
                    Attempt.candidate_id == self.sat[1], Attempt.subject == "theory"
                )
            ).one()
        )
        recover(self.centre, attempt, "case-1")
        self.centre.sweep()

    def accept(self, imported_id: str) -> None:
        self.hub.store.write(
            partial(accept_correction, imported_id=imported_id, reason="迟到作答", actor=AUTHORITY)
        )

    def score_late(self, second: Staff | None = None) -> list[tuple[int, int]]:
        return list(
            score_late(
                self.hub.store,
                source=KeySource({}, self.scoring),
                keys=self.hub.keys,
                actor=AUTHORITY,
                second=second or staff(AUTHORITY.role, "second"),
            )
        )

    def person(self, number: int) -> PersonOutcome:
        """The ``number``-th of the three, as the hub has them."""
        return self.hub.store.read(
            lambda session: outcomes(
                session,
                self.hub.exam_id,
                today=date(2026, 7, 1),
                candidate_id=self.people[number],
            )
        ).people[0]

    def propose_line(self) -> str:
        return self.hub.store.write(
            partial(
                propose_line,
                exam_id=self.hub.exam_id,
                group=GROUP,
                params=LineParams(mode="line", line="5"),
                reason="参照上年",
                actor=AUTHORITY,
            )
        )

    def propose(self, change: str = "full") -> str:
        """The last item of the theory paper, which "half" left blank."""
        form = next(
            form for form in self.sealed.shapes if self.sealed.shapes[form].subject == "theory"
        )
        wanted = [Change(form, max(self.centre.correct[form]), change, "")]
        return self.hub.store.write(
            lambda tx: propose_correction(
                tx,
                exam_id=self.hub.exam_id,
                changes=wanted,
                reason="题干有误",
                keys=self.hub.keys,
                actor=AUTHORITY,
            )
        )

    def attempt_it(self, correction: str) -> list[tuple[int, int]]:
        return list(
            try_out(
                self.hub.store,
                correction_id=correction,
                source=KeySource({}, self.scoring),
                keys=self.hub.keys,
                actor=AUTHORITY,
                second=staff(AUTHORITY.role, "second"),
            )
        )

    def points(self) -> list[list[str]]:
        """By attempt, every version at the hub."""
        rows = self.hub.store.read(
            lambda session: session.execute(
                select(Score.attempt_id, Score.points).order_by(Score.attempt_id, Score.version)
            ).all()
        )
        found: dict[str, list[str]] = {}
        for attempt, value in rows:
            found.setdefault(attempt, []).append(value)
        return sorted(found.values())
