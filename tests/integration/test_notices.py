"""A public notice 公示 is put up: whose it is to say so, and how long it hangs (A6, D42)."""

from __future__ import annotations

import re
from datetime import date

import pytest

from exam_server.auth.identity import Role, Staff
from exam_server.desk.tables import Candidate, Exam
from exam_server.errors import Refusal
from exam_server.profiles.holiday_file import calendar
from exam_server.profiles.working_days import Calendar
from exam_server.results.actions.notices import Posted, start_notice
from exam_server.results.views.notices import NoticeCard, NoticeRun, notice_list
from exam_server.storage.tx import Tx
from tests.builders.office import Person
from tests.builders.published import PROVINCE, ScoredOffice
from tests.builders.results_day import staff

CITY = staff(Role.AUTHORITY, "city", "商洛市")
ELSEWHERE = staff(Role.AUTHORITY, "elsewhere", "安康市")
ROUTES, REVIEW = "special_routes", "review"
WEB = {"name": "评审结果网上公示", "days": 3, "working_days": False, "posted_by": "province"}
TODAY = date(2026, 6, 20)  # the clock's


@pytest.fixture
def here(scored: ScoredOffice) -> ScoredOffice:
    """The office, under a profile with a unit's notice in working days and the province's own in
    calendar days."""

    def change(tx: Tx) -> None:
        exam = tx.session.get_one(Exam, scored.day.exam_id)
        publish = exam.rules["publish"]
        notices = publish["notices"] | {REVIEW: WEB}
        exam.rules = exam.rules | {"publish": publish | {"notices": notices}}
        tx.session.get_one(Candidate, scored.people[1]).route = "exceptional_application"

    scored.day.store.write(change)
    return scored


def put_up(
    at: ScoredOffice, notice: str, on: date, *, by: Staff, unit: str = "", reason: str = ""
) -> None:
    posted = Posted(unit, on, "商人社公示〔2026〕2号", reason)
    at.office.do(start_notice, exam_id=at.day.exam_id, notice=notice, posted=posted, actor=by)


def listed(
    at: ScoredOffice, today: date = TODAY, viewer: Staff = PROVINCE, known: Calendar | None = None
) -> dict[str, NoticeCard]:
    cards = at.day.store.read(
        lambda session: notice_list(
            session, at.day.exam_id, viewer=viewer, calendar=known or calendar(), today=today
        )
    )
    return {card.id: card for card in cards}


def run_of(at: ScoredOffice, notice: str, unit: str, today: date) -> NoticeRun:
    (run,) = (one for one in listed(at, today)[notice].runs if one.unit == unit)
    return run


def refused(at: ScoredOffice, notice: str, on: date, by: Staff, unit: str = "") -> str:
    with pytest.raises(Refusal) as told:
        put_up(at, notice, on, by=by, unit=unit)
    return told.value.code


def test_working_days_and_calendar_days_end_where_the_notice_says(here: ScoredOffice) -> None:
    unit = here.rows[0].unit
    put_up(here, ROUTES, date(2026, 4, 29), by=CITY, unit=unit)
    # Thursday 30th, then the holiday to 5 May; 6, 7, 8 and the worked Saturday 9
    last = date(2026, 5, 9)
    for today, left in ((date(2026, 4, 29), 5), (date(2026, 5, 5), 4), (last, 0)):
        run = run_of(here, ROUTES, unit, today)
        assert (run.last, run.left, run.missing) == (last.isoformat(), left, ())
    assert run_of(here, ROUTES, unit, date(2026, 5, 11)).left < 0, "over"

    put_up(here, REVIEW, date(2026, 4, 30), by=PROVINCE)
    for today, left in ((date(2026, 5, 1), 2), (date(2026, 5, 3), 0), (date(2026, 5, 4), -1)):
        run = run_of(here, REVIEW, "", today)
        assert (run.last, run.left, run.missing) == ("2026-05-03", left, ()), "holidays count"

    ignorant = listed(here, known=Calendar())
    assert ignorant[ROUTES].runs[0].last == "2026-05-06", "Monday to Friday"
    assert ignorant[ROUTES].runs[0].missing == (2026,), "and it is said"
    assert ignorant[REVIEW].runs[0].missing == (), "calendar days need no holidays"


def test_whose_it_is_to_say_and_what_is_kept_of_it(here: ScoredOffice) -> None:
    unit = here.rows[1].unit
    day = date(2026, 6, 1)
    assert refused(here, ROUTES, day, ELSEWHERE, unit) == "notice_wrong_office"
    assert refused(here, REVIEW, day, CITY) == "notice_wrong_office"
    assert refused(here, ROUTES, day, staff(), unit) == "forbidden"
    assert refused(here, ROUTES, day, PROVINCE, "不在名册的单位") == "notice_place"
    assert refused(here, "nothing", day, PROVINCE) == "notice_unknown"
    assert refused(here, ROUTES, date(2026, 6, 21), CITY, unit) == "notice_date_to_come"
    assert refused(here, ROUTES, date(2024, 12, 31), CITY, unit) == "notice_date"
    before = len(here.office.acts("notice_started"))
    assert listed(here)[ROUTES].waiting == (unit,), "the one with somebody on a special route"
    assert listed(here, viewer=ELSEWHERE)[ROUTES].waiting == ()

    put_up(here, ROUTES, TODAY, by=CITY, unit=unit)  # the very day
    assert refused(here, ROUTES, TODAY, CITY, unit) == "notice_same"
    assert refused(here, ROUTES, day, CITY, unit) == "notice_reason"
    put_up(here, ROUTES, day, by=PROVINCE, unit=unit, reason="日期登记有误")
    assert listed(here)[ROUTES].waiting == ()
    run = run_of(here, ROUTES, unit, TODAY)
    assert (run.begun_on, run.version, run.reason) == ("2026-06-01", 2, "日期登记有误")
    first, second = here.office.acts("notice_started")[before:]
    assert first == {
        "actor": "staff:city",
        "exam": here.day.exam_id,
        "notice": ROUTES,
        "city": "商洛市",
        "unit": unit,
        "version": 1,
        "begun_on": "2026-06-20",
        "document": "商人社公示〔2026〕2号",
    }
    assert (second["actor"], second["reason"]) == ("staff:province", "日期登记有误")
    assert listed(here, viewer=ELSEWHERE)[ROUTES].runs == (), "another city's units"
    assert listed(here, viewer=ELSEWHERE)[ROUTES].places == ()
    assert listed(here, viewer=CITY)[REVIEW].places == (), "the province's to say"


def test_the_page_takes_it_down_and_counts_in_both_languages(here: ScoredOffice) -> None:
    office = Person(here.office, "公示员", Role.AUTHORITY)
    office.enrol()
    address = f"/console/release/{here.day.exam_id}/notice"
    unit = here.rows[3].unit
    said = {"notice": ROUTES, "at": unit, "on": "2026-06-18", "document": "单位公告栏"}

    def shown(text: str) -> str:
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))

    wrong = office.post(address, **{**said, "on": "明天"})
    assert (wrong.status_code, "不是可用的张贴日期" in wrong.get_data(as_text=True)) == (422, True)
    assert office.post(address, **{**said, "at": "别处"}).status_code == 404
    assert office.post(address, **said).status_code == 303
    page = f"/console/release?exam={here.day.exam_id}"
    chinese = shown(office.browser.get(page).get_data(as_text=True))
    # the 19th is the Dragon Boat holiday of 2026, the weekend follows; 22 to 26 June
    assert re.search(rf"{unit} 商洛市 2026-06-18 2026-06-26 还有 5 个工作日 单位公告栏", chinese)
    office.browser.set_cookie("kc_lang", "en")
    english = shown(office.browser.get(page).get_data(as_text=True))
    assert re.search(rf"{unit} 商洛市 2026-06-18 2026-06-26 5 working days left", english)
