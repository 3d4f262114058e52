"""The office before the day: a roster comes in, a registration changes, people are placed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec
from playwright.sync_api import Browser, ViewportSize, expect

from exam_server.desk.roster_file import write_roster
from exam_server.desk.rules.id_number import synthetic
from exam_server.desk.rules.needs import Needs
from exam_server.desk.synthetic import Kind, Place, synthetic_roster
from exam_server.profiles.profile import load
from tests.browser.console import Console
from tests.browser.tour_terminal import Look

KINDS = [
    Kind(trade, level, city)
    for trade, level, city in (
        ("汽车驾驶员", "L3", "商洛市"), ("电工", "L3", "商洛市"), ("护理员", "L4", "西安市"),
        ("汽车驾驶员", "L3", "西安市"), ("农艺工", "L4", "商洛市"), ("保管员", "L3", "安康市"),
    )
]  # fmt: skip
PEOPLE = 96
ROOMS = (
    "考点,考场,排数,每排机位,过道,停用机位,备用比例,单独考场\n"
    "商州第一考点,11,6,8,4,17,10%,\n商州第一考点,12,6,8,4,,10%,\n商州第一考点,19,1,2,,,0,是"
)


def roster_file(folder: Path) -> Path:
    """Who waits for a seat: one needs a room apart, one has not paid, one is near retirement."""
    rows = [
        msgspec.structs.replace(row, ticket=None, room=None, seat=None)
        for row in synthetic_roster(
            PEOPLE, places=[Place("1", tuple(range(1, PEOPLE + 1)))], kinds=KINDS, seed="tour"
        )
    ]
    rows[4] = msgspec.structs.replace(rows[4], needs=Needs(separate_room=True, large_print=True))
    rows[9] = msgspec.structs.replace(rows[9], paid=False)
    rows[13] = msgspec.structs.replace(rows[13], route="near_retirement")
    rows[17] = msgspec.structs.replace(rows[17], conditional=True)
    file = folder / "roster.xlsx"
    file.write_bytes(write_roster(load("shaanxi-2024"), rows))
    return file


def _barred(folder: Path) -> Path:
    """Two who gave false data, none of them in the roster."""
    numbers = [synthetic("611002", date(1970 + year, 3, 2), 998) for year in (1, 2)]
    lines = [
        f"{name},{number},2026-03-0{day},提供虚假材料,工考处〔2026〕{day}号"
        for day, (name, number) in enumerate(zip(("赵德胜", "钱玉兰"), numbers, strict=True), 1)
    ]
    file = folder / "barred.csv"
    head = "姓名,身份证号码,处理决定日期,原因,文号"
    file.write_text("\n".join([head, *lines]), encoding="utf-8-sig")
    return file


def tour_desk(browser: Browser, url: str, folder: Path, size: ViewportSize, look: Look) -> None:
    """An administrator, from the file of a roster to a fixed plan and a late change."""
    with browser.new_context(viewport=size, reduced_motion="reduce") as context:
        admin = Console(context, url, "admin")
        admin.at("place-exams").click()
        admin.at("exams").wait_for()
        look("console-exams", admin.page)
        admin.at("roster-1").click()
        exam = admin.page.url.split("/")[-2]
        admin.at("roster-file").set_input_files(roster_file(folder))
        admin.at("roster-check").click()
        admin.at("roster-lines").wait_for()
        look("console-roster", admin.page)
        admin.at("roster-go").click()
        admin.at("show-all").wait_for()
        look("console-register", admin.page)
        _place(admin, exam, look)
        admin.page.goto(f"{admin.url}/exam/{exam}/fees")
        admin.at("fees-units").wait_for()
        look("console-fees", admin.page)
        admin.page.goto(f"{admin.url}/exam/{exam}/register?show=unpaid")
        admin.at("person-1").click()
        admin.at("change-paid").select_option("yes")
        admin.at("change-reason").fill("补缴费")
        admin.at("change-go").click()
        admin.at("applied").wait_for()
        look("console-registration", admin.page)
        admin.page.goto(f"{admin.url}/bars")
        admin.at("bars-file").set_input_files(_barred(folder))
        admin.at("bars-years").fill("2")
        admin.at("bars-go").click()
        admin.at("entered").wait_for()
        look("console-bars", admin.page)
        assert admin.complaints == []


def _place(admin: Console, exam: str, look: Look) -> None:
    admin.page.goto(f"{admin.url}/exam/{exam}/placement")
    admin.at("rooms").fill(ROOMS)
    admin.at("starts").fill("2026-07-04 09:00\n2026-07-04 14:30")
    look("console-placement", admin.page)
    admin.at("propose").click()
    admin.at("placed").wait_for()
    look("console-plan", admin.page)
    admin.at("room-0-0").click()
    admin.at("room-plan").wait_for()
    admin.at("move-who").select_option(index=3)
    admin.at("move-seat").fill("1")
    admin.at("move-reason").fill("行动不便，靠近门口")
    admin.at("move-go").click()
    expect(admin.at("place-1")).to_contain_text("人工")
    look("console-plan-room", admin.page)
    admin.page.go_back()
    admin.page.goto(admin.page.url.rsplit("/", 2)[0])
    admin.at("fix").click()
    admin.at("fixed").wait_for()
