"""The tables that the notices print are rosters: read as they are printed, box by box."""

from __future__ import annotations

import csv
from datetime import date
from io import BytesIO, StringIO

import pytest
from xlsxwriter import Workbook

from exam_server.desk.roster import Roster, read_roster
from exam_server.desk.rules.id_number import synthetic
from exam_server.desk.rules.roster_row import RosterRow
from exam_server.errors import Refusal
from exam_server.profiles.profile import Profile
from tests.builders.profiles import hebei, shaanxi, three_subjects

TODAY = date(2026, 6, 20)
NUMBER = synthetic("611002", date(1966, 5, 1), 991)
PERSON = {
    "姓名": "王建国", "性别": "男", "身份证号码": NUMBER, "身份证号": NUMBER,
    "参加工作时间": "1990-09", "申报人联系方式": "10000000001", "工作单位": "商洛市水务局",
}  # fmt: skip


def heads(fields: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """The two rows of a printed head; a group's words stand over its first box only."""
    top, below, group = [], [], ""
    for field in fields:
        over, _, box = field.rpartition("：")
        top.append(field if not over else over if over != group else "")
        below.append(box if over else "")
        group = over
    return top, below


def printed(profile: Profile, form: str, values: dict[str, str], as_csv: bool = False) -> bytes:
    """The form as a unit fills it in: titles, the merged head, one person, the footer."""
    fields = profile.forms[form].fields
    line = [{**PERSON, **values}.get(field, "") for field in fields]
    rows = [
        [profile.forms[form].name],
        ["填报单位（盖章）：商州区公路段", "", "主管部门（盖章）："],
        *heads(fields),
        line,
        ["联系人：李敏", "", "联系电话：10000000002"],
    ]
    if as_csv:
        text = StringIO(newline="")
        csv.writer(text).writerows(rows)
        return text.getvalue().encode("gb18030")
    buffer = BytesIO()
    with Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                sheet.write_string(at, column, value)
    return buffer.getvalue()


def read(data: bytes, profile: Profile, **assumed: str) -> Roster:
    return read_roster(data, profile=profile, today=TODAY, assumed=assumed)


@pytest.mark.parametrize("as_csv", [False, True])
def test_annex_8_has_its_unit_above_and_its_city_from_who_takes_it_in(as_csv: bool) -> None:
    values = {
        "报考工种": "水暖工", "报考等级": "高级工", "从事本工种时间": "1991-03",
        "已考取岗位证书：工种": "管道工", "已考取岗位证书：现技术等级": "中级工",
        "已考取岗位证书：取证时间": "2010-05",
    }  # fmt: skip
    found = read(printed(shaanxi(), "roster", values, as_csv), shaanxi(), city="商洛市")
    (row,) = found.rows
    assert (found.form, found.ignored, found.seated) == ("roster", (), False)
    assert (row.trade, row.level, row.route) == ("管道工", "L3", "normal")
    assert (row.unit, row.city, row.ticket, row.seat) == ("商州区公路段", "商洛市", None, None)
    assert row.details["certificate_level"] == "中级工"
    assert row.details["certificate_date"] == "2010-05"
    with pytest.raises(Refusal) as caught:
        read(printed(shaanxi(), "roster", values), shaanxi())
    assert [(one["column"], one["code"]) for one in caught.value.rows] == [
        ("所在市", "roster_column_missing")
    ]


@pytest.mark.parametrize(
    ("values", "level", "route"),
    [
        ({"破格类型：晋升等级": "高级工"}, "L3", "exceptional_promotion"),
        ({"破格类型：申报等级": "技师"}, "L2", "exceptional_application"),
    ],
)
def test_annex_1_says_by_its_box_whether_somebody_sits(
    values: dict[str, str], level: str, route: str
) -> None:
    values |= {"现有岗位等级证书": "电工中级工", "荣誉称号：称号名称": "省劳动模范"}
    found = read(printed(shaanxi(), "exceptional", values), shaanxi(), city="商洛市")
    (row,) = found.rows
    assert (found.form, row.trade, row.level, row.route) == ("exceptional", "电工", level, route)
    assert (row.unit, row.details["certificate_level"]) == ("商洛市水务局", "中级工")
    assert row.details["荣誉称号：称号名称"] == "省劳动模范"


def test_annex_6_is_of_those_whose_certificate_is_converted() -> None:
    values = {
        "已取得技术证书：工种": "汽车驾驶员", "已取得技术证书：技术等级": "中级工",
        "证书认定(换发)等级": "中级工", "证书认定(换发)工种": "汽车驾驶员",
        "参军入伍时间": "1984-10",
    }  # fmt: skip
    found = read(printed(shaanxi(), "veteran_conversion", values), shaanxi(), city="商洛市")
    (row,) = found.rows
    assert (row.trade, row.level, row.route) == ("汽车驾驶员", "L4", "veteran_conversion")
    assert row.details["参军入伍时间"] == "1984-10"


def test_annex_7_is_of_those_near_retirement_and_says_trade_and_level_in_one_box() -> None:
    values = {
        "工种": "电工", "技术等级": "中级工", "取证时间": "2001-05", "证书编号": "61-1",
        "申报工种及等级": "电工、高级工", "单位考察内容：综合考察是否合格": "合格",
    }  # fmt: skip
    found = read(printed(shaanxi(), "near_retirement", values), shaanxi(), city="商洛市")
    (row,) = found.rows
    assert (row.trade, row.level, row.route) == ("电工", "L3", "near_retirement")
    assert row.details["certificate_trade"] == "电工"
    assert row.details["单位考察内容：综合考察是否合格"] == "合格"
    assert found.ignored == ()


@pytest.mark.parametrize(
    ("exceptional", "route"), [("否", "normal"), ("是", "exceptional_application")]
)
def test_hebeis_form_has_one_level_and_its_exam_area_from_outside(
    exceptional: str, route: str
) -> None:
    values = {
        "申报工种": "汽车驾驶员", "高级工工种": "汽车驾驶员", "高级工取得时间": "2015-06",
        "学历": "高中", "近五年考核是否合格": "是", "是否破格申报": exceptional,
        "主管部门": "秦皇岛市交通局", "民族": "汉",
    }  # fmt: skip
    trade = hebei().trades[0].name
    values = {key: trade if value == "汽车驾驶员" else value for key, value in values.items()}
    found = read(printed(hebei(), "registration", values), hebei(), city="秦皇岛")
    (row,) = found.rows
    assert (row.trade, row.level, row.route, row.city) == (trade, "L2", route, "秦皇岛")
    assert (row.unit, row.details["appraisal"]) == ("商洛市水务局", "是")
    assert row.details["主管部门"] == "秦皇岛市交通局"


def test_henan_prints_no_columns_so_that_the_words_alone_are_gone_by() -> None:
    head = "姓名,身份证号,申报工种,申报等级,单位,市\n"
    data = f"{head}王建国,{NUMBER},汽车驾驶员,三级,信阳市水利局,x\n".encode()
    found = read(data, three_subjects(), city="信阳市")
    row: RosterRow = found.rows[0]
    assert (found.form, found.ignored) == ("", ("市",))
    assert (row.trade, row.level, row.city) == ("汽车驾驶员", "L3", "信阳市")


def test_a_roster_that_seats_some_and_forgets_one_is_refused() -> None:
    head = "姓名,身份证号,申报工种,申报等级,单位,所在市,准考证号,考场,机位\n"
    other = synthetic("611002", date(1970, 5, 1), 993)
    first = f"王建国,{NUMBER},电工,高级工,水务局,商洛市,202600000001,02,1\n"
    second = f"李建国,{other},电工,高级工,水务局,商洛市,,,\n"
    with pytest.raises(Refusal) as caught:
        read((head + first + second).encode(), shaanxi())
    assert {(one["row"], one["code"]) for one in caught.value.rows} == {(3, "roster_empty")}
    assert not read((head + second).encode(), shaanxi()).seated
