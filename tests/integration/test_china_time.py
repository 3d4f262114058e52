"""A machine elsewhere, or a container in UTC: what is typed and what is shown is China's time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from typing import cast

import pytest

from exam_server.auth.identity import Role
from exam_server.cli import incoming
from exam_server.clock import SystemClock
from exam_server.desk.actions.seating import sitting_names
from exam_server.desk.tables import Sitting
from exam_server.documents.times import clock_words, day_words
from tests.builders.office import Office, Person
from tests.builders.typed import EXAM, done

NINE_MS = 1_781_917_200_000  # 2026-06-20 09:00 in China
HOUR_MS = 3_600_000


@pytest.fixture(params=["UTC", "America/New_York"])
def abroad(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The machine is set to another zone."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    assert time.localtime(0).tm_hour != 8
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("abroad")
def test_a_start_typed_at_the_command_line_is_what_the_console_and_the_papers_show(
    office: Office, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = office.centre.settings.home
    monkeypatch.setenv("KAOCHANG_DATABASE_URL", database_url)
    chief = Person(office, "li", Role.CHIEF_PROCTOR)
    chief.enter()
    Person(office, "zhao", Role.CENTRE_ADMIN)
    done("exam", "create", EXAM, "--profile", "shaanxi-2024", "--year", "2026", home=home)
    room = ("--centre", "一", "--room", "02", "--rows", "1", "--columns", "2")
    sitting = done("sitting", "plan", "上午", "--exam", EXAM, *room, "--start",
                   "2026-06-20T09:00", home=home)["sitting"]  # fmt: skip
    start_ms = office.centre.store.read(
        lambda session: cast(Sitting, session.get(Sitting, sitting)).planned_start_ms
    )
    assert start_ms == NINE_MS
    assert "<b>9:00</b><span>2026-06-20</span>" in shown(chief)
    assert (day_words(start_ms), clock_words(start_ms)) == ("2026年6月20日", "09:00")
    assert sitting_names([start_ms]) == ["6 月 20 日上午第 1 场"]


@pytest.mark.usefixtures("abroad")
def test_half_an_hour_after_midnight_every_door_says_the_same_day(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.clock.step_wall(-8 * HOUR_MS - HOUR_MS // 2)
    now = office.clock.now()
    monkeypatch.setattr(SystemClock, "now", lambda _: now)
    assert incoming.today() == date(2026, 6, 20)
    chief = Person(office, "li", Role.CHIEF_PROCTOR)
    chief.enter()
    assert '<p class="muted">2026-06-20</p>' in shown(chief)


def shown(chief: Person) -> str:
    """The page of today's sittings."""
    return chief.browser.get("/console/").get_data(as_text=True)
