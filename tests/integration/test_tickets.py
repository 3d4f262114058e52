"""准考证: what is printed is what the roster and the plan say, for everybody, on A4."""

from __future__ import annotations

import re
from io import BytesIO

import zxingcpp
from pypdf import PdfReader

from exam_server.desk.synthetic import Kind
from exam_server.desk.tables import Candidate, Exam
from exam_server.desk.views import id_number_of
from exam_server.documents.office_file import OfficeWords
from exam_server.documents.paper import Paper, Shelf
from exam_server.documents.papers.tickets import tickets
from exam_server.documents.scope import Scope, members
from exam_server.documents.typesetting import Typesetter
from tests.builders.printed import fonts_of, page_picture, pages_of
from tests.builders.results_day import START_MS, Day

WORDS = OfficeWords("商洛市工考办", "0914-2312345", {"商洛市考点": "商州区北新街西段 16 号"})


def paper_of(day: Day, scope: Scope) -> Paper:
    return day.store.read(
        lambda session: tickets(
            session.get_one(Exam, day.exam_id),
            members(session, scope),
            fields=day.keys.fields,
            words=WORDS,
        )
    )


def test_each_ticket_says_who_when_and_where_with_the_id_number_masked(day: Day) -> None:
    day.register(day.people(6))
    with Typesetter(Shelf(), now_ms=START_MS) as setter:
        pdf = setter.pdf(paper_of(day, Scope(exam_id=day.exam_id)))
    pages = [page.replace(" ", "").replace("　", "") for page in pages_of(pdf)]
    with_people = day.store.read(
        lambda session: [
            (one.person, id_number_of(one.person, day.keys.fields))
            for one in members(session, Scope(exam_id=day.exam_id))
        ]
    )
    assert len(pages) == 6
    for page, (person, whole) in zip(pages, with_people, strict=True):
        for said in (person.name, person.ticket, person.id_masked, person.unit, person.trade):
            assert said is not None
            assert said in page
        for said in (
            "高级工",
            "商洛市考点",
            "商州区北新街西段16号",
            f"02考场{person.seat:02d}号机",
        ):
            assert said in page
        assert f"{person.seat:02d}号机" in page
        assert re.search(r"2026年6月20日（星期六）04:13开考", page)
        assert "请于03:43起" in page
        assert "04:43以后" in page
        assert whole not in page
    box = PdfReader(BytesIO(pdf)).pages[0].mediabox
    assert (round(float(box.width)), round(float(box.height))) == (595, 842)  # A4
    assert all(embedded for _, embedded in fonts_of(pdf))
    third = with_people[2][0]
    assert [one.text for one in zxingcpp.read_barcodes(page_picture(pdf, 2))] == [third.ticket]


def test_one_person_one_unit_or_only_a_citys_own(day: Day) -> None:
    day.register(day.people(4, [Kind("汽车驾驶员", "L3"), Kind("汽车驾驶员", "L3", "安康市")]))
    someone = day.store.read(lambda session: members(session, Scope(exam_id=day.exam_id))[1].person)

    def names(scope: Scope) -> list[str]:
        found: list[Candidate] = day.store.read(
            lambda session: [one.person for one in members(session, scope)]
        )
        return [person.name for person in found]

    whole = Scope(exam_id=day.exam_id)
    assert len(names(whole)) == 4
    assert names(Scope(exam_id=day.exam_id, candidate_id=someone.id)) == [someone.name]
    assert someone.name in names(Scope(exam_id=day.exam_id, unit=someone.unit))
    assert names(Scope(exam_id=day.exam_id, city="安康市")) == names(whole)[1::2]
