"""Periods in working days: China's holidays where they are known, and plain words where not."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from exam_server.cli import main
from exam_server.errors import Refusal
from exam_server.profiles.holiday_file import calendar, read_holidays
from exam_server.profiles.working_days import Calendar

KNOWN = calendar()
BARE = Calendar()


@pytest.mark.parametrize(
    ("start", "days", "last"),
    [
        ("2024-06-20", 15, "2024-07-11"),  # no holiday on the way: three plain weeks
        ("2024-09-28", 10, "2024-10-16"),  # Hebei's day: Sunday 29th and Saturday 12th are worked
        ("2024-09-30", 1, "2024-10-08"),  # the national holiday
        ("2025-01-27", 15, "2025-02-24"),  # spring festival; Saturday 8 February is worked
        ("2026-04-30", 1, "2026-05-06"),
        ("2026-02-13", 2, "2026-02-24"),  # Saturday 14th is worked, then nine days off
    ],
)
def test_a_period_ends_on_its_last_working_day(start: str, days: int, last: str) -> None:
    found = KNOWN.due(date.fromisoformat(start), days)
    assert (found.day.isoformat(), found.missing) == (last, ())


def test_what_is_left_and_what_is_over_is_counted_the_same_way() -> None:
    for start in (date(2024, 9, 20), date(2025, 12, 1), date(2026, 2, 10)):
        for days in (1, 7, 10, 15):
            last = KNOWN.due(start, days).day
            assert KNOWN.days_left(start, last) == days
            assert KNOWN.days_left(last, start) == -days
            assert KNOWN.is_worked(last)
    assert KNOWN.days_left(date(2026, 5, 1), date(2026, 5, 1)) == 0


def test_an_unknown_year_is_monday_to_friday_and_is_named() -> None:
    found = KNOWN.due(date(2026, 12, 20), 15)
    assert found.missing == (2027,), "nobody knows the holidays of 2027 yet"
    plain = BARE.due(date(2024, 9, 30), 5)
    assert (plain.day, plain.missing) == (date(2024, 10, 7), (2024,))


def test_the_end_of_december_needs_the_next_years_notice() -> None:
    assert KNOWN.due(date(2026, 12, 18), 5).missing == ()
    assert KNOWN.due(date(2026, 12, 18), 6).missing == (2027,)


def test_every_year_that_comes_with_the_program_has_its_holidays() -> None:
    for year in (2024, 2025, 2026):
        days = KNOWN.years[year]
        assert days.source.startswith("国办发明电〔")
        worked = sum(
            KNOWN.is_worked(date(year, 1, 1) + timedelta(days=more))
            for more in range(365 + (year == 2024))
        )
        # weekdays of the year less the statutory holidays: 11 days, 13 since 2025
        weekdays = sum(
            (date(year, 1, 1) + timedelta(days=more)).weekday() < 5
            for more in range(365 + (year == 2024))
        )
        assert worked == weekdays - (11 if year == 2024 else 13), year


NEW = """
year = 2027
source = "通知"

[[holidays]]
name = "元旦"
first = "2027-01-01"
last = "2027-01-03"
worked = ["2026-12-27"]
"""


def test_an_office_adds_a_year(tmp_path: Path) -> None:
    (tmp_path / "holidays").mkdir()
    path = tmp_path / "holidays" / "2027.toml"
    path.write_text(NEW, encoding="utf-8")
    found = calendar(tmp_path)
    assert found.is_worked(date(2026, 12, 27)), "the notice reaches back into the old year"
    assert not found.is_worked(date(2027, 1, 1))
    assert found.due(date(2026, 12, 20), 15).missing == ()
    told = CliRunner().invoke(main, ["calendar", "check", str(path), "--json"])
    assert '"year": 2027' in told.output


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (NEW.replace('"2027-01-01"', '"1 January"'), "calendar_date"),
        (NEW.replace('"2027-01-01"', '"2026-01-01"'), "calendar_year"),
        (NEW.replace('"2027-01-03"', '"2026-12-31"'), "calendar_order"),
        (NEW.replace('["2026-12-27"]', '["2027-01-02"]'), "calendar_twice"),
        (NEW.replace('["2026-12-27"]', '["2027-01-04"]'), "calendar_weekday"),
        (NEW.replace("2027", "2026"), "calendar_name_differs"),
        (NEW.replace('"通知"', '" "'), "profile_missing"),
        (NEW.replace("worked", "work"), "profile_key"),
        (NEW.replace("= 2027", "= "), "profile_syntax"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(wrong: str, code: str, tmp_path: Path) -> None:
    path = tmp_path / "2027.toml"
    path.write_text(wrong, encoding="utf-8")
    with pytest.raises(Refusal) as refused:
        read_holidays(path)
    assert refused.value.code == "calendar_invalid"
    assert code in {row["code"] for row in refused.value.rows}


def test_the_command_says_what_it_does_not_know(tmp_path: Path) -> None:
    told = CliRunner().invoke(
        main, ["calendar", "due", "2026-12-20", "15", "--home", str(tmp_path)]
    )
    assert "2027 年节假日安排未知" in told.output
    assert "not known" in told.output
    assert (
        '"missing_years": []'
        in CliRunner()
        .invoke(main, ["calendar", "due", "2026-06-20", "15", "--home", str(tmp_path), "--json"])
        .output
    )
