"""A key is corrected at the hub, over everybody whose results the centres have sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, update

from exam_server.auth.identity import Staff
from exam_server.build import build_id
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.errors import Refusal
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
from exam_server.results.tables import ImportedResults, Score
from exam_server.results.views.intake import imported_table
from exam_server.results.views.outcomes import PersonOutcome, outcomes
from exam_server.room.tables import Attempt, JournalEntry, Response
from exam_server.storage.acts import Act, first_break
from exam_server.storage.migrate import upgrade
from exam_server.storage.tx import Tx
from exam_server.vault.actions.packages import import_package
from question_bank.sealing import package
from tests.builders.results_day import Day, staff
from tests.builders.results_read import (
    APPROVER,
    AUTHORITY,
    GROUP,
    groups_of,
    put_line_into_effect,
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

    def half(self) -> PersonOutcome:
        return self.hub.store.read(
            lambda session: outcomes(
                session,
                self.hub.exam_id,
                today=date(2026, 7, 1),
                candidate_id=self.people[1],
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


@pytest.fixture
def province(day: Day, tmp_path: Path) -> Iterator[Province]:
    made = Province(day, tmp_path)
    yield made
    made.centre.close()


def test_everybody_of_every_centre_is_scored_anew_and_the_record_says_so(
    province: Province,
) -> None:
    province.send()
    assert province.points() == [["0"], ["0"], ["2"], ["2"], ["4"], ["4"]]
    correction = province.propose()
    assert province.attempt_it(correction) == [(0, 3), (3, 3)]
    for who in (APPROVER, AUTHORITY):
        province.hub.store.write(partial(approve_correction, correction_id=correction, actor=who))
    assert province.points() == [["0"], ["0", "1"], ["2"], ["2", "3"], ["4"], ["4", "4"]]
    assert groups_of(province.hub)[0].counts.valid == 3
    kinds = province.hub.store.read(
        lambda session: list(session.scalars(select(Act.kind).order_by(Act.seq)))
    )
    assert kinds[-1] == "correction_applied"
    assert province.hub.store.read(first_break) is None
    told = province.hub.store.read(
        lambda session: list(
            session.scalars(select(JournalEntry.kind).where(JournalEntry.kind == "scored"))
        )
    )
    assert told == [], "a centre's journal stays with the centre"
    province.send()
    assert province.points()[1] == ["0", "1"], "the same package again changes nothing"


def test_answers_that_do_not_give_the_score_they_came_with_stop_the_trial(
    province: Province,
) -> None:
    """What was touched after the scoring is found by scoring it again; what a package does not
    hold is asked for."""

    def touch(tx: Tx) -> None:
        tx.session.execute(update(Response).values(options=""))

    def forget(tx: Tx) -> None:
        row = tx.session.scalars(select(ImportedResults)).one()
        row.results = {name: part for name, part in row.results.items() if name != "answers"}

    province.centre.store.write(touch)
    province.send()
    correction = province.propose()
    with pytest.raises(Refusal, match="correction_not_reproduced"):
        province.attempt_it(correction)
    province.hub.store.write(forget)
    with pytest.raises(Refusal, match="correction_no_answers"):
        province.attempt_it(correction)


def test_what_a_centre_recovers_after_the_correction_is_scored_by_the_corrected_key(
    province: Province,
) -> None:
    """The centre knows the sealed key alone. Until its late paper is scored by the other one it
    has no points, and nobody draws a line over it."""
    province.send()
    province.correct()
    province.recover_one()
    found = province.send()
    assert (found.state, found.conflicts) == ("held", 6)
    conflicts = province.hub.store.read(lambda session: imported_table(session, found.id))[3]
    assert [(one.here, one.brought) for one in conflicts if not one.alike] == [("2", "3")]
    assert province.half().subjects["theory"].points == "3", "nothing of a held package counts"
    province.accept(found.id)
    person = province.half()
    assert (person.subjects["theory"].points, person.standing) == (None, "pending")
    assert groups_of(province.hub)[0].counts.pending == 1
    with pytest.raises(Refusal) as caught:
        province.propose_line()
    assert (caught.value.code, caught.value.facts) == ("scores_late", {"count": 1})
    with pytest.raises(Refusal, match="scores_late"):
        province.attempt_it(province.propose("drop"))
    with pytest.raises(Refusal, match="second_person_required"):
        province.score_late(AUTHORITY)

    assert province.score_late() == [(0, 1), (1, 1)]
    person = province.half()
    assert (person.subjects["theory"].points, person.standing) == ("4", "valid")
    told = [(one.kind, one.before, one.after, one.reason) for one in person.differences]
    assert told == [("rescoring", "2", "3", "题干有误"), ("recovery", "3", "4", "断网")]
    assert ["2", "3", "3", "4"] in province.points(), "every version stays"
    act = province.hub.store.read(
        lambda session: session.scalars(select(Act).order_by(Act.seq.desc()).limit(1)).one()
    )
    assert act.kind == "late_scored"
    assert [row[1:] for row in act.data["scores"]] == [[4, "3", "4"]]
    with pytest.raises(Refusal, match="late_nobody"):
        province.score_late()
    assert province.propose_line()


def test_a_line_under_way_waits_for_the_late_paper(province: Province) -> None:
    province.send()
    province.correct()
    line = province.propose_line()
    province.recover_one()
    province.accept(province.send().id)
    with pytest.raises(Refusal, match="scores_late"):
        put_line_into_effect(province.hub, line)
    province.score_late()
    with pytest.raises(Refusal, match="line_scores_changed"):
        put_line_into_effect(province.hub, line)
