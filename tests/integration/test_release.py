"""Results become official: by whose act, on which line, what a correction has to say (D9, D16)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.auth.identity import Role, Staff
from exam_server.clock import china_day
from exam_server.desk.rules.id_number import synthetic
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.synthetic import Kind
from exam_server.desk.tables import Exam, Sitting
from exam_server.errors import Refusal
from exam_server.ids import new_id
from exam_server.profiles.holiday_file import calendar
from exam_server.results.actions.rulings import rule
from exam_server.results.tables import CutScore, ReleasedResult, ResultsRelease, Score
from exam_server.results.views.release import (
    ReleaseCard,
    ReleaseList,
    release_list,
    release_versions,
)
from exam_server.room.tables import Attempt
from exam_server.storage.acts import Act, first_break
from exam_server.storage.tx import Tx
from tests.builders.published import PROVINCE, draw_line, publish
from tests.builders.results_day import START_MS, Day, staff
from tests.builders.results_read import GROUP

CITY = staff(Role.AUTHORITY, "city", "商洛市")
CITY_DEPUTY = staff(Role.AUTHORITY, "city2", "商洛市")
L4 = "商洛市|汽车驾驶员|L4"
EXAM_DAY = china_day(START_MS)


def refused(day: Day, actor: Staff = PROVINCE, group: str = GROUP, reason: str = "") -> Refusal:
    with pytest.raises(Refusal) as told:
        publish(day, actor, group, reason)
    return told.value


def count_of(day: Day) -> int:
    return len(day.store.read(lambda session: session.scalars(select(ReleasedResult)).all()))


def listed(day: Day, viewer: Staff = PROVINCE, today: date = EXAM_DAY) -> ReleaseList:
    return day.store.read(
        lambda session: release_list(
            session, day.exam_id, viewer=viewer, calendar=calendar(), today=today
        )
    )


def card_of(day: Day, today: date = EXAM_DAY) -> ReleaseCard:
    (card,) = listed(day, today=today).cards
    return card


def score_again(day: Day, candidate_id: str, subject: str, points: str, reason: str | None) -> None:
    """Another version of one score."""

    def change(tx: Tx) -> None:
        old = tx.session.scalars(
            select(Score)
            .join(Attempt, Attempt.id == Score.attempt_id)
            .where(Attempt.candidate_id == candidate_id, Attempt.subject == subject)
        ).one()
        tx.session.add(
            Score(
                id=new_id(),
                attempt_id=old.attempt_id,
                version=2,
                points=points,
                sections=old.sections,
                attempt_head=old.attempt_head,
                scoring_digest=old.scoring_digest,
                scored_ms=tx.now.wall_ms,
                reason=reason,
            )
        )

    day.store.write(change)


def test_the_province_makes_the_results_of_l3_official(sat: tuple[Day, list[str]]) -> None:
    day, people = sat
    assert refused(day).code == "line_pending"
    day.sweep()
    assert refused(day).code == "release_no_line"
    assert card_of(day).ready == "line"
    draw_line(day)
    assert refused(day, CITY).code == "release_wrong_office", "a city publishes no L3"
    assert refused(day, staff()).code == "forbidden"
    assert card_of(day).ready is None
    assert count_of(day) == 0

    made = publish(day)
    results = day.store.read(lambda session: official(session, made))
    assert results[people[0]]["sum"] == "8"
    assert results[people[0]]["status"] == "undecided", "the practical result is still to come"
    assert results[people[4]]["status"] == "fail"
    assert results[people[5]]["status"] == "absent"
    assert results[people[5]]["subjects"] == {"ethics": None, "theory": None}, "absent is not 0"
    assert results[people[6]]["sum"] is None
    line, release, act, sitting = day.store.read(lambda session: record_of(session, day))
    assert act.actor == "staff:province"
    assert act.data == {
        "release": made,
        "exam": day.exam_id,
        "group": GROUP,
        "version": 1,
        "line": line.id,
        "snapshot": line.snapshot_digest,
        "results": release.digest,
        "people": 7,
        "changed": 0,
    }
    assert sitting.state == SittingState.RELEASED
    page = day.score_page(people[0])
    assert page is not None
    assert not page.provisional, "what the machine shows is official now"
    assert day.store.read(first_break) is None
    assert refused(day).code == "release_same"


def official(session: Session, release_id: str) -> dict[str, dict[str, object]]:
    rows = session.scalars(select(ReleasedResult).where(ReleasedResult.release_id == release_id))
    return {row.candidate_id: row.official for row in rows}


def record_of(session: Session, day: Day) -> tuple[CutScore, ResultsRelease, Act, Sitting]:
    return (
        session.scalars(select(CutScore)).one(),
        session.scalars(select(ResultsRelease)).one(),
        session.scalars(select(Act).where(Act.kind == "results_released")).one(),
        session.get_one(Sitting, day.sitting_id),
    )


def test_a_correction_is_a_new_version_and_every_difference_has_its_reason(
    sat: tuple[Day, list[str]],
) -> None:
    day, people = sat
    day.sweep()
    draw_line(day)
    publish(day)
    score_again(day, people[1], "ethics", "3", "第 2 题答案更正")
    score_again(day, people[2], "theory", "1", None)
    assert refused(day).code == "release_other_scores", "the line was drawn on other scores"
    assert card_of(day).newer
    draw_line(day)
    told = refused(day)
    assert (told.code, len(told.rows)) == ("release_unexplained", 1)
    assert told.rows[0]["facts"] == {"before": "2", "after": "1", "field": "points.theory"}
    number = synthetic("611002", date(1971, 3, 5), 991)
    assert refused(day, reason=f"见{number}").code == "id_number_in_text"

    publish(day, reason="核对原始作答")
    newest, first = day.store.read(
        lambda session: release_versions(session, day.exam_id, GROUP, viewer=PROVINCE)
    )
    assert (newest.version, first.version, len(first.changed)) == (2, 1, 0)
    changed = {
        change["field"]: (change["before"], change["after"], change["why"])
        for person in newest.changed
        for change in person.changes
    }
    assert changed["points.ethics"] == ("4", "3", "第 2 题答案更正")
    assert changed["points.theory"] == ("2", "1", "核对原始作答")
    assert {why for *_, why in changed.values()} <= {"第 2 题答案更正", "核对原始作答"}
    assert Decimal(str(changed["sum"][1])) < Decimal(str(changed["sum"][0]))


def test_who_is_held_after_the_publication_is_published_anew_without_points(
    sat: tuple[Day, list[str]],
) -> None:
    day, people = sat
    day.sweep()
    draw_line(day)
    made = publish(day)
    assert not card_of(day).newer
    hold = partial(
        rule,
        candidate_id=people[0],
        subject="*",
        decision="held",
        reason="举报待查",
        document="",
        actor=PROVINCE,
    )
    day.store.write(hold)
    assert card_of(day).newer, "the line stands, the result does not"
    assert refused(day).code == "release_unexplained"
    again = publish(day, reason="举报待查")
    before, after = (day.store.read(partial(official, release_id=one)) for one in (made, again))
    assert before[people[0]]["sum"] == "8", "what was published stays as it was"
    assert (after[people[0]]["sum"], after[people[0]]["status"]) == (None, "held")
    assert not card_of(day).newer


def test_what_the_machine_showed_is_not_changed_in_silence(sat: tuple[Day, list[str]]) -> None:
    """Even the first publication says why it differs from the score on the spot."""
    day, people = sat
    day.sweep()
    score_again(day, people[3], "theory", "4", None)
    draw_line(day)
    assert refused(day).code == "release_unexplained"
    publish(day, reason="恢复的机器")
    (only,) = day.store.read(
        lambda session: release_versions(session, day.exam_id, GROUP, viewer=PROVINCE)
    )
    (person,) = only.changed
    assert [(one["field"], one["why"]) for one in person.changes] == [
        ("points.theory", "恢复的机器")
    ]


def test_a_city_publishes_its_own_levels_and_the_province_does_not(day: Day) -> None:
    people = day.register(day.people(2, [Kind("汽车驾驶员", "L4")]))
    day.bring_paper()
    for subject in ("ethics", "theory"):
        day.hand_in(people[0], subject, "all right")
        day.hand_in(people[1], subject, "half")
    day.set_sitting(SittingState.CLOSED)
    day.sweep()
    draw_line(day, group=L4, by=(CITY, CITY_DEPUTY))
    told = refused(day, PROVINCE, L4)
    assert (told.code, told.facts) == ("release_wrong_office_city", {"city": "商洛市"})
    assert refused(day, staff(Role.AUTHORITY, "x", "安康市"), L4).status == 403
    assert listed(day, staff(Role.AUTHORITY, "x", "安康市")).cards == ()
    publish(day, CITY, L4)
    assert listed(day, CITY).cards[0].version == 1


def test_a_trial_is_never_published_and_periods_are_told(sat: tuple[Day, list[str]]) -> None:
    day, _ = sat
    day.sweep()
    draw_line(day)
    card = card_of(day, EXAM_DAY)
    last = calendar().due(EXAM_DAY, 15).day
    assert card.publish is not None
    assert (card.publish.last, card.publish.left, card.publish.kept) == (last.isoformat(), 15, None)
    late = card_of(day, date(2026, 9, 30)).publish
    assert late is not None
    assert late.left is not None
    assert late.left < 0

    def set_mode(mode: str) -> None:
        def change(tx: Tx) -> None:
            tx.session.get_one(Exam, day.exam_id).mode = mode

        day.store.write(change)

    set_mode("trial")
    assert refused(day).code == "release_trial"
    assert count_of(day) == 0
    set_mode("formal")
    publish(day)
    done = card_of(day).publish
    assert done is not None
    assert done.left is None
    assert done.kept == (china_day(day.store.now().wall_ms) <= last)
