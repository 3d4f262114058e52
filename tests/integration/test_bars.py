"""Who gave false data may not register for two years: kept out of every roster until then."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from exam_server.auth.identity import Role
from exam_server.clock import SystemClock, china_day
from exam_server.desk.actions.bars import enter_bars, lift_bar
from exam_server.desk.bar_file import LABELS, BarRow, read_bars
from exam_server.desk.rules.id_number import synthetic
from exam_server.desk.rules.roster_row import RosterRow
from exam_server.desk.views import BarCard, bars
from exam_server.errors import Refusal
from tests.builders.results_day import Day, staff
from tests.builders.typed import PASSWORD, done, refused

TODAY = china_day(SystemClock().now().wall_ms)  # rosters come in by the real clock
NUMBER = synthetic("611002", dt.date(1970, 1, 1), 991)


@pytest.fixture
def day(database_url: str, tmp_path: Path) -> Iterator[Day]:
    prepared = Day(database_url, tmp_path)
    yield prepared
    prepared.close()


def as_csv(*lines: dict[str, str]) -> bytes:
    out = StringIO(newline="")
    writer = csv.DictWriter(out, list(LABELS.values()), restval="")
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue().encode("utf-8-sig")


def line(**changes: str) -> dict[str, str]:
    return {
        "姓名": "王建国", "身份证号码": NUMBER, "处理决定日期": "2025-05-20",
        "原因": "提供虚假材料", "文号": "工考处〔2025〕3号",
    } | changes  # fmt: skip


def bar_of(row: RosterRow, until: dt.date) -> BarRow:
    return BarRow(
        row=2,
        name=row.name,
        id_number=row.id_number,
        decided_on=until - dt.timedelta(days=730),
        until=until,
        reason="提供虚假材料",
        source="工考处〔2025〕3号",
    )


def enter(day: Day, *rows: BarRow) -> int:
    office = staff(Role.AUTHORITY)
    return day.store.write(
        lambda tx: enter_bars(tx, rows=rows, fields=day.keys.fields, actor=office)
    )


def listed(day: Day) -> list[BarCard]:
    return day.store.read(bars)


def test_a_roster_with_a_barred_person_goes_in_without_them_only(day: Day) -> None:
    good, barred, other = day.people(3)
    until = TODAY + dt.timedelta(days=300)
    assert enter(day, bar_of(barred, until)) == 1
    with pytest.raises(Refusal) as caught:
        day.register([good, barred, other])
    (row,) = caught.value.rows
    assert (row["row"], row["column"], row["code"]) == (barred.row, "身份证号码", "roster_barred")
    assert row["facts"] == {"until": until.isoformat(), "source": "工考处〔2025〕3号"}
    assert len(day.register([good, other])) == 2


@pytest.mark.parametrize(("left", "free"), [(1, False), (0, True), (-30, True)])
def test_the_bar_ends_on_its_day_by_itself(day: Day, left: int, free: bool) -> None:
    (person,) = day.people(1)
    enter(day, bar_of(person, TODAY + dt.timedelta(days=left)))
    if free:
        assert day.register([person])
        return
    with pytest.raises(Refusal, match="roster_problems"):
        day.register([person])


def test_the_longest_of_several_bars_counts_and_a_list_twice_is_one(day: Day) -> None:
    (person,) = day.people(1)
    first = bar_of(person, TODAY + dt.timedelta(days=30))
    second = bar_of(person, TODAY + dt.timedelta(days=700))
    assert enter(day, first, second) == 2
    assert enter(day, first, second) == 0
    with pytest.raises(Refusal) as caught:
        day.register([person])
    facts = caught.value.rows[0]["facts"]
    assert isinstance(facts, dict)
    assert facts["until"] == second.until.isoformat()


def test_a_bar_is_lifted_once_with_a_reason_and_stays_on_the_list(day: Day) -> None:
    (person,) = day.people(1)
    enter(day, bar_of(person, TODAY + dt.timedelta(days=5)))
    (card,) = listed(day)
    office = staff(Role.AUTHORITY)

    def lift(reason: str) -> None:
        day.store.write(lambda tx: lift_bar(tx, bar_id=card.id, reason=reason, actor=office))

    for reason, code in ((" ", "reason_required"), (f"误报 {NUMBER}", "id_number_in_text")):
        with pytest.raises(Refusal, match=code):
            lift(reason)
    lift("复核后撤销处理决定")
    assert listed(day)[0].lift_reason == "复核后撤销处理决定"
    with pytest.raises(Refusal, match="bar_lifted"):
        lift("再来一次")
    assert day.register([person])


def test_a_proctor_bars_and_lifts_nobody(day: Day) -> None:
    (person,) = day.people(1)
    proctor = staff(Role.CHIEF_PROCTOR)
    with pytest.raises(Refusal, match="forbidden"):
        day.store.write(
            lambda tx: enter_bars(
                tx,
                rows=[bar_of(person, TODAY + dt.timedelta(days=5))],
                fields=day.keys.fields,
                actor=proctor,
            )
        )
    enter(day, bar_of(person, TODAY + dt.timedelta(days=5)))
    (card,) = listed(day)
    with pytest.raises(Refusal, match="forbidden"):
        day.store.write(lambda tx: lift_bar(tx, bar_id=card.id, reason="误报", actor=proctor))


def test_the_list_keeps_no_id_number(day: Day) -> None:
    (person,) = day.people(1)
    enter(day, bar_of(person, TODAY + dt.timedelta(days=5)))

    def dump(session: Session) -> str:
        return str([*session.execute(text("SELECT * FROM barred")), *session.execute(
            text("SELECT data FROM act"))])  # fmt: skip

    everything = day.store.read(dump)
    assert person.id_number not in everything
    assert person.id_number[6:14] not in everything
    assert listed(day)[0].id_masked.startswith(person.id_number[:6] + "*")


def test_a_list_is_read_as_it_is_kept() -> None:
    (row,) = read_bars(as_csv(line()), years=2, today=TODAY)
    assert (row.name, row.until, row.source) == (
        "王建国", dt.date(2027, 5, 20), "工考处〔2025〕3号",
    )  # fmt: skip
    assert NUMBER not in repr(row)
    written = line(处理决定日期="2024年2月29日", 禁考年限="3年")
    (row,) = read_bars(as_csv(written), years=None, today=TODAY)
    assert row.until == dt.date(2027, 3, 1)


@pytest.mark.parametrize(
    ("change", "years", "place", "code"),
    [
        ({"姓名": ""}, 2, "姓名", "roster_empty"),
        ({"身份证号码": NUMBER[:-1] + ("1" if NUMBER[-1] != "1" else "2")}, 2, "身份证号码",
         "roster_id_check"),
        ({"身份证号码": "6.11002E+17"}, 2, "身份证号码", "roster_id_lost"),
        ({"处理决定日期": "去年"}, 2, "处理决定日期", "bar_date"),
        ({}, None, "禁考年限", "bar_years"),
        ({"禁考年限": "两"}, 2, "禁考年限", "bar_years"),
        ({"原因": ""}, 2, "原因", "roster_empty"),
        ({"原因": f"与 {NUMBER} 串通"}, 2, "原因", "bar_reason_number"),
    ],
)  # fmt: skip
def test_a_list_is_refused_by_row_and_column(
    change: dict[str, str], years: int | None, place: str, code: str
) -> None:
    with pytest.raises(Refusal) as caught:
        read_bars(as_csv(line(), line(**change)), years=years, today=TODAY)
    assert caught.value.code == "bar_problems"
    assert (3, place, code) in {
        (row["row"], row["column"], row["code"]) for row in caught.value.rows
    }


def test_a_table_that_is_no_list_is_told() -> None:
    with pytest.raises(Refusal, match="bar_no_header"):
        read_bars("甲,乙\n1,2\n".encode(), years=2, today=TODAY)
    with pytest.raises(Refusal, match="roster_no_rows"):
        read_bars(as_csv(), years=2, today=TODAY)


def test_a_list_is_entered_shown_and_lifted_by_typing(tmp_path: Path) -> None:
    home, file = tmp_path / "centre", tmp_path / "barred.csv"
    done("init", "--password", PASSWORD, home=home)
    file.write_bytes(as_csv(line(处理决定日期=TODAY.isoformat())))
    assert refused("bar", "import", str(file), home=home)["rows"][0]["code"] == "bar_years"
    entered = done("bar", "import", str(file), "--years", "2", home=home)
    assert (entered["entered"], entered["listed"]) == (1, 1)
    (bar,) = done("bar", "list", home=home)["bars"]
    assert bar["holds"]
    assert NUMBER not in str(bar)
    done("bar", "lift", bar["bar"], "--reason", "复核后撤销", home=home)
    assert not done("bar", "list", home=home)["bars"][0]["holds"]
