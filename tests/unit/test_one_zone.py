"""The day and hour are China's: nothing asks in which zone a machine believes it stands."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date

import pytest

from exam_server.clock import china_day, china_time, typed_start
from exam_server.errors import Refusal
from tests.unit.test_tidy import PACKAGES, ROOT, name_of, python_files, typescript_files

NINE_MS = 1_781_917_200_000  # 2026-06-20 09:00 in China
# Written as calls of a Date: the UTC ones of a moved date are what the pages use.
LOCAL_DATE = re.compile(r"\.get(Hours|Minutes|Seconds|Date|Day|Month|FullYear)\(|\.toLocale\w*\(")


def machine_zones(source: str) -> Iterator[int]:
    """Lines that take the zone from the machine and that ruff's DTZ lets pass."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        bare = not node.args and not node.keywords
        naive = isinstance(node.func.value, ast.Call) and "fromisoformat" in ast.dump(node.func)
        if (node.func.attr == "astimezone" and bare) or (node.func.attr == "timestamp" and naive):
            yield node.lineno


def test_no_module_takes_the_zone_from_the_machine() -> None:
    found = [
        f"{name_of(path)}:{line}"
        for path in python_files(*PACKAGES, "bench", "tests")
        for line in machine_zones(path.read_text())
    ]
    assert found == []
    assert len(list(machine_zones("a.astimezone()\nd.fromisoformat(t).timestamp()\n"))) == 2


def test_one_module_knows_chinas_zone() -> None:
    zones = [
        name_of(path)
        for path in python_files(*PACKAGES, "bench")
        if re.search(r"timedelta\(hours=8\)|ZoneInfo|Asia/Shanghai", path.read_text())
    ]
    assert zones == ["exam_server/clock.py"]


def test_no_page_shows_the_browsers_zone() -> None:
    pages = sorted((ROOT / "proctor_console/templates").rglob("*.html"))
    sources = [path for path in typescript_files() if "tests" not in path.parts]
    found = [name_of(path) for path in [*sources, *pages] if LOCAL_DATE.search(path.read_text())]
    assert found == []
    assert LOCAL_DATE.search("new Date(ms).getHours()")


def test_a_day_begins_at_midnight_in_china() -> None:
    midnight = NINE_MS - 9 * 3_600_000
    assert [china_day(midnight - 1), china_day(midnight)] == [date(2026, 6, 19), date(2026, 6, 20)]
    assert f"{china_time(NINE_MS):%Y-%m-%d %H:%M}" == "2026-06-20 09:00"


@pytest.mark.parametrize(
    "written",
    ["2026-06-20T09:00", " 2026-06-20 09:00 ", "2026-06-20T01:00Z", "2026-06-20T10:00+09:00"],
)
def test_a_start_is_chinas_unless_it_names_a_zone(written: str) -> None:
    assert typed_start(written) == NINE_MS


@pytest.mark.parametrize("written", ["", "九点", "1999-12-31T09:00", "2100-01-01T09:00"])
def test_a_start_that_is_no_time_of_an_exam_is_refused(written: str) -> None:
    with pytest.raises(Refusal) as refused:
        typed_start(written)
    assert refused.value.code == "start_malformed"
