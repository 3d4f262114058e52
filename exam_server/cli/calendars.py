"""Working days: which years are known, a file an office wrote, the last day of a period."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from exam_server.cli.options import home_option, json_option
from exam_server.cli.output import put
from exam_server.profiles.holiday_file import calendar as calendar_of
from exam_server.profiles.holiday_file import read_holidays
from exam_server.settings import settings_for


@click.group()
def calendar() -> None:
    """工作日历 · Working days and holidays."""


@calendar.command("list")
@home_option
@json_option
def calendar_list(home: Path, as_json: bool) -> None:
    """已知节假日安排的年份 · The years whose holidays are known."""
    found = sorted(
        calendar_of(settings_for(home).profiles).years.values(), key=lambda one: one.year
    )
    put(
        {"years": [{"year": one.year, "source": one.source} for one in found]},
        as_json=as_json,
        zh="\n".join(
            f"{one.year} · {one.source} · 放假 {len(one.off)} 天，调休上班 {len(one.worked)} 天"
            for one in found
        ),
        en=f"{len(found)} years; any other is counted Monday to Friday, and that is said",
    )


@calendar.command("check")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
def calendar_check(file: Path, as_json: bool) -> None:
    """检查一份自己写的节假日文件 · Check a file of holidays an office wrote."""
    found = read_holidays(file)
    put(
        {
            "year": found.year,
            "source": found.source,
            "off": sorted(day.isoformat() for day in found.off),
            "worked": sorted(day.isoformat() for day in found.worked),
        },
        as_json=as_json,
        zh=f"{found.year} 年（{found.source}）可以使用：放假 {len(found.off)} 天，"
        f"调休上班 {len(found.worked)} 天。请放入考点目录的 profiles/holidays。",
        en="usable; put it into profiles/holidays of the centre's folder",
    )


@calendar.command("due")
@home_option
@click.argument("start", type=click.DateTime(["%Y-%m-%d"]))
@click.argument("days", type=click.IntRange(1, 999))
@json_option
def calendar_due(home: Path, start: date, days: int, as_json: bool) -> None:
    """从某日起若干个工作日的最后一天 · The last day of a period of working days."""
    found = calendar_of(settings_for(home).profiles).due(date(*start.timetuple()[:3]), days)
    years = "、".join(map(str, found.missing))
    unsure_zh = f"（{years} 年节假日安排未知，按周一至周五计）" if years else ""
    unsure_en = f" (holidays of {years} not known: counted Monday to Friday)" if years else ""
    put(
        {"due": found.day.isoformat(), "missing_years": list(found.missing)},
        as_json=as_json,
        zh=f"{found.day.isoformat()}{unsure_zh}",
        en=f"due{unsure_en}".replace("、", ", "),
    )
