"""A roster comes as people keep it; it goes in whole or it is told where it is wrong."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from io import BytesIO, StringIO

import pytest
from xlsxwriter import Workbook

from exam_server.desk.portrait import portrait
from exam_server.desk.roster import Roster, read_roster
from exam_server.desk.roster_file import roster_template, write_roster
from exam_server.desk.rules.photo import data_url, media_type
from exam_server.desk.synthetic import Kind, Place, synthetic_roster
from exam_server.errors import Refusal
from tests.builders.profiles import hebei, shaanxi, three_subjects

TODAY = date(2026, 6, 20)
HEAD, LINE = csv.reader(
    [
        "序号,姓名,性别,身份证号码,参加工作时间,从事本工种时间,报考工种,报考等级,申报人联系方式,"
        "所在市,工作单位,特殊情形,容缺后补,准考证号,考场,机位",
        "1,王建国,男,611002197001019918,1990-09,1992-03,汽车驾驶员,高级工,10000000001,"
        "商洛市,商洛市水务局,,,202606110223,02,23",
    ]
)


def as_csv(*lines: list[str], encoding: str = "utf-8-sig", delimiter: str = ",") -> bytes:
    text = StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(lines)
    return text.getvalue().encode(encoding)


def with_cells(**changes: str) -> list[str]:
    line = list(LINE)
    for label, value in changes.items():
        line[HEAD.index(label)] = value
    return line


def read(data: bytes) -> Roster:
    return read_roster(data, profile=shaanxi(), today=TODAY)


def problems(*lines: list[str]) -> list[tuple[object, object, object]]:
    with pytest.raises(Refusal) as caught:
        read(as_csv(HEAD, *lines))
    assert caught.value.code == "roster_problems"
    assert caught.value.status == 422
    return [(row["row"], row["column"], row["code"]) for row in caught.value.rows]


def test_a_csv_line_becomes_a_candidate() -> None:
    (row,) = read(as_csv(HEAD, LINE)).rows
    assert (row.name, row.sex, row.trade, row.level) == ("王建国", "M", "汽车驾驶员", "L3")
    assert (row.ticket, row.room, row.seat) == ("202606110223", "02", 23)
    assert row.details["work_since"] == "1990-09"
    assert row.route == "normal"
    assert "6110" not in repr(row), "an ID number must not slip into a log by repr"


@pytest.mark.parametrize(
    "data",
    [
        as_csv(HEAD, LINE, encoding="gb18030"),
        as_csv(HEAD, LINE, encoding="utf-8"),
        as_csv(HEAD, LINE, encoding="utf-16"),
        as_csv(HEAD, LINE, delimiter="\t"),
        as_csv(["汇总表"], [], HEAD, [], LINE, [], ["联系人：", "", "联系电话："]),
    ],
)
def test_encodings_delimiters_titles_and_footers_make_no_difference(data: bytes) -> None:
    assert [row.name for row in read(data).rows] == ["王建国"]


def test_rare_characters_come_through_gb18030() -> None:
    data = as_csv(HEAD, with_cells(姓名="李䶮"), encoding="gb18030")
    assert read(data).rows[0].name == "李䶮"


def test_the_merged_two_row_head_of_annex_8_is_understood() -> None:
    rows = synthetic_roster(
        30, places=[Place("02", tuple(range(1, 41)))], kinds=[Kind("电工", "L4")], seed="head"
    )
    data = write_roster(shaanxi(), rows)
    assert list(read(data).rows) == rows


def test_content_decides_and_not_the_name_of_the_file() -> None:
    with pytest.raises(Refusal) as caught:
        read(b"PK\x03\x04 and then nothing of a workbook")
    assert caught.value.code == "roster_unreadable"
    with pytest.raises(Refusal) as caught:
        read(bytes(range(128, 256)))
    assert caught.value.code == "roster_unreadable"


def test_the_empty_template_is_read_as_a_roster_without_candidates() -> None:
    with pytest.raises(Refusal) as caught:
        read(roster_template(shaanxi()))
    assert caught.value.code == "roster_no_rows"


def test_a_file_without_a_head_and_a_head_without_columns_are_told_apart() -> None:
    with pytest.raises(Refusal) as caught:
        read(as_csv(LINE))
    assert caught.value.code == "roster_no_header"
    with pytest.raises(Refusal) as caught:
        read(as_csv(["姓名", "身份证号码", "姓名"], ["王", "611002197001019918", "王"]))
    codes = {(row["column"], row["code"]) for row in caught.value.rows}
    assert ("报考工种", "roster_column_missing") in codes
    assert ("姓名", "roster_column_twice") in codes


def test_a_column_nobody_knows_is_left_out_and_said_so() -> None:
    roster = read(as_csv([*HEAD, "血型"], [*LINE, "A"]))
    assert roster.ignored == ("血型",)


@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({"姓名": ""}, "姓名", "roster_empty"),
        ({"姓名": "王\ue123"}, "姓名", "roster_name_character"),
        ({"姓名": "王?"}, "姓名", "roster_name_character"),
        ({"身份证号码": "61100219700101991"}, "身份证号码", "roster_id_length"),
        ({"身份证号码": "611002197001019917"}, "身份证号码", "roster_id_check"),
        ({"身份证号码": "6.11002E+17"}, "身份证号码", "roster_id_lost"),
        ({"性别": "女"}, "性别", "roster_sex_differs"),
        ({"性别": "x"}, "性别", "roster_sex"),
        ({"报考工种": "汽车驾驶工"}, "报考工种", "roster_trade"),
        ({"报考工种": "锅炉工"}, "报考工种", "roster_trade_inactive"),
        ({"报考工种": "指导驾驶员"}, "报考工种", "roster_trade"),
        ({"报考等级": "高级技师"}, "报考等级", "roster_level"),
        ({"所在市": ""}, "所在市", "roster_empty"),
        ({"特殊情形": "亲戚"}, "特殊情形", "roster_route"),
        ({"特殊情形": "临近退休"}, "准考证号", "roster_not_seated"),
        ({"容缺后补": "也许"}, "容缺后补", "roster_yes_no"),
        ({"准考证号": "20260611"}, "准考证号", "roster_ticket"),
        ({"准考证号": ""}, "准考证号", "roster_empty"),
        ({"机位": "窗边"}, "机位", "roster_seat_number"),
    ],
)
def test_each_mistake_is_found_in_its_row_and_column(
    changes: dict[str, str], column: str, code: str
) -> None:
    assert (2, column, code) in problems(with_cells(**changes))


def test_all_mistakes_of_all_rows_come_at_once() -> None:
    found = problems(
        with_cells(姓名=""), with_cells(报考工种="飞行员", 准考证号="202606110224", 机位="24"), LINE
    )
    assert (2, "姓名", "roster_empty") in found
    assert (3, "报考工种", "roster_trade") in found
    assert found == sorted(found, key=lambda problem: int(str(problem[0])))


def test_one_person_one_ticket_one_seat() -> None:
    other = with_cells(身份证号码="110105194912310 02（x）", 性别="女")
    assert problems(LINE, LINE) == [
        (3, "身份证号码", "roster_id_twice"),
        (3, "准考证号", "roster_ticket_twice"),
        (3, "机位", "roster_seat_twice"),
    ]
    same_room = with_cells(身份证号码="11010519491231002X", 性别="女", 考场="第2考场")
    assert (3, "机位", "roster_seat_twice") in problems(LINE, same_room)
    assert len(problems(LINE, other)) == 2  # the same ticket and the same seat


def test_no_refusal_carries_an_id_number() -> None:
    with pytest.raises(Refusal) as caught:
        read(as_csv(HEAD, LINE, LINE, with_cells(身份证号码="611002197001019917")))
    assert "19700101" not in str(caught.value.rows) + str(caught.value.facts)


def test_a_special_route_that_does_not_sit_has_no_seat_and_one_that_sits_has() -> None:
    retired = with_cells(特殊情形="临近退休考察审核", 准考证号="", 考场="", 机位="")
    exceptional = with_cells(
        特殊情形="破格申报",
        身份证号码="11010519491231002x",
        性别="",
        准考证号="202606110224",
        机位="24号",
    )
    rows = read(as_csv(HEAD, retired, exceptional)).rows
    assert [(row.route, row.seat) for row in rows] == [
        ("near_retirement", None),
        ("exceptional_application", 24),
    ]
    assert rows[1].sex == "F", "without the column the number says it"


def test_levels_are_known_by_every_name_the_province_gives_them() -> None:
    for written in ("三级（高级工）", "三级", "高级工", "L3", "三级(高级工)"):
        line = with_cells(报考等级=written, 报考工种="任何工种")
        (row,) = read_roster(as_csv(HEAD, line), profile=three_subjects(), today=TODAY).rows
        assert row.level == "L3"
        assert row.trade == "任何工种", "without a catalogue the roster's word stands"


def test_a_former_trade_name_is_replaced_and_kept_as_written() -> None:
    (row,) = read(as_csv(HEAD, with_cells(报考工种="水暖工"))).rows
    assert row.trade == "管道工"
    assert row.details["trade_as_written"] == "水暖工"


def test_numbers_of_a_workbook_are_read_as_the_texts_they_stand_for() -> None:
    def fill(write: Callable[[int, int, object], object]) -> None:
        for column, label in enumerate(HEAD):
            write(0, column, label)
            value: object = LINE[column]
            if label in ("准考证号", "机位", "考场", "申报人联系方式"):
                value = int(LINE[column])
            write(1, column, value)

    data = workbook(fill)
    (row,) = read(data).rows
    assert (row.ticket, row.seat, row.room) == ("202606110223", 23, "2")
    assert row.details["phone"] == "10000000001"


def test_an_id_number_that_a_workbook_took_for_a_number_is_lost_and_told() -> None:
    def fill(write: Callable[[int, int, object], object]) -> None:
        for column, label in enumerate(HEAD):
            write(0, column, label)
            write(1, column, int(LINE[column]) if label == "身份证号码" else LINE[column])

    with pytest.raises(Refusal) as caught:
        read(workbook(fill))
    assert caught.value.rows[0]["code"] == "roster_id_lost"


def workbook(fill: Callable[[Callable[[int, int, object], object]], None]) -> bytes:
    buffer = BytesIO()
    with Workbook(buffer, {"in_memory": True}) as book:
        fill(book.add_worksheet().write)
    return buffer.getvalue()


def test_synthetic_people_repeat_with_their_seed_and_look_like_a_roster() -> None:
    places = [Place("02", tuple(range(1, 31))), Place("03", tuple(range(1, 31)))]
    kinds = [Kind("汽车驾驶员", "L3"), Kind("计算机系统操作工", "L4", "西安市")]
    first = synthetic_roster(60, places=places, kinds=kinds, seed="a")
    assert first == synthetic_roster(60, places=places, kinds=kinds, seed="a")
    assert first != synthetic_roster(60, places=places, kinds=kinds, seed="b")
    assert len({row.id_number for row in first}) == 60
    assert len({row.ticket for row in first}) == 60
    assert any(set(row.name) & set("䶮𠮷祎玥") for row in first)
    with pytest.raises(ValueError, match="seats"):
        synthetic_roster(61, places=places, kinds=kinds, seed="a")


def test_portraits_are_pictures_that_differ_and_repeat() -> None:
    drawn = {portrait(str(number), "MF"[number % 2]) for number in range(40)}
    assert len(drawn) > 20
    assert portrait("7", "F") == portrait("7", "F")
    assert media_type(portrait("7", "F")) == "image/svg+xml"
    url = data_url(portrait("7", "F"))
    assert url is not None
    assert url.startswith("data:image/svg+xml;base64,")
    assert media_type(b"MZ\x90") is None
    assert data_url(b"MZ\x90") is None


def in_hebei(city: str) -> list[str]:
    return with_cells(报考工种="农艺工", 报考等级="技师", 所在市=city)


@pytest.mark.parametrize(
    ("written", "area"),
    [("石家庄市", "石家庄"), ("定州", "定州"), ("保定考区", "保定"), ("雄安新区", "保定")],
)
def test_hebeis_cities_are_its_exam_areas(written: str, area: str) -> None:
    data = as_csv(HEAD, in_hebei(written))
    (row,) = read_roster(data, profile=hebei(), today=TODAY).rows
    assert row.city == area


def test_a_city_that_is_no_exam_area_is_told_with_those_there_are() -> None:
    with pytest.raises(Refusal) as caught:
        read_roster(as_csv(HEAD, in_hebei("商洛市")), profile=hebei(), today=TODAY)
    (row,) = caught.value.rows
    assert (row["column"], row["code"]) == ("所在市", "roster_area")
    assert "辛集" in str(row["facts"])
