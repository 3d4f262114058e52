"""A key is corrected at the hub, over everybody whose results the centres have sent."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, update

from exam_server.errors import Refusal
from exam_server.results.actions.correcting import approve_correction
from exam_server.results.tables import ImportedResults
from exam_server.results.views.intake import imported_table
from exam_server.room.tables import JournalEntry, Response
from exam_server.storage.acts import Act, first_break
from exam_server.storage.tx import Tx
from tests.builders.hub_corrects import Province
from tests.builders.results_day import Day
from tests.builders.results_read import (
    APPROVER,
    AUTHORITY,
    groups_of,
    put_line_into_effect,
)


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
    """The centre knows the sealed key alone. Until its late papers are scored by the other one they
    have no points, and nobody draws a line over them. One had more answers; one was taken for
    absent, so that nothing of it was corrected."""
    province.centre.set_state(province.sat[2], "theory", "absent")
    province.send()
    province.correct()
    line = province.propose_line()
    province.recover_one()
    province.centre.set_state(province.sat[2], "theory", "submitted")
    found = province.send()
    assert (found.state, found.conflicts) == ("held", 6)
    conflicts = province.hub.store.read(lambda session: imported_table(session, found.id))[3]
    assert {(one.here, one.brought) for one in conflicts if not one.alike} == {
        ("2", "3"),
        ("absent", "0"),
    }
    assert province.person(1).subjects["theory"].points == "3", "nothing of a held package counts"
    province.accept(found.id)
    for number in (1, 2):
        person = province.person(number)
        assert (person.subjects["theory"].points, person.standing) == (None, "pending")
    assert groups_of(province.hub)[0].counts.pending == 2
    with pytest.raises(Refusal) as caught:
        province.propose_line()
    assert (caught.value.code, caught.value.facts) == ("scores_late", {"count": 2})
    with pytest.raises(Refusal, match="scores_late"):
        put_line_into_effect(province.hub, line)
    with pytest.raises(Refusal, match="scores_late"):
        province.attempt_it(province.propose("drop"))
    with pytest.raises(Refusal, match="second_person_required"):
        province.score_late(AUTHORITY)

    assert province.score_late() == [(0, 2), (2, 2)]
    explained = {
        1: [("rescoring", "2", "3", "题干有误"), ("recovery", "3", "4", "断网")],
        2: [("correction", "absent", "0", "迟到作答"), ("rescoring", "0", "1", "题干有误")],
    }
    for number, said in explained.items():
        person = province.person(number)
        assert (person.subjects["theory"].points, person.standing) == (said[-1][2], "valid")
        told = [(one.kind, one.before, one.after, one.reason) for one in person.differences]
        assert told == said
    assert ["2", "3", "3", "4"] in province.points(), "every version stays"
    act = province.hub.store.read(
        lambda session: session.scalars(select(Act).order_by(Act.seq.desc()).limit(1)).one()
    )
    assert act.kind == "late_scored"
    assert sorted(row[1:] for row in act.data["scores"]) == [[2, "0", "1"], [4, "3", "4"]]
    with pytest.raises(Refusal, match="late_nobody"):
        province.score_late()
    with pytest.raises(Refusal, match="line_scores_changed"):
        put_line_into_effect(province.hub, line)
    assert province.propose_line()
