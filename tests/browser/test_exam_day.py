"""The exam day of issue 2 §6.2: candidate, proctor and authority in three browsers."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from python_calamine import CalamineWorkbook

from tests.browser.cable import Cable
from tests.browser.centre import BrowserCentre, Room
from tests.browser.console import Console
from tests.browser.terminal import AT_ONCE_SECONDS, Terminal

# A switch that somebody restarts is away for 60 s (make faults); the story needs no longer than
# until the console tells it.
LOST_SECONDS = float(os.environ.get("KAOCHANG_LOST_SECONDS", "0"))
TERMINAL: ViewportSize = {"width": 1366, "height": 768}
CONSOLE: ViewportSize = {"width": 1920, "height": 1080}
ROBOTS = 5


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserCentre]:
    made = BrowserCentre(tmp_path_factory.mktemp("day"), candidates=ROBOTS + 1)
    made.start()
    yield made
    made.stop()


def test_a_whole_exam_day_with_a_lost_network_in_the_middle(
    centre: BrowserCentre, browser: Browser, tmp_path: Path
) -> None:
    room, person = centre.room, centre.room.people[0]
    with (
        Cable(centre.port) as candidate_cable,
        Cable(centre.port) as console_cable,
        browser.new_context(viewport=TERMINAL) as machine,
        browser.new_context(viewport=CONSOLE) as desk,
        browser.new_context(viewport=CONSOLE, accept_downloads=True) as office,
        browser.new_context(viewport=CONSOLE) as next_door,
    ):
        terminal = Terminal(machine, candidate_cable.url)
        console = Console(desk, console_cable.url)
        console.room(room.sitting_id)

        _arrives(terminal, console, centre)
        _bell(terminal, console, centre)
        _answers_through_a_lost_network(terminal, console, centre, candidate_cable)
        _five_minutes_more(terminal, console, room)
        _console_loses_its_own_line(terminal, console, console_cable)
        scores = _hands_in_twice(terminal, console)

        terminal.becomes("seen", lambda: console.state_of(person.seat) == "finished", 10)
        _robots_finish(centre)
        console.act("room-close")
        console.at("room-results").wait_for(timeout=30_000)
        _authority_draws_the_line_and_exports(
            Console(office, centre.url, "authority"),
            Console(next_door, centre.url, "approver"),
            centre,
        )
        assert _exported(office.pages[0], centre, person.ticket, tmp_path) == scores
        assert terminal.complaints == []
        assert console.complaints == []


def _arrives(terminal: Terminal, console: Console, centre: BrowserCentre) -> None:
    """Keypad, own face, rules, countdown; the proctor sees the seat fill."""
    person = centre.room.people[0]
    expect(console.seat(person.seat)).to_contain_text("未到")
    terminal.open(person)
    terminal.tap(person.ticket)
    terminal.tap(person.id_number[:-1])
    expect(terminal.at("login-go")).to_be_disabled()
    terminal.tap(person.id_number[-1])
    terminal.at("login-go").click()
    terminal.sees("confirm")
    expect(terminal.page.locator("img.photo")).to_be_visible()
    terminal.at("confirm-yes").click()
    terminal.sees("rules")
    terminal.at("read-rules").click()
    terminal.sees("waiting")
    console.sees_seat(person.seat, "候考")
    terminal.worker_ready()
    others = centre.state.main.people[1:]
    centre.robots([{**one, "pace": 300.0, "manner": "hands_in"} for one in others])


def _bell(terminal: Terminal, console: Console, centre: BrowserCentre) -> None:
    """Two persons unseal, one rings; the paper opens by itself within a second or so."""
    console.unseal(centre.room.sitting_id, centre.state.bell_code)
    expect(console.at("count-waiting")).to_have_text(str(ROBOTS + 1))
    expect(terminal.at("question")).to_have_count(0)
    console.act("room-start")
    terminal.sees("answer", AT_ONCE_SECONDS)
    console.sees_seat(centre.room.people[0].seat, "0")
    assert 3_590_000 < terminal.left_ms <= 3_600_000


def _answers_through_a_lost_network(
    terminal: Terminal, console: Console, centre: BrowserCentre, cable: Cable
) -> None:
    """Answers before, answers while it is lost, a reload in between, and all of it arrives."""
    seat = centre.room.people[0].seat
    for number, labels in ((1, "B"), (2, "A"), (51, "AC")):
        terminal.answer(number, labels)
    terminal.all_saved()
    assert terminal.server_answers() == terminal.answers

    cable.cut()
    cut_at = time.monotonic()
    left_before = terminal.left_ms
    terminal.answer(3, "D")
    terminal.answer(52, "BD")
    terminal.at("mark").click()
    expect(terminal.at("offline-banner")).to_be_visible(timeout=20_000)
    assert terminal.saved_state == "local"
    assert json.loads(terminal.at("saved-state").get_attribute("data-count") or "0") == 2
    console.sees_seat(seat, "失联", seconds=40)

    terminal.page.reload()
    terminal.sees("answer")
    assert terminal.number == 52
    assert terminal.chosen() == terminal.answers[terminal.item]
    sheet = terminal.sheet()
    assert [n for n, (answered, _) in sheet.items() if answered] == [1, 2, 3, 51, 52]
    assert [n for n, (_, marked) in sheet.items() if marked] == [52]
    expect(terminal.at("saved-state")).to_have_attribute("data-state", "local")
    assert 0 < left_before - terminal.left_ms < 120_000
    terminal.answer(4, "C")

    time.sleep(max(0.0, LOST_SECONDS - (time.monotonic() - cut_at)))
    cable.mend()
    expect(terminal.at("recovered-banner")).to_contain_text("网络已恢复", timeout=30_000)
    terminal.all_saved(seconds=30)
    expect(terminal.at("offline-banner")).to_have_count(0)
    assert terminal.server_answers() == terminal.answers
    terminal.becomes("back on the board", lambda: console.state_of(seat) == "working", 10)
    console.sees_seat(seat, "6")
    assert abs(terminal.left_ms - terminal.current_attempt()["left_ms"]) < 2_000


def _five_minutes_more(terminal: Terminal, console: Console, room: Room) -> None:
    """Granted on one screen, there on the other within a second, and in the drawer."""
    before, asked = terminal.left_ms, time.monotonic()
    console.act_on(room.people[0].seat, "action-grant", "网络中断", minutes=5)

    def granted_ms() -> float:
        return terminal.left_ms - before + (time.monotonic() - asked) * 1000

    terminal.becomes("five minutes more", lambda: granted_ms() > 290_000, AT_ONCE_SECONDS)
    expect(terminal.at("grant-notice")).to_contain_text("5 分钟")
    expect(console.at("drawer")).to_contain_text("补时")
    expect(console.at("drawer")).to_contain_text("网络中断")


def _console_loses_its_own_line(terminal: Terminal, console: Console, cable: Cable) -> None:
    """What it shows after coming back is what a fresh page shows."""
    cable.cut()
    terminal.answer(5, "A")
    terminal.at("hand").click()
    expect(console.page.locator("#stale")).to_be_visible(timeout=25_000)
    cable.mend()
    expect(console.page.locator("#stale")).to_be_hidden(timeout=25_000)
    expect(console.seat(1)).to_contain_text("举手")
    terminal.all_saved()
    fresh = console.page.context.new_page()
    fresh.goto(console.page.url)
    fresh.locator('[data-test="seat-1"]').wait_for()
    second = Console.__new__(Console)
    second.page = fresh
    terminal.becomes(
        "the board after a reconnect equals a fresh one",
        lambda: console.plan_as_told() == second.plan_as_told(),
        10,
    )
    fresh.close()
    console.open_drawer(1)
    console.at("action-lower-hand").click()
    expect(terminal.at("hand")).to_have_attribute("aria-pressed", "false")


def _hands_in_twice(terminal: Terminal, console: Console) -> tuple[str, str, str]:
    """First subject with two questions about its blanks, then the second one; the scores."""
    terminal.at("submit").click()
    terminal.sees("submit")
    expect(terminal.at("handin")).to_contain_text("还有 93 题没有作答")
    terminal.at("submit-back").click()
    terminal.sees("answer")
    terminal.hand_in()
    terminal.sees("between")
    console.sees_seat(1, "等下一科")
    terminal.at("start-next").click()
    terminal.sees("answer")
    terminal.answers.clear()
    assert 3_590_000 < terminal.left_ms <= 3_600_000
    for number in (1, 2, 3, 4, 51):
        terminal.answer(number, "A")
    terminal.all_saved()
    assert terminal.server_answers() == terminal.answers
    terminal.hand_in()
    terminal.at("score-sum").wait_for()
    assert terminal.at("receipt").inner_text().strip() != ""
    first, second = (
        terminal.at(f"score-subject-{n}").locator(".score-points b").inner_text() for n in (1, 2)
    )
    return first, second, terminal.at("score-sum").inner_text()


def _robots_finish(centre: BrowserCentre) -> None:
    for running in centre.running:
        assert running.wait(120) == 0


def _authority_draws_the_line_and_exports(
    office: Console, second: Console, centre: BrowserCentre
) -> None:
    """Tries and proposes with a reason; another approves; in effect, and nothing before that."""
    office.page.goto(f"{office.url}/lines?exam={centre.state.main.exam_id}")
    office.at("line-value").wait_for()
    handle = office.at("line-handle")
    before = office.at("line-value").inner_text()
    handle.press("ArrowRight")
    expect(office.at("line-value")).not_to_have_text(before)
    office.at("reason").fill("按合格人数划定")
    office.at("line-propose").click()
    expect(office.page.locator(".line-state.is-proposed").first).to_be_visible()
    assert office.at("line-approved").count() == 0, "nobody approves their own proposal"
    second.page.goto(office.page.url)
    second.at("line-approved").click()
    second.at("line-effective").click()
    expect(second.page.locator(".line-state.is-effective").first).to_be_visible()
    assert office.complaints == []
    assert second.complaints == []


def _exported(
    office: Page, centre: BrowserCentre, ticket: str, folder: Path
) -> tuple[str, str, str]:
    """The candidate's row in the workbook the authority downloads."""
    office.goto(f"{centre.url}/console/sitting/{centre.room.sitting_id}/results")
    with office.expect_download() as told:
        office.locator('[data-test="export-xlsx"]').click()
    file = folder / "results.xlsx"
    told.value.save_as(file)
    rows = CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).to_python()
    head = [str(cell).replace("\n", " ") for cell in rows[0]]
    row = next(one for one in rows[1:] if str(one[head.index("准考证号")]) == ticket)
    points = [_plain(row[at]) for at, name in enumerate(head) if "得分" in name]
    return points[0], points[1], _plain(row[head.index("合计")])


def _plain(cell: object) -> str:
    return f"{float(str(cell)):g}"
