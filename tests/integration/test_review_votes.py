"""A review's votes come in by list with their record; what is corrected says why."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import select

from exam_server.auth.identity import Role, Staff
from exam_server.desk.rules.roster_row import RosterRow
from exam_server.desk.synthetic import Kind
from exam_server.errors import Refusal
from exam_server.results.actions.reviews import VotesTaken, import_votes
from exam_server.results.review_file import read_votes
from exam_server.results.views.reviews import review_page
from exam_server.storage.acts import Act
from tests.builders.results_day import Day, staff
from tests.builders.results_read import AUTHORITY

HEAD = "姓名,身份证号码,应到人数,实到人数,同意人数,不同意人数,弃权人数\n"


def line(row: RosterRow, votes: str) -> str:
    return f"{row.name},{row.id_number},{votes}\n"


def bring(day: Day, text: str, reason: str = "", actor: Staff = AUTHORITY) -> VotesTaken:
    return day.store.write(
        partial(
            import_votes, exam_id=day.exam_id, rows=read_votes((HEAD + text).encode()),
            document="评审会记录", reason=reason, fields=day.keys.fields, actor=actor,
        )
    )  # fmt: skip


def test_votes_are_kept_once_and_corrected_with_a_reason(day: Day) -> None:
    rows = day.people(3, [Kind("汽车驾驶员", "L2")])
    day.register(rows)
    both = line(rows[0], "9,8,6,1,1") + line(rows[1], "9,9,9,0,0")
    assert bring(day, both) == VotesTaken(people=2, corrected=0, written=2)
    assert bring(day, both) == VotesTaken(people=2, corrected=0, written=0)  # nothing twice
    mended = line(rows[0], "9,8,5,2,1") + line(rows[1], "9,9,9,0,0")
    with pytest.raises(Refusal) as caught:
        bring(day, mended)
    assert (caught.value.code, caught.value.facts) == ("votes_reason", {"count": 1})
    assert caught.value.rows[0]["facts"] == {"here": "9/8：6-1-1", "brought": "9/8：5-2-1"}
    assert bring(day, mended, reason="计票有误") == VotesTaken(people=2, corrected=1, written=1)

    page = day.store.read(lambda session: review_page(session, day.exam_id, viewer=AUTHORITY))
    assert page.levels == ("技师",)
    assert (page.entered, page.waiting) == (0, ())  # nothing is published
    shown = {one.name: [vote.votes.agreed for vote in one.votes] for one in page.voted}
    assert shown == {rows[0].name: [5, 6], rows[1].name: [9]}
    acts = day.store.read(
        lambda session: [
            act.data
            for act in session.scalars(
                select(Act).where(Act.kind == "votes_imported").order_by(Act.seq)
            )
        ]
    )
    assert [(one["people"], one["corrected"], one["reason"]) for one in acts] == [
        (2, 0, ""), (1, 1, "计票有误"),
    ]  # fmt: skip


def test_whoever_is_not_reviewed_is_told_by_row_and_nothing_is_kept(day: Day) -> None:
    rows = day.people(2, [Kind("汽车驾驶员", "L2"), Kind("汽车驾驶员", "L3")])
    day.register(rows[:2])
    stranger = day.people(3, [Kind("汽车驾驶员", "L2")], seed="elsewhere")[2]
    text = line(rows[0], "9,9,9,0,0") + line(rows[1], "9,9,9,0,0") + line(stranger, "9,9,9,0,0")
    with pytest.raises(Refusal) as caught:
        bring(day, text)
    assert [(one["row"], one["code"]) for one in caught.value.rows] == [
        (3, "votes_level"), (4, "votes_unknown"),
    ]  # fmt: skip
    for wrong in ("9,10,8,1,1", f"9,{'9' * 5000},8,1,1"):
        with pytest.raises(Refusal, match="votes_problems"):
            bring(day, line(rows[0], wrong))
    page = day.store.read(lambda session: review_page(session, day.exam_id, viewer=AUTHORITY))
    assert page.voted == ()
    city = staff(Role.AUTHORITY, "city", "商洛市")
    for actor in (staff(), city):
        with pytest.raises(Refusal, match="forbidden"):
            bring(day, line(rows[0], "9,9,9,0,0"), actor=actor)
