"""The paper of the day: what is on it is what the record says, and who took it out is recorded."""

from __future__ import annotations

import csv
import zipfile
from datetime import date
from io import BytesIO, StringIO

import msgspec
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from exam_server.auth.identity import Role
from exam_server.desk.actions.exam import create_exam
from exam_server.desk.actions.roster import import_roster
from exam_server.desk.rules.id_number import synthetic
from exam_server.desk.synthetic import Kind
from exam_server.desk.tables import Candidate
from exam_server.desk.views import id_number_of, whole_rules
from exam_server.documents import printing
from exam_server.errors import Refusal
from exam_server.profiles.office import Form
from exam_server.results.actions.reviews import import_votes
from exam_server.results.review_file import read_votes
from exam_server.results.views.reviews import review_page
from exam_server.room.actions.control import record_incident
from exam_server.storage.tx import Tx
from tests.builders.paper_day import CHIEF, acts, printed, publish_all
from tests.builders.printed import fonts_of, overprinted, pages_of, text_of
from tests.builders.profiles import three_subjects
from tests.builders.published import PROVINCE
from tests.builders.results_day import Day, staff

ROOM = ("door", "desk", "sign_in", "room_log", "exceptions", "room_scores")


def people_of(day: Day) -> dict[str, tuple[Candidate, str]]:
    """By name: the person, and the whole ID number."""
    return day.store.read(
        lambda session: {
            one.name: (one, id_number_of(one, day.keys.fields))
            for one in session.scalars(select(Candidate))
        }
    )


def test_every_sheet_of_the_room_names_everybody_and_shows_no_id_number_whole(
    sat: tuple[Day, list[str]],
) -> None:
    day, people = sat
    day.store.write(
        lambda tx: record_incident(
            tx,
            sitting_id=day.sitting_id,
            candidate_id=people[1],
            kind="violation",
            text="使用手机，经提醒不改",
            actor=CHIEF,
        )
    )
    day.sweep()
    for document in ROOM:
        text = text_of(printed(day, document).content)
        for person, whole in people_of(day).values():
            assert whole not in text, document
            if document != "exceptions":
                assert person.name in text, document
                assert person.ticket is not None
                assert person.ticket in text, document
    exceptions = text_of(printed(day, "exceptions").content)
    names = {person.id: person.name for person, _ in people_of(day).values()}
    for said in (names[people[5]], names[people[6]], names[people[1]], "使用手机，经提醒不改"):
        assert said in exceptions
    assert names[people[0]] not in exceptions
    scores = text_of(printed(day, "room_scores").content)
    assert f"{names[people[0]]}汽车驾驶员高级工448有效" in scores
    assert f"{names[people[5]]}汽车驾驶员高级工缺考缺考—缺考" in scores
    assert acts(day)[0] == {
        "actor": CHIEF.actor,
        "exam": day.exam_id,
        "document": "door",
        "format": "pdf",
        "people": 7,
        "files": 1,
        "whole_ids": False,
    }


def test_a_list_is_the_same_on_paper_and_as_a_table_and_no_cell_is_a_formula(
    day: Day,
) -> None:
    rows = day.people(3)
    rows[0] = msgspec.structs.replace(rows[0], name="=1+1", unit="@局")
    day.register(rows)
    sheet = printed(day, "roster", staff(), format="xlsx")
    head, *cells = (
        CalamineWorkbook.from_filelike(BytesIO(sheet.content)).get_sheet_by_index(0).to_python()
    )
    text = printed(day, "roster", staff(), format="csv").content
    assert text.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(StringIO(text.decode("utf-8-sig"), newline=""))) == [head, *cells]
    assert sorted(row[1] for row in cells)[0] == "'=1+1"
    on_paper = text_of(printed(day, "roster", staff()).content)
    for _, whole in people_of(day).values():
        assert whole in on_paper
        assert any(whole in row for row in cells)
    assert [act["whole_ids"] for act in acts(day)] == [True, True, True]
    with pytest.raises(Refusal, match="print_format"):
        printed(day, "ticket", format="csv")


def test_who_has_withdrawn_is_printed_no_more(day: Day) -> None:
    people = day.register(day.people(2))

    def withdraw(tx) -> None:  # type: ignore[no-untyped-def]
        tx.session.get(Candidate, people[0]).registration = "withdrawn"

    day.store.write(withdraw)
    assert len(pages_of(printed(day, "ticket").content)) == 1
    with pytest.raises(Refusal, match="nobody_to_print"):
        printed(day, "ticket", scope={"exam_id": day.exam_id, "candidate_id": people[0]})


@pytest.fixture
def released(day: Day) -> Day:
    """Two of L3 in one county and two technicians in another, one of each passed; official."""
    publish_all(day)
    return day


def forms_of(day: Day) -> dict[str, Form]:
    rules = day.store.read(lambda session: whole_rules(session, day.exam_id))
    return rules.forms


def test_forms_of_the_qualified_have_the_notices_boxes_and_the_votes_of_the_review(
    released: Day,
) -> None:
    day, people = released, people_of(released)
    by_ticket = sorted(people.values(), key=lambda one: one[0].ticket or "")
    (worker, worker_id), (technician, technician_id) = by_ticket[:2]
    votes = (
        "姓名,身份证号码,应到人数,实到人数,同意人数,不同意人数,弃权人数\n"
        f"{technician.name},{technician_id},9,8,6,1,1\n"
    )
    before = day.store.read(lambda session: review_page(session, day.exam_id, viewer=PROVINCE))
    assert (before.entered, before.outstanding, before.voted) == (1, 1, ())
    assert [one.ticket for one in before.waiting] == [technician.ticket]
    day.store.write(
        lambda tx: import_votes(
            tx,
            exam_id=day.exam_id,
            rows=read_votes(votes.encode()),
            document="评审会记录",
            reason="",
            fields=day.keys.fields,
            actor=PROVINCE,
        )
    )
    after = day.store.read(lambda session: review_page(session, day.exam_id, viewer=PROVINCE))
    assert (after.entered, after.outstanding, after.waiting) == (1, 0, ())
    file = printed(day, "passed", PROVINCE, by="whole")
    first, second, *rest = ("".join(page.split()) for page in pages_of(file.content))
    pages = {("技师" if "技师资格" in page else "工人"): page for page in (first, second)}
    assert rest == []  # one of each did not reach the line
    for page, form, person, whole in (
        (pages["工人"], "passed", worker, worker_id),
        (pages["技师"], "technician_passed", technician, technician_id),
    ):
        notice = forms_of(day)[form]
        assert f"附件{notice.annex}" in page
        assert notice.name in page
        for field in set(notice.fields) - {"照片"}:  # there is one, in its place
            for box in field.split("："):
                assert box in page, box
        for said in (person.name, person.unit, whole, person.trade, "合格"):
            assert said in page
    assert "考核等级高级工" in pages["工人"]
    assert "考核等级" not in pages["技师"]
    assert "98611" in pages["技师"]  # due, there, agreed, against, abstained
    assert all(embedded for _, embedded in fonts_of(file.content))
    assert acts(day)[-1]["whole_ids"] is True


def test_henans_rosters_carry_the_declaration_that_the_unit_signs(day: Day) -> None:
    rules = three_subjects()
    rows = [msgspec.structs.replace(row, room=None, seat=None) for row in day.people(3)]

    def enrol(tx: Tx) -> str:
        exam_id = create_exam(
            tx, name="河南工考", year=2026, mode="formal", profile=rules, actor=staff()
        )
        import_roster(
            tx, exam_id=exam_id, sitting_ids={}, rows=rows, fields=day.keys.fields, actor=staff()
        )
        return exam_id

    exam_id = day.store.write(enrol)
    forms = {ident: form for ident, form in rules.forms.items() if form.declaration}
    assert len(forms) == 2
    for ident, form in forms.items():
        file = printed(day, "roster", PROVINCE, form=ident, scope={"exam_id": exam_id})
        text = text_of(file.content)
        declared = form.declaration.replace("{count}", "3")
        assert "我单位共有3名同志" in "".join(declared.split())
        assert text.count("".join(declared.split())) == 1
        for said in (form.name, *("经办人（签名）", "负责人（签名）"), *(row.name for row in rows)):
            assert said in text, said
        assert all(row.id_number in text for row in rows), "a statutory form"
        assert all(embedded for _, embedded in fonts_of(file.content))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # it is about paper
def test_long_names_are_printed_over_nothing(released: Day) -> None:
    """Names of 30 characters and units of 60, in boxes of 10 mm."""
    name, unit = (
        "阿卜杜热合曼·吐尔逊江·买买提艾力·艾山江·玉素甫" * 2,
        "商洛市商州区水务局农村供水服务中心" * 4,
    )

    def rename(tx: Tx) -> None:
        for number, one in enumerate(tx.session.scalars(select(Candidate)).all()):
            one.name, one.unit = f"{name[:29]}{number}", unit[:60]

    released.store.write(rename)
    lists, told = ("passed_list", "passed", "transcript", "roster"), {}
    for document, actor in [
        *((one, CHIEF) for one in ("ticket", "door", "desk", "sign_in", "room_log", "room_scores")),
        *((one, PROVINCE) for one in lists),
    ]:
        file = printed(released, document, actor)
        assert name[:29] in text_of(file.content), document
        told[document] = overprinted(file.content)
    assert {document: found for document, found in told.items() if found} == {}


def test_a_long_list_counts_once_and_tickets_come_in_several_files(
    released: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "MOST_IN_A_FILE", 1)
    rows = printed(released, "passed_list", PROVINCE, by="whole", format="csv").content
    numbers = [line["序号"] for line in csv.DictReader(StringIO(rows.decode("utf-8-sig")))]
    assert numbers == ["1", "2"]
    assert "人数2人" in text_of(printed(released, "passed_list", PROVINCE, by="whole").content)
    with zipfile.ZipFile(BytesIO(printed(released, "ticket", by="room").content)) as files:
        assert len(files.namelist()) == 4


def test_lists_and_transcripts_follow_what_was_published(released: Day) -> None:
    day = released
    listed = text_of(printed(day, "passed_list", PROVINCE).content)
    passed = [one for one, _ in people_of(day).values() if one.name in listed]
    assert len(passed) == 2
    assert all(whole not in listed for _, whole in people_of(day).values())
    by_county = printed(day, "passed_list", PROVINCE, by="county")
    with zipfile.ZipFile(BytesIO(by_county.content)) as files:
        assert sorted(files.namelist()) == [
            "合格人员名单-商州区.pdf",
            "合格人员名单-山阳县.pdf",
        ]
    pages = pages_of(printed(day, "transcript", PROVINCE).content)
    assert len(pages) == 4
    assert sum("不合格" in page for page in pages) == 2
    assert all("核验码" in page for page in pages)


def test_before_publication_there_is_neither_list_nor_form(sat: tuple[Day, list[str]]) -> None:
    day, _ = sat
    day.sweep()
    for document in ("passed", "passed_list", "transcript"):
        with pytest.raises(Refusal, match="nothing_released"):
            printed(day, document, PROVINCE)
    assert acts(day) == []  # nothing left the house


def test_a_citys_office_prints_its_own_people_and_no_room(day: Day) -> None:
    day.register(day.people(4, [Kind("汽车驾驶员", "L3"), Kind("汽车驾驶员", "L3", "安康市")]))
    ankang = staff(Role.AUTHORITY, "ankang", "安康市")
    roster = text_of(printed(day, "roster", ankang).content)
    for person, whole in people_of(day).values():
        assert (whole in roster) == (person.city == "安康市")
    for document in ROOM:
        with pytest.raises(Refusal, match="forbidden"):
            printed(day, document, ankang)
    assert len(pages_of(printed(day, "ticket", ankang, by="unit").content)) <= 2


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("9,10,6,1,1", "votes_too_many"),
        ("9,8,6,1,0", "votes_sum"),
        ("9,八,6,1,1", "votes_number"),
    ],
)
def test_votes_that_do_not_add_up_are_told_by_row(line: str, code: str) -> None:
    head = "姓名,身份证号码,应到人数,实到人数,同意人数,不同意人数,弃权人数\n"
    with pytest.raises(Refusal, match="votes_problems") as refused:
        read_votes(f"{head}王建国,{synthetic('611002', date(1970, 1, 1), 990)},{line}\n".encode())
    assert code in {row["code"] for row in refused.value.rows}
    assert {row["row"] for row in refused.value.rows} == {2}
