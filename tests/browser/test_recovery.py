"""Whatever happens to a machine, the candidate comes back to the same item, answers and time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, ViewportSize, expect

from exam_server.errors import Refusal
from tests.browser.cable import Cable
from tests.browser.centre import BrowserCentre, Person, Room
from tests.browser.console import Console
from tests.browser.profile import browser_runs, cookies_are_on_disk, kill_browser
from tests.browser.terminal import AT_ONCE_MS, AT_ONCE_SECONDS, Terminal
from tests.builders.waiting import wait_until

VIEW: ViewportSize = {"width": 1366, "height": 768}
DESK: ViewportSize = {"width": 1920, "height": 1080}
MOST_EXTRA_MS = 2_000  # invariant 3, for each outage
AGREED_MS, DARK_MS = 3_000, 2_000  # a waiting machine tries again within 2 s and a little
SHORT_MINUTES = 1


@dataclass(frozen=True, slots=True)
class Day:
    """A centre after the bell; everybody who comes is a little late."""

    centre: BrowserCentre
    room: Room

    def person(self, seat: int) -> Person:
        """Who is registered for that seat."""
        return next(one for one in self.room.people if one.seat == seat)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    centre = BrowserCentre(tmp_path_factory.mktemp("recovery"), candidates=2)
    room = centre.add_room("07", 14, {"subjects.theory.minutes": SHORT_MINUTES})
    centre.start()
    centre.unseal(room)
    centre.ring(room)
    yield Day(centre, room)
    centre.stop()


@pytest.fixture(scope="module")
def desk(browser: Browser, day: Day) -> Iterator[Console]:
    """The chief proctor's board of the room: what is done to a candidate is done there."""
    with browser.new_context(viewport=DESK) as context:
        console = Console(context, day.centre.url)
        console.room(day.room.sitting_id)
        yield console
        assert console.complaints == []


@dataclass(frozen=True, slots=True)
class KeptProfile:
    """A browser whose profile lies in a folder of its own, so that it survives a SIGKILL."""

    playwright: Playwright
    chromium: Path
    folder: Path
    cable: Cable

    def launch(self) -> Terminal:
        """The browser on this profile, begun anew."""
        context = self.playwright.chromium.launch_persistent_context(
            self.folder, executable_path=self.chromium, args=["--no-sandbox"], viewport=VIEW
        )
        return Terminal(context, self.cable.url)


@pytest.fixture(scope="module")
def kept(
    playwright: Playwright, chromium: Path, day: Day, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[KeptProfile, Terminal]]:
    """Logged in when the module begins: a browser writes its cookies only every 30 s."""
    with Cable(day.centre.port) as cable:
        profile = KeptProfile(playwright, chromium, tmp_path_factory.mktemp("profile"), cable)
        terminal = profile.launch()
        terminal.come_in(day.person(2))
        terminal.sees("answer")
        terminal.worker_ready()
        yield profile, terminal
        if browser_runs(profile.folder):
            kill_browser(profile.folder)


@dataclass(frozen=True, slots=True)
class Machine:
    """A terminal and the cable behind it."""

    terminal: Terminal
    cable: Cable
    person: Person


@contextmanager
def machine(browser: Browser, day: Day, seat: int) -> Iterator[Machine]:
    """Somebody sits down, logs in and has the paper open."""
    person = day.person(seat)
    with Cable(day.centre.port) as cable, browser.new_context(viewport=VIEW) as context:
        terminal = Terminal(context, cable.url)
        terminal.come_in(person)
        terminal.sees("answer")
        terminal.worker_ready()
        yield Machine(terminal, cable, person)
        assert terminal.complaints == []


def _same_place(terminal: Terminal, number: int, left_ms: int, since: float) -> None:
    """The item, its answer, every answer, and the time that has really passed."""
    terminal.sees("answer")
    assert terminal.number == number
    assert terminal.chosen() == terminal.answers[terminal.item]
    answered = [n for n, (done, _) in terminal.sheet().items() if done]
    assert len(answered) == len([one for one in terminal.answers.values() if one])
    passed_ms = (time.monotonic() - since) * 1000
    assert abs((left_ms - terminal.left_ms) - passed_ms) < 2_500


@pytest.mark.usefixtures("kept", "last_minute")  # what takes a minute begins here
def test_a_tab_that_was_closed_comes_back(browser: Browser, day: Day) -> None:
    with machine(browser, day, 1) as at:
        terminal = at.terminal
        terminal.answer(7, "C")
        terminal.answer(55, "ABD")
        terminal.at("mark").click()
        terminal.all_saved()
        left_ms, since = terminal.left_ms, time.monotonic()
        terminal.reopen()
        _same_place(terminal, 55, left_ms, since)
        assert terminal.sheet()[55] == (True, True)
        assert terminal.server_answers() == terminal.answers


def test_a_server_that_was_killed_comes_back_and_nobody_lost_time(
    browser: Browser, day: Day
) -> None:
    with machine(browser, day, 3) as at:
        terminal = at.terminal
        terminal.answer(1, "A")
        terminal.answer(2, "B")
        terminal.all_saved()
        before = Reading.of(terminal)
        killing_ms = _wall_ms()
        day.centre.kill()
        killed_ms = _wall_ms()
        terminal.answer(3, "C")
        expect(terminal.at("offline-banner")).to_be_visible(timeout=20_000)
        terminal.page.reload()
        terminal.sees("answer")
        assert terminal.number == 3
        terminal.answer(4, "D")
        starting_ms = _wall_ms()
        day.centre.start()
        terminal.all_saved(30)
        assert terminal.server_answers() == terminal.answers
        assert terminal.number == 4

        (outage,) = day.centre.outages(day.room)
        assert killing_ms - MOST_EXTRA_MS <= outage["from_at"] <= killed_ms, "not from its death"
        assert starting_ms <= outage["to_at"] <= _wall_ms(), "not until it came back"
        after = Reading.of(terminal)
        least, most = after.given_since(before)
        assert least <= outage["ms"] <= most, "exactly the recorded outage was given back"
        terminal.becomes(
            "the page follows the server's time",
            lambda: abs(terminal.left_ms - terminal.current_attempt()["left_ms"]) < 1_500,
        )


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Reading:
    """Time left by the server's own word, read between two moments of this machine's clock."""

    left_ms: int
    asked_ms: float
    heard_ms: float

    @classmethod
    def of(cls, terminal: Terminal) -> Reading:
        """As the server has it now."""
        asked = time.monotonic() * 1000
        left_ms = terminal.current_attempt()["left_ms"]
        return cls(left_ms, asked, time.monotonic() * 1000)

    def given_since(self, before: Reading) -> tuple[float, float]:
        """Least and most time given back between two readings: what passed, and was not spent.

        The observer's allowance is how long the two readings took, and a millisecond for each
        rounding.
        """
        spent_ms = before.left_ms - self.left_ms
        least_passed_ms = self.asked_ms - before.heard_ms
        most_passed_ms = self.heard_ms - before.asked_ms
        return least_passed_ms - spent_ms - 2, most_passed_ms - spent_ms + 2


@pytest.fixture(scope="module")
def last_minute(
    browser: Browser, day: Day, desk: Console
) -> Iterator[tuple[Machine, Machine, Machine]]:
    """Three in the second subject, which has one minute; two of them cut off, one of those
    granted more. Begins with the module: the minute runs down beside the other stories."""
    with (
        machine(browser, day, 4) as online,
        machine(browser, day, 5) as granted,
        machine(browser, day, 6) as late,
    ):
        for at in (online, granted, late):
            at.terminal.hand_in()
            at.terminal.sees("between")
        for at in (online, granted, late):
            at.terminal.at("start-next").click()
            at.terminal.sees("answer")
            at.terminal.answers.clear()
            at.terminal.answer(1, "A")
            at.terminal.all_saved()
        for at in (granted, late):
            at.cable.cut()
            at.terminal.answer(2, "B")
        desk.act_on(granted.person.seat, "action-grant", "网络中断", minutes=10)
        yield online, granted, late


def _server_has_ended(day: Day, seat: int) -> bool:
    return bool(day.centre.detail(day.room, seat)["attempts"][1]["state"] == "submitted")


def test_a_pause_stops_the_time_and_the_paper_is_covered(
    browser: Browser, day: Day, desk: Console
) -> None:
    with machine(browser, day, 7) as at:
        terminal = at.terminal
        terminal.answer(9, "A")
        desk.open_drawer(at.person.seat)
        for whose in ("action", "room"):
            desk.act(f"{whose}-pause", "停电")
            terminal.sees("paused", AT_ONCE_SECONDS)
            expect(terminal.at("question")).to_have_count(0)
            stood_ms = terminal.left_ms
            terminal.page.wait_for_timeout(1_200)  # it would show by the next second
            assert terminal.left_ms == stood_ms
            terminal.page.reload()
            terminal.sees("paused")
            resumed = time.monotonic()
            desk.act(f"{whose}-resume", "来电")
            terminal.sees("answer", AT_ONCE_SECONDS)
            assert terminal.number == 9
            passed_ms = (time.monotonic() - resumed) * 1000
            assert stood_ms - terminal.left_ms < passed_ms + 1_000


def test_at_a_spare_machine_the_exam_goes_on_once_the_proctor_agrees(
    browser: Browser, day: Day, desk: Console
) -> None:
    """Answers, marks, size, contrast and time go along; what it cost is proposed, then granted."""
    with machine(browser, day, 8) as at, browser.new_context(viewport=VIEW) as other_context:
        old, person = at.terminal, at.person
        old.answer(12, "B")
        old.at("mark").click()
        old.answer(70, "AD")
        old.at("size-2").click()
        old.at("contrast").click()
        old.all_saved()
        spare = Person(person.ticket, person.id_number, person.room, 17)
        other = Terminal(other_context, day.centre.url)
        other.complaints.expect(409, "/api/login")
        other.open(spare)
        other.log_in(spare)
        expect(other.at("login-foot")).to_contain_text("您正在 8 号机位考试")
        old.sees("answer")

        desk.sees_seat(8, "请求换机")
        desk.page.locator("#worst .row", has_text="在 17 号机登录").click()
        left = Reading.of(old)
        desk.at("action-agree-move").click()
        old.page.wait_for_selector('[data-screen="fenced"]', timeout=AGREED_MS + DARK_MS)
        old.complaints.expect(401, "/api/(me|state|events)")
        other.sees("answer", AT_ONCE_SECONDS)
        assert other.number == 70
        assert other.chosen() == old.answers[other.item]
        assert [n for n, (done, _) in other.sheet().items() if done] == [12, 70]
        assert other.sheet()[12] == (True, True)
        expect(other.at("size-2")).to_have_attribute("aria-pressed", "true")
        expect(other.page.locator("html")).to_have_attribute("data-contrast", "on")
        _, most = Reading.of(other).given_since(left)
        assert most < 1_000, "the time runs on: nothing is given by itself"
        desk.sees_seat(17, "自 08 换来")
        expect(desk.seat(8)).to_contain_text("换至 17")
        old.page.reload()
        old.page.wait_for_selector('[data-screen="fenced"], [data-screen="login"]')
        assert other.complaints == []


def test_a_wrong_seat_and_a_wrong_number_are_told_what_to_do(browser: Browser, day: Day) -> None:
    person = day.person(9)
    with browser.new_context(viewport=VIEW) as context:
        terminal = Terminal(context, day.centre.url)
        elsewhere = Person(person.ticket, person.id_number, person.room, 10)
        terminal.open(elsewhere)
        terminal.log_in(elsewhere)
        expect(terminal.at("login-foot")).to_contain_text("这台机器是 10 号机位，您的机位是 9 号")
        stranger = Person(person.ticket, day.person(10).id_number, person.room, 9)
        terminal.open(stranger)
        terminal.log_in(stranger)
        expect(terminal.at("login-foot")).to_contain_text("号码不对")


def test_hand_message_and_a_proctors_hand_in_reach_the_other_side(
    browser: Browser, day: Day, desk: Console
) -> None:
    with machine(browser, day, 9) as at:
        terminal, seat = at.terminal, at.person.seat
        terminal.answer(1, "D")
        terminal.at("hand").click()
        desk.sees_seat(seat, "举手", AT_ONCE_SECONDS)
        desk.act_on(seat, "action-message", text="请把手机交到监考台。")
        expect(terminal.at("message")).to_contain_text("请把手机交到监考台", timeout=AT_ONCE_MS)
        terminal.page.reload()
        expect(terminal.at("message")).to_be_visible()
        terminal.at("notice-close").first.click()
        expect(terminal.at("message")).to_have_count(0)
        desk.act("action-submit", "携带手机")
        terminal.sees("between", AT_ONCE_SECONDS)
        expect(terminal.at("between")).to_contain_text("已由监考员交卷")


def test_absent_and_too_late(browser: Browser, tmp_path: Path) -> None:
    centre = BrowserCentre(tmp_path, candidates=2)
    room = centre.add_room("08", 2, {"room.late_limit_minutes": 0})
    centre.start()
    try:
        centre.unseal(room)
        centre.ring(room)
        late, absent = room.people
        with (
            browser.new_context(viewport=DESK) as desks,
            browser.new_context(viewport=VIEW) as one_machine,
            browser.new_context(viewport=VIEW) as other_machine,
        ):
            chief = Console(desks, centre.url)
            chief.room(room.sitting_id)
            terminal = Terminal(one_machine, centre.url)
            terminal.complaints.expect(409, "/api/login")
            terminal.open(late)
            terminal.log_in(late)
            expect(terminal.at("login-foot")).to_contain_text("不能再登录")
            candidate = centre.seat(room, late.seat)["candidate_id"]
            with pytest.raises(Refusal):
                centre.staff("proctor").post(
                    f"/api/candidates/{candidate}/admit-late", {"reason": "堵车"}
                )
            chief.act_on(late.seat, "action-admit-late", "堵车")
            terminal.come_in(late)
            terminal.sees("answer")
            assert terminal.left_ms < 3_600_000 - 1_000

            chief.act_on(absent.seat, "action-absent", "未到场")
            chief.sees_seat(absent.seat, "缺考")
            stranger = Terminal(other_machine, centre.url)
            stranger.complaints.expect(409, "/api/login")
            stranger.open(absent)
            stranger.log_in(absent)
            expect(stranger.at("login-foot")).to_contain_text("缺考")
            assert [*terminal.complaints, *stranger.complaints, *chief.complaints] == []
    finally:
        centre.stop()


def test_a_browser_that_was_killed_comes_back_with_and_without_the_network(
    kept: tuple[KeptProfile, Terminal],
) -> None:
    profile, first = kept
    for number, labels in ((1, "A"), (60, "BC")):
        first.answer(number, labels)
    first.all_saved()
    cookies_are_on_disk(profile.folder, "kc_terminal")
    left_ms, since = first.left_ms, time.monotonic()
    kill_browser(profile.folder)

    second = profile.launch()
    second.answers = first.answers
    second.page.goto(profile.cable.url)
    _same_place(second, 60, left_ms, since)

    profile.cable.cut()
    second.answer(61, "CD")
    expect(second.at("saved-state")).to_have_attribute("data-state", "local")
    kill_browser(profile.folder)

    third = profile.launch()
    third.answers = second.answers
    third.page.goto(profile.cable.url)
    _same_place(third, 61, left_ms, since)
    third.answer(2, "B")
    profile.cable.mend()
    third.all_saved(40)
    assert third.server_answers() == third.answers


def test_zero_with_and_without_the_network(
    day: Day, desk: Console, last_minute: tuple[Machine, Machine, Machine], tmp_path: Path
) -> None:
    """Online: handed in by itself. Cut off: input closes; more time reopens it; else it is late,
    whether it comes by hand or by the line."""
    online, granted, late = last_minute
    online.terminal.page.wait_for_selector(
        '[data-screen="timeup"], [data-screen="score"]', timeout=90_000
    )
    online.terminal.sees("score")
    expect(online.terminal.at("score-subject-2")).to_contain_text("时间到")
    for at in (granted, late):
        at.terminal.sees("timeup")
        expect(at.terminal.page.locator("main")).to_contain_text("等待服务器")
    with late.terminal.page.expect_download() as told:
        late.terminal.at("save-outbox").click()
    file = tmp_path / "answers.json"
    told.value.save_as(file)
    wait_until("its end", lambda: _server_has_ended(day, late.person.seat), 20, every=0.1)
    desk.sees_seat(late.person.seat, "已考完")
    desk.open_drawer(late.person.seat)
    desk.at("action-outbox").click()
    desk.at("dialog-file").set_input_files(file)
    desk.at("dialog-go").click()
    expect(desk.at("action-recovery")).to_be_visible()

    granted.cable.mend()
    granted.terminal.sees("answer", 30)
    assert 300_000 < granted.terminal.left_ms <= 600_000
    granted.terminal.answer(3, "C")
    granted.terminal.all_saved()
    assert granted.terminal.server_answers() == granted.terminal.answers

    late.cable.mend()
    late.terminal.sees("score", 30)
    expect(late.terminal.at("late")).to_contain_text("1 题")
    cases = day.centre.detail(day.room, late.person.seat)["recovery"]
    assert [(case["state"], case["count"]) for case in cases] == [("open", 1)]
