"""Practical results come in by list with their document, and decide with the line."""

from __future__ import annotations

import hashlib
from datetime import date
from functools import partial

import pytest

from exam_server.auth.identity import Role, Staff
from exam_server.desk.tables import Exam
from exam_server.errors import Refusal
from exam_server.results.actions.lines import propose_line
from exam_server.results.actions.practical import Taken, import_practical
from exam_server.results.practical_lists import Source
from exam_server.results.rules.params import LineParams
from exam_server.results.views.outcomes import PersonOutcome, outcomes
from exam_server.results.views.practical import practical_page
from exam_server.storage.tx import Tx
from tests.builders.results_day import Day, staff
from tests.builders.results_read import AUTHORITY, GROUP, put_line_into_effect, rows_of

SOURCE = Source("商人社考〔2026〕12号", date(2026, 6, 5))


def sheet(day: Day, results: dict[str, str], head: str = "准考证号,姓名,操作技能") -> bytes:
    rows = rows_of(day)
    lines = [f"{rows[ident].ticket},{rows[ident].name},{text}" for ident, text in results.items()]
    return ("操作技能成绩表\n" + "\n".join([head, *lines])).encode("gb18030")


def bring(day: Day, data: bytes, reason: str = "", actor: Staff = AUTHORITY) -> Taken:
    return day.store.write(
        partial(
            import_practical, exam_id=day.exam_id, data=data, source=SOURCE, reason=reason,
            fields=day.keys.fields, actor=actor,
        )
    )  # fmt: skip


def person(day: Day, ident: str) -> PersonOutcome:
    (one,) = day.store.read(
        lambda session: outcomes(session, day.exam_id, today=date(2026, 7, 1), candidate_id=ident)
    ).people
    return one


def test_a_person_on_the_line_is_decided_by_the_practical(sat: tuple[Day, list[str]]) -> None:
    day, people = sat
    day.sweep()
    params = LineParams(mode="line", line="4")
    line = partial(propose_line, exam_id=day.exam_id, group=GROUP, params=params, reason="x")
    put_line_into_effect(day, day.store.write(partial(line, actor=AUTHORITY)))
    assert person(day, people[0]).status == "undecided"
    first = sheet(day, {people[0]: "合格", people[1]: "不合格", people[2]: "缺考"})
    taken = bring(day, first)
    assert (taken.number, taken.people, taken.corrected, taken.new) == (1, 3, 0, True)
    found = [person(day, ident) for ident in people[:4]]
    assert [one.status for one in found] == ["pass", "fail", "fail", "undecided"]
    assert [one.reasons[0].code for one in found[1:]] == [
        "practical_fail", "practical_absent", "practical_missing",
    ]  # fmt: skip
    assert found[0].practical is not None
    assert found[0].practical.document == SOURCE.document

    again = bring(day, first)  # the same list changes nothing, and says so
    assert (again.id, again.new) == (taken.id, False)
    other = sheet(day, {people[0]: "合格", people[1]: "合格"})
    with pytest.raises(Refusal) as caught:
        bring(day, other)
    assert (caught.value.code, caught.value.facts["count"]) == ("practical_reason", 1)
    assert caught.value.rows[0]["facts"] == {"here": "fail", "brought": "pass"}
    assert bring(day, other, reason="登记错误").corrected == 1
    mended = person(day, people[1])
    assert mended.status == "pass"
    (why,) = mended.differences
    assert (why.subject, why.kind, why.before, why.after) == (
        "practical", "correction", "fail", "pass",
    )  # fmt: skip
    page = day.store.read(lambda session: practical_page(session, day.exam_id, viewer=AUTHORITY))
    assert (page.expected, page.there, len(page.missing)) == (7, 3, 4)
    assert [one.number for one in page.lists] == [2, 1]
    assert page.lists[1].document_sha256 == hashlib.sha256(first).hexdigest()
    assert [[one.result for one in line.results] for line in page.corrected] == [["pass", "fail"]]


def test_where_results_count_in_their_year_those_of_an_earlier_one_do_not(day: Day) -> None:
    (ident,) = day.register(day.people(1))
    data = sheet(day, {ident: "合格"})

    def of_the_year(tx: Tx) -> None:
        exam = tx.session.get_one(Exam, day.exam_id)
        published = {**exam.rules["publish"], "validity": "calendar_year"}
        exam.rules = {**exam.rules, "publish": published}

    day.store.write(of_the_year)
    bring_of = partial(import_practical, exam_id=day.exam_id, data=data, reason="",
                       fields=day.keys.fields, actor=AUTHORITY)  # fmt: skip
    with pytest.raises(Refusal, match="practical_year"):
        day.store.write(partial(bring_of, source=Source("〔2025〕9号", date(2025, 12, 31))))
    assert person(day, ident).practical is None
    day.store.write(partial(bring_of, source=Source("〔2027〕1号", date(2027, 1, 4))))
    assert person(day, ident).practical is not None


def test_every_mistake_is_told_by_row_and_nothing_is_kept(day: Day) -> None:
    people = day.register(day.people(2))
    rows = rows_of(day)
    ticket, name = rows[people[0]].ticket, rows[people[0]].name
    lines = ["准考证号,姓名,操作技能", f"{ticket},{name},92", "999999999999,,合格",
             f"{ticket},别人,合格", ",,合格", f"{rows[people[1]].ticket},,"]  # fmt: skip
    with pytest.raises(Refusal) as caught:
        bring(day, "\n".join(lines).encode())
    assert [(row["row"], row["column"], row["code"]) for row in caught.value.rows] == [
        (2, "操作技能", "practical_word"),
        (5, "准考证号", "practical_nobody"),
        (6, "操作技能", "roster_empty"),
    ]
    good = [lines[0], f"{ticket},{name},合格", lines[2], lines[3], f"{ticket},,合格"]
    with pytest.raises(Refusal) as caught:
        bring(day, "\n".join(good).encode())
    assert [(row["row"], row["code"]) for row in caught.value.rows] == [
        (3, "practical_unknown"),
        (4, "practical_other_person"),
        (5, "practical_twice"),
    ]
    assert person(day, people[0]).practical is None
    for actor in (staff(Role.PROCTOR), staff(Role.CHIEF_PROCTOR)):
        with pytest.raises(Refusal, match="forbidden"):
            bring(day, sheet(day, {people[0]: "合格"}), actor=actor)
    elsewhere = staff(Role.AUTHORITY, "city", "西安市")
    with pytest.raises(Refusal) as caught:
        bring(day, sheet(day, {people[0]: "合格"}), actor=elsewhere)
    assert [row["code"] for row in caught.value.rows] == ["practical_other_city"]
    with pytest.raises(Refusal, match="practical_no_header"):
        bring(day, b"a,b\n1,2")
