"""The office before the day, at its pages: a register that changes, a plan that is fixed."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO
from typing import Any

import msgspec
import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from exam_server.auth.identity import Role
from exam_server.desk.actions.exam import create_exam
from exam_server.desk.actions.roster import import_roster
from exam_server.desk.rules.id_number import synthetic
from exam_server.desk.rules.roster_row import RosterRow
from exam_server.desk.sheets import read_sheets
from exam_server.desk.synthetic import Kind, Place, synthetic_roster
from exam_server.desk.tables import Candidate
from exam_server.vault.actions.packages import import_package
from question_bank.items.shape import ItemType
from question_bank.sealing import package
from tests.builders.office import HIDDEN, Office, Person
from tests.builders.papers import Authority, draft
from tests.builders.profiles import short_block
from tests.builders.results_day import staff

ROOMS = "考点,考场,排数,每排机位\n商洛市考点,11,3,5\n商洛市考点,12,3,5\n"


class Desk:
    """An administrator at a browser, an exam, and its register."""

    def __init__(self, office: Office) -> None:
        self.office, self.admin = office, Person(office, "zhao", Role.CENTRE_ADMIN)
        self.admin.enrol()
        self.exam = office.do(
            create_exam, name="工考", year=2026, mode="formal", profile=short_block(), actor=ACTOR
        )
        rows = [msgspec.structs.replace(row, details={"doubts": "上年度考核；工作满20年"})
                if number == 0 else row for number, row in enumerate(ROWS)]  # fmt: skip
        self.ids = office.do(
            import_roster,
            exam_id=self.exam,
            sitting_ids={},
            rows=rows,
            fields=office.centre.keys.fields,
            actor=ACTOR,
        ).candidate_ids

    def page(self, path: str) -> str:
        answer = self.admin.browser.get(f"/console/{path}")
        assert answer.status_code == 200, path
        return answer.get_data(as_text=True)

    def post(self, path: str, **fields: Any) -> TestResponse:
        form = dict(HIDDEN.findall(self.page("account")))
        return self.admin.browser.post(
            f"/console/{path}", data={**form, **fields}, content_type="multipart/form-data"
        )


ACTOR = staff(Role.CENTRE_ADMIN)
ROWS: list[RosterRow] = [
    msgspec.structs.replace(row, ticket=None, room=None, seat=None)
    for row in synthetic_roster(
        24, places=[Place("02", tuple(range(1, 40)))], seed="desk",
        kinds=[Kind("汽车驾驶员", "L3"), Kind("电工", "L3"), Kind("护理员", "L3")],
    )
]  # fmt: skip


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


def test_the_register_shows_doubts_and_takes_changes_with_a_reason(desk: Desk) -> None:
    assert f"/console/exam/{desk.exam}/register" in desk.page("exams")
    register = desk.page(f"exam/{desk.exam}/register")
    assert register.count('data-test="person-') == 24
    assert ROWS[0].id_number not in register
    assert desk.page(f"exam/{desk.exam}/register?show=doubts").count('data-test="person-') == 1
    assert desk.page(f"exam/{desk.exam}/register?q={ROWS[3].name}").count('data-test="person-') >= 1
    person = f"registration/{desk.ids[0]}"
    assert "<li>工作满20年</li>" in desk.page(person)

    refused = desk.post(person, registration="withdrawn", reason=" ")
    assert refused.status_code == 422
    assert "请写明原因" in refused.get_data(as_text=True)
    done = desk.post(
        person, registration="withdrawn", needs="set", time_factor="30%", reason="退考"
    )
    assert "退考：已登记" in done.get_data(as_text=True)
    shown = desk.page(person)
    assert "时限 1.3 倍" in shown
    assert "变动记录" in shown
    assert desk.page(f"exam/{desk.exam}/register?show=out").count('data-test="person-') == 1
    assert [one["change"] for one in desk.office.acts("registration_changed")] == [
        "withdrawn", "needs",
    ]  # fmt: skip


def test_a_file_of_changes_is_taken_whole_or_told_by_line(desk: Desk) -> None:
    good = f"身份证号码,缴费,原因\n{ROWS[1].id_number},未缴费,退费\n"
    path = f"exam/{desk.exam}/register/update"

    def send(text: str) -> str:
        file = (BytesIO(text.encode("utf-8-sig")), "变动.csv")
        return desk.post(path, file=file).get_data(as_text=True)

    assert "改动 0 人" not in send(good)
    assert "改动 0 人" in send(good)
    wrong = send(good + f"{ROWS[2].id_number},一半,退费\n")
    assert "第 3 行 · 缴费" in wrong
    assert "没有选文件" in desk.post(path, reason="x").get_data(as_text=True)


def test_a_plan_is_proposed_drawn_moved_and_fixed_at_the_pages(desk: Desk) -> None:
    placement = f"exam/{desk.exam}/placement"
    assert "24 人等待编排" in desk.page(placement)
    wrong = desk.post(placement, rooms=ROOMS, starts="明天", forms="2")
    assert wrong.status_code == 422
    assert "明天" in wrong.get_data(as_text=True)
    made = desk.post(placement, rooms=ROOMS, starts="2026-07-04 09:00\n2026-07-04T14:00", forms="2")
    plan = made.headers["Location"].removeprefix("/console/")
    assert re.search(r'data-test="placed">24<', desk.page(plan))
    room = f"{plan}/0/0"
    drawn = desk.page(room)
    assert drawn.count('class="place is-used') == 12
    assert drawn.count('class="place is-spare') == 2
    first, second = re.findall(r'<option value="(\w{20})">', drawn)[:2]
    where = {"to": "0-0", "seat": "2", "reason": "行动不便"}
    assert desk.post(room, candidate=first, **where).status_code == 303
    assert desk.post(room, candidate=second, **where | {"seat": "99"}).status_code == 422
    assert "人工" in desk.page(room)
    assert desk.post(room, candidate=second, to="", seat="", reason="另行安排").status_code == 303
    assert "人工取下" in desk.page(plan)
    assert desk.post(f"{plan}/fix").status_code == 303
    assert 'data-test="fixed"' in desk.page(plan)
    assert desk.post(f"{plan}/fix").status_code == 409

    none = desk.post(f"{plan}/0/ready")
    assert none.status_code == 422, "there is no paper yet"
    assert "护理员" in none.get_data(as_text=True)
    assert 'data-test="ready-0"' in desk.page(plan)

    waiting = desk.page(f"registration/{second}")
    sitting = re.findall(r'<option value="(\w{20})">7 月', waiting)[0]
    seat = f"registration/{second}/seat"
    assert desk.post(seat, sitting=sitting, seat="14", reason="补排").status_code == 409
    assert desk.post(seat, sitting=sitting, seat="", reason="补排").status_code == 303
    query = select(Candidate.ticket).where(Candidate.exam_id == desk.exam)
    tickets = desk.office.centre.store.read(lambda s: s.scalars(query).all())
    assert len(set(tickets)) == 24
    assert None not in tickets
    bring_paper(desk.office)
    assert desk.post(f"{plan}/0/ready").status_code == 303
    assert 'data-test="ready-0"' not in desk.page(plan)
    assert (
        desk.post(f"registration/{second}", registration="withdrawn", reason="退考").status_code
        == 200
    )
    assert "考场名单记为缺考" in desk.page(f"registration/{second}")


def bring_paper(office: Office) -> None:
    """A form of each subject, for every trade."""
    authority, counts = Authority(), {ItemType.SINGLE: 2, ItemType.MULTIPLE: 2}
    built = authority.pack(draft(counts, subject="ethics"), draft(counts, subject="theory"))
    sealed, data = package.from_bytes(built.data), office.centre.settings.data
    office.do(import_package, package=sealed, file=built.data, data=data)


def test_a_roster_is_shown_as_understood_and_then_taken_in(desk: Desk) -> None:
    """Annex 7 by csv: on the list, without a seat; nothing is written before the second press, and
    no ID number is told back."""
    number = synthetic("611002", date(1966, 5, 1), 995)
    head = (
        "姓名,性别,身份证号码,参加工作时间,工种,技术等级,证书编号,取证时间,申报工种及等级,联系方式"
    )
    text = f"{head}\n王建国,男,{number},1985-01,电工,中级工,1,2001-05,电工高级工,10000000001\n"
    path = f"api/exam/{desk.exam}/roster"

    def send(to: str, city: str, unit: str = "水务局") -> TestResponse:
        file = (BytesIO(text.encode("utf-8-sig")), "附件7.csv")
        return desk.post(to, file=file, city=city, unit=unit)

    assert "附件 7" in desk.page(f"exam/{desk.exam}/roster")
    missing = send(f"{path}/check", "")
    assert missing.status_code == 422
    assert missing.get_json()["rows"][0]["column"] == "所在市"
    shown = send(f"{path}/check", "商洛市")
    assert number not in shown.get_data(as_text=True)
    found = shown.get_json()["preview"]
    assert (found["form"], found["people"], found["not_sitting"], found["seated"]) == (
        "临近退休考察审核汇总表", 1, 1, False,
    )  # fmt: skip
    assert found["lines"][0]["route"] == "临近退休考察审核"
    assert desk.page(f"exam/{desk.exam}/register").count('data-test="person-') == 24
    photos = [
        (BytesIO(b"\xff\xd8\xff face \xff\xd9"), f"{number}.jpg"),
        (BytesIO(b"x"), "谁.jpg"),
    ]
    file = (BytesIO(text.encode("utf-8-sig")), "附件7.csv")
    checked = desk.post(f"{path}/check", file=file, city="商洛市", unit="水务局", photos=photos)
    assert checked.get_json()["photos"] == {"given": 2, "used": 1}
    assert send(path, "商洛市").get_json() == {"registered": 1, "seated": 0}
    assert send(f"{path}/check", "商洛市").get_json()["rows"][0]["code"] == "roster_id_registered"
    assert desk.page(f"exam/{desk.exam}/register?show=out").count('data-test="person-') == 1
    assert (
        desk.admin.browser.get(f"/console/exam/{desk.exam}/roster/template.xlsx").data[:2] == b"PK"
    )


def test_what_is_owed_is_shown_by_unit_and_leaves_as_a_workbook(desk: Desk) -> None:
    """A driver of L3 pays 450 (class C), an electrician and a nurse 350 each (class B)."""
    desk.post(f"registration/{desk.ids[0]}", paid="no", reason="退费")
    shown = desk.page(f"exam/{desk.exam}/fees")
    assert re.search(r'data-test="fees-due">9200<', shown)
    assert re.search(r'data-test="fees-owed">450<', shown)
    answer = desk.admin.browser.get(f"/console/exam/{desk.exam}/fees.xlsx")
    by_city, units, people = read_sheets(answer.get_data())
    assert by_city[-1][1:] == ["24", "1", "9200", "8750", "450"]
    assert sum(int(line[2]) for line in units[1:]) == 24
    assert people[1][1].count("*") == 8
    assert len(desk.office.acts("fees_exported")) == 1


def test_who_is_barred_is_entered_and_lifted_at_the_page(desk: Desk) -> None:
    head = "姓名,身份证号码,处理决定日期,原因\n"
    text = f"{head}王建国,{ROWS[5].id_number},2026-05-20,提供虚假材料\n"

    def send(years: str) -> str:
        file = (BytesIO(text.encode("utf-8-sig")), "名单.csv")
        return desk.post("bars", file=file, years=years).get_data(as_text=True)

    assert "第 2 行 · 禁考年限" in send("")
    assert "新登记 1 人" in send("2")
    shown = desk.page("bars")
    assert "2028-05-20" in shown
    lift = re.findall(r"/console/(bars/\w+/lift)", shown)[0]
    assert desk.post(lift, reason="复核后撤销").status_code == 303
    assert "复核后撤销" in desk.page("bars")
