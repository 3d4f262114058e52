"""After the room: every hand-in gets its score, and the candidate sees it."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

import msgspec
import pytest
from sqlalchemy import select

from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.tables import Sitting
from exam_server.errors import Refusal
from exam_server.results.actions.scoring import release, score_job, store_scores
from exam_server.results.records import records
from exam_server.results.tables import Score
from exam_server.results.views.pending import pending_scores
from exam_server.results.views.score_page import score_pages
from exam_server.room.views.shelves import Shelves
from tests.builders.profiles import short_block
from tests.builders.results_day import Day, staff
from tests.builders.results_read import AUTHORITY, journal_of, recover, rows_of

# --- scoring ---------------------------------------------------------------------


def test_right_half_blank_and_absent_papers_without_a_stumble(sat: tuple[Day, list[str]]) -> None:
    day, people = sat
    assert len(day.sweep()) == 11
    rows = rows_of(day)
    assert [rows[person].sum for person in people] == ["8", "6", "4", "4", "0", None, None]
    assert [rows[person].status for person in people] == [
        "valid",
        "valid",
        "valid",
        "valid",
        "valid",
        "absent",
        "partial",
    ]
    blank = rows[people[4]].subjects
    assert (blank["ethics"].points, blank["ethics"].cause) == ("0", "time")
    assert blank["theory"].cause == "proctor"
    assert rows[people[6]].subjects["ethics"].points == "4"
    assert rows[people[6]].subjects["theory"].points is None, "absent is not 0"


def test_a_score_is_in_the_journal_with_the_head_it_was_made_from(
    sat: tuple[Day, list[str]],
) -> None:
    day, people = sat
    day.sweep()
    attempt_id = rows_of(day)[people[0]].subjects["ethics"].attempt_id
    (entry,) = journal_of(day, attempt_id, "scored")
    score = day.store.read(
        lambda session: session.scalars(select(Score).where(Score.attempt_id == attempt_id)).one()
    )
    assert (entry["points"], entry["version"]) == ("4", 1)
    assert entry["head"] == score.attempt_head
    assert entry["scoring_digest"] == score.scoring_digest
    assert score.sections[1] == {
        "type": "multiple",
        "points": "2",
        "full": "2",
        "right": 2,
        "blank": 0,
    }


def test_the_sweep_repeats_without_scoring_anything_twice(sat: tuple[Day, list[str]]) -> None:
    day, _ = sat
    jobs = day.store.read(pending_scores)
    day.sweep()
    assert day.store.read(pending_scores) == []
    for job in jobs:  # an old batch arrives late
        scored = score_job(day.client, job, scoring_secret=day.scoring_secret, data_folder=day.data)
        day.store.write(partial(store_scores, scored=scored))
    versions = day.store.read(lambda session: session.scalars(select(Score.version)).all())
    assert list(versions) == [1] * 11


def test_scores_that_come_twice_in_one_go_are_stored_once(sat: tuple[Day, list[str]]) -> None:
    day, people = sat
    for job in day.store.read(pending_scores):
        scored = score_job(day.client, job, scoring_secret=day.scoring_secret, data_folder=day.data)
        ids = [one.attempt_id for one in scored]
        twice = partial(store_scores, scored=[*scored, *scored])
        assert sorted(day.store.write(twice)) == sorted(ids)
    attempt_id = rows_of(day)[people[2]].subjects["ethics"].attempt_id
    assert [entry["version"] for entry in journal_of(day, attempt_id, "scored")] == [1]


def test_a_closed_room_is_scored_when_the_last_score_is_there(sat: tuple[Day, list[str]]) -> None:
    day, _ = sat
    day.sweep()
    assert day.store.read(lambda session: session.get(Sitting, day.sitting_id).state) == "scored"  # type: ignore[union-attr]


def test_a_room_with_somebody_still_writing_is_not_scored(day: Day) -> None:
    people = day.register(day.people(2))
    day.bring_paper()
    for subject in ("ethics", "theory"):
        day.hand_in(people[0], subject, "half")
    day.set_sitting(SittingState.CLOSED)
    day.sweep()
    assert day.store.read(lambda session: session.get(Sitting, day.sitting_id).state) == "closed"  # type: ignore[union-attr]
    assert rows_of(day)[people[1]].status == "pending"


def test_recovered_answers_are_scored_again_and_the_difference_is_recorded(
    sat: tuple[Day, list[str]],
) -> None:
    day, people = sat
    day.sweep()
    attempt_id = rows_of(day)[people[2]].subjects["ethics"].attempt_id
    recover(day, attempt_id, "case1")
    (job,) = day.store.read(pending_scores)
    assert [attempt.attempt_id for attempt in job.attempts] == [attempt_id]
    day.sweep()
    assert [entry["version"] for entry in journal_of(day, attempt_id, "scored")] == [1, 2]
    assert "case1" in str(journal_of(day, attempt_id, "scored")[1]["reason"])
    row = rows_of(day)[people[2]]
    assert (row.subjects["ethics"].points, row.sum) == ("3", "5")
    assert day.store.read(pending_scores) == []


def test_a_score_read_before_a_recovery_is_not_stored_after_it(
    sat: tuple[Day, list[str]],
) -> None:
    day, people = sat
    jobs = day.store.read(pending_scores)
    attempt_id = rows_of(day)[people[2]].subjects["ethics"].attempt_id
    recover(day, attempt_id, "case1")
    stored = []
    for job in jobs:
        scored = score_job(day.client, job, scoring_secret=day.scoring_secret, data_folder=day.data)
        stored += day.store.write(partial(store_scores, scored=scored))
    assert attempt_id not in stored
    assert day.sweep() == [attempt_id]
    assert rows_of(day)[people[2]].subjects["ethics"].points == "3"


# --- the candidate's page ----------------------------------------------------------


def test_a_candidate_sees_points_and_sum_and_no_verdict(sat: tuple[Day, list[str]]) -> None:
    day, people = sat
    assert day.score_page(people[0]) is None
    day.sweep()
    page = day.score_page(people[0])
    assert page is not None
    assert page.provisional
    assert (page.sum, page.full, page.publish_days) == ("8", "8", 15)
    assert [(line.ordinal, line.points) for line in page.subjects] == [(1, "4"), (2, "4")]
    assert len(page.receipt) == 19
    assert "合格" not in msgspec.json.encode(page).decode()
    other = day.score_page(people[1])
    assert other is not None
    assert other.receipt != page.receipt


def test_the_pages_of_a_hall_say_what_its_records_say(sat: tuple[Day, list[str]]) -> None:
    day, people = sat
    day.sweep()
    together = day.store.read(lambda session: score_pages(session, people, Shelves()))
    profile = short_block()
    found = day.store.read(lambda session: records(session, profile, exam_id=day.exam_id))
    for record in found:
        page = together.get(record.candidate.id)
        assert page == day.score_page(record.candidate.id)
        points = [one.points for one in record.subjects]
        assert (page is None) == all(one is None for one in points)
        if page is not None:
            assert [line.points and Decimal(line.points) for line in page.subjects] == points
            assert (page.sum and Decimal(page.sum)) == record.sum
            assert [line.state for line in page.subjects] == [one.state for one in record.subjects]


def test_scores_show_after_the_last_subject_and_not_before(day: Day) -> None:
    people = day.register(day.people(1))
    day.bring_paper()
    day.hand_in(people[0], "ethics", "all right")
    day.sweep()
    assert day.score_page(people[0]) is None
    day.hand_in(people[0], "theory", "blank")
    day.sweep()
    assert day.score_page(people[0]) is not None


def test_a_half_absent_candidate_sees_the_score_there_is_and_no_sum(
    sat: tuple[Day, list[str]],
) -> None:
    day, people = sat
    day.sweep()
    page = day.score_page(people[6])
    assert page is not None
    assert page.sum is None
    assert [line.points for line in page.subjects] == ["4", None]
    assert day.score_page(people[5]) is None


def test_released_results_are_no_longer_provisional(sat: tuple[Day, list[str]]) -> None:
    day, people = sat
    with pytest.raises(Refusal, match="wrong_state"):
        day.store.write(lambda tx: release(tx, sitting_id=day.sitting_id, actor=AUTHORITY))
    day.sweep()
    with pytest.raises(Refusal, match="forbidden"):
        day.store.write(lambda tx: release(tx, sitting_id=day.sitting_id, actor=staff()))
    day.store.write(lambda tx: release(tx, sitting_id=day.sitting_id, actor=AUTHORITY))
    page = day.score_page(people[0])
    assert page is not None
    assert not page.provisional
