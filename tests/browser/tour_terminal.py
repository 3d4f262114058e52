"""Every page and state of the terminal, one after another: for axe, and for the pictures.

A stop is shown to ``look(name, page)``. What cannot wait (the tenth last minute, zero) is
reached by the page's own clock put forward while its cable is out: the server is untouched.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, Route, ViewportSize, WebSocketRoute, expect

from exam_server.demo.prepare import crib
from tests.browser.cable import Cable
from tests.browser.centre import BrowserCentre, Person, Room
from tests.browser.terminal import Terminal

Look = Callable[[str, Page], None]
SIZE: ViewportSize = {"width": 1366, "height": 768}
MINUTE_MS = 60_000
MARKED_ABSENT = 13
_FORGET_WHO = """() => new Promise(done => {
  const asked = indexedDB.open('kaochang');
  asked.onsuccess = () => {
    const change = asked.result.transaction('notes', 'readwrite');
    change.objectStore('notes').delete('c:me');
    change.oncomplete = () => { asked.result.close(); done(); };
  };
})"""
NO_KEY = base64.b64encode(bytes(32)).decode()


class _Scores:
    """Between the page and its server: messages with a score are lost while ``keep_back``."""

    def __init__(self, page: Page) -> None:
        self.keep_back = False
        page.route_web_socket("**/socket.io/**", self._between)

    def _between(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda said: self._pass_on(socket, said))

    def _pass_on(self, socket: WebSocketRoute, said: str | bytes) -> None:
        if not (self.keep_back and '"provisional"' in str(said)):
            socket.send(said)


class _NoSocket:
    """No socket of the page stands while ``out``: what it does goes by HTTP."""

    def __init__(self, page: Page) -> None:
        self.out = True
        page.route_web_socket("**/socket.io/**", self._between)

    def _between(self, socket: WebSocketRoute) -> None:
        if self.out:
            socket.close()
        else:
            socket.connect_to_server()


class TerminalTour:
    """Through a room whose last seats are spare. Seats 1 to 5 and 13 are taken by this tour."""

    def __init__(self, browser: Browser, centre: BrowserCentre, room: Room, look: Look) -> None:
        self._browser, self._centre, self._room, self._look = browser, centre, room, look
        self._chief = centre.staff()

    def person(self, seat: int) -> Person:
        """Who is registered for the seat."""
        return next(one for one in self._room.people if one.seat == seat)

    @contextmanager
    def _machine(self) -> Iterator[tuple[Terminal, Cable]]:
        with (
            Cable(self._centre.port) as cable,
            self._browser.new_context(viewport=SIZE, reduced_motion="reduce") as context,
        ):
            try:
                yield Terminal(context, cable.url), cable
            finally:
                cable.mend()  # a browser with requests under way is slow to close

    def let_in_late(self, *seats: int) -> None:
        """These come after the bell, whatever the room's late limit is."""
        for seat in seats:
            candidate = self._centre.seat(self._room, seat)["candidate_id"]
            self._chief.post(f"/api/candidates/{candidate}/admit-late", {"reason": "堵车"})

    def before_the_bell(self) -> None:
        """From the machine without a seat to the countdown."""
        person = self.person(1)
        with self._machine() as (terminal, cable):
            page = terminal.page
            page.clock.install()
            page.goto(terminal.url)
            terminal.sees("seat-setup")
            self._look("terminal-seat", page)
            self._login(terminal, cable, person)
            terminal.log_in(person)
            terminal.sees("confirm")
            page.locator("img.photo").wait_for()
            self._look("terminal-confirm", page)
            terminal.at("confirm-no").click()
            expect(terminal.at("confirm-hint")).to_contain_text("已通知监考员")
            self._look("terminal-confirm-disputed", page)
            me = self._centre.seat(self._room, 1)["candidate_id"]
            self._chief.post(f"/api/candidates/{me}/lower-hand")
            terminal.at("confirm-yes").click()
            terminal.sees("rules")
            self._look("terminal-rules", page)
            terminal.at("read-rules").click()
            terminal.sees("waiting")
            expect(page.locator("main")).to_contain_text("试卷已就绪")
            self._look("terminal-waiting", page)
            cable.cut()
            self._hurry_until(terminal, "offline-banner")
            self._look("terminal-waiting-offline", page)

    def _login(self, terminal: Terminal, cable: Cable, person: Person) -> None:
        terminal.open(person)
        terminal.page.locator(".login-exam", has_text="年").wait_for()
        self._look("terminal-login", terminal.page)
        terminal.tap(person.ticket)
        terminal.tap(person.id_number[:9])
        self._look("terminal-login-typing", terminal.page)
        elsewhere = Person(person.ticket, person.id_number, person.room, 2)
        terminal.open(elsewhere)
        terminal.log_in(elsewhere)
        expect(terminal.at("login-foot")).to_have_attribute("role", "alert")
        self._look("terminal-login-refused", terminal.page)
        terminal.open(person)
        cable.cut()
        terminal.log_in(person)
        self._hurry_until(terminal, "login-foot", ".trouble")
        self._look("terminal-login-offline", terminal.page)
        cable.mend()
        terminal.open(person)

    def answering(self) -> None:
        """The question in its states, notices, pause; the bell has rung."""
        person = self.person(2)
        with self._machine() as (terminal, cable):
            terminal.page.clock.install()
            self._opens_at_last(terminal, person)
            terminal.worker_ready()
            self._some_answers(terminal)
            terminal.go(9)
            terminal.at("option-B").click()
            terminal.all_saved()
            self._look("terminal-answer", terminal.page)
            terminal.answer(53, "ACD")
            terminal.at("mark").click()
            terminal.all_saved()
            self._look("terminal-answer-multiple", terminal.page)
            self._sizes(terminal)
            self._notices(terminal)
            self._offline(terminal, cable)

    def _opens_at_last(self, terminal: Terminal, person: Person) -> None:
        """The key is slow to come, then it comes damaged; what a reload shows first."""
        page = terminal.page
        slow: list[Route] = []

        def hold(route: Route) -> None:
            slow.append(route)

        socket = _NoSocket(page)
        page.route("**/api/attempt/*/start", hold)
        terminal.come_in(person)
        terminal.sees("opening")
        terminal.becomes("the key is asked for", lambda: bool(slow))
        self._look("terminal-opening", page)
        answer = slow[0].fetch()
        slow[0].fulfill(response=answer, json={**answer.json(), "key": NO_KEY})
        expect(page.locator("h1")).to_contain_text("还没有打开")
        self._look("terminal-opening-failed", page)
        page.unroute("**/api/attempt/*/start")
        socket.out = False
        for one in slow[1:]:
            one.continue_()
        terminal.sees("answer")
        page.route("**/api/me", hold)
        page.evaluate(_FORGET_WHO)  # else the page comes back by what it keeps, within a second
        page.reload()
        terminal.sees("loading")
        self._look("terminal-loading", page)
        page.unroute("**/api/me")
        page.reload()
        terminal.sees("answer")

    def marked_absent(self) -> None:
        """Logged in, but never confirmed, until the late limit was over."""
        with self._machine() as (terminal, _):
            terminal.open(self.person(MARKED_ABSENT))
            terminal.log_in(self.person(MARKED_ABSENT))
            terminal.sees("confirm")
            candidate = self._centre.seat(self._room, MARKED_ABSENT)["candidate_id"]
            self._chief.post(f"/api/candidates/{candidate}/absent", {"reason": "未到场"})
            terminal.sees("absent")
            self._look("terminal-absent", terminal.page)

    def _hurry_until(self, terminal: Terminal, name: str, look: str = "") -> None:
        """The page's clock is put forward until a thing that comes with time is there."""
        for _ in range(30):
            if terminal.page.locator(f'{look}[data-test="{name}"]').count():
                return
            terminal.page.clock.fast_forward(2_000)
            terminal.page.wait_for_timeout(100)
        raise AssertionError(f"it never came: {name}")

    def _some_answers(self, terminal: Terminal) -> None:
        for number in (*range(1, 9), 51, 52):
            terminal.answer(number, "A" if number < 51 else "AB")
        terminal.go(5)
        terminal.at("mark").click()

    def _sizes(self, terminal: Terminal) -> None:
        for size, name in (("0", "small"), ("2", "large")):
            terminal.at(f"size-{size}").click()
            self._look(f"terminal-answer-{name}", terminal.page)
        terminal.at("size-1").click()
        terminal.at("contrast").click()
        self._look("terminal-answer-contrast", terminal.page)
        terminal.at("contrast").click()
        terminal.at("language").click()
        self._look("terminal-answer-english", terminal.page)
        terminal.at("language").click()

    def _notices(self, terminal: Terminal) -> None:
        seat = self._centre.seat(self._room, 2)
        attempt = terminal.current_attempt()["id"]
        acts = f"/api/attempts/{attempt}"
        self._chief.post(f"{acts}/grant", {"seconds": 180, "reason": "鼠标故障"})
        terminal.at("grant-notice").wait_for()
        self._look("terminal-answer-grant", terminal.page)
        terminal.at("notice-close").first.click()
        to = f"/api/sittings/{self._room.sitting_id}/candidates/{seat['candidate_id']}"
        self._chief.post(f"{to}/message", {"text": "请把准考证放在桌子左上角。"})
        terminal.at("message").wait_for()
        terminal.at("hand").click()
        expect(terminal.at("hand")).to_have_attribute("aria-pressed", "true")
        self._look("terminal-answer-message", terminal.page)
        terminal.at("hand").click()
        terminal.at("notice-close").first.click()
        self._chief.post(f"{acts}/pause", {"reason": "离场"})
        terminal.sees("paused")
        self._look("terminal-paused", terminal.page)
        self._chief.post(f"{acts}/resume", {"reason": "回到座位"})
        terminal.at("resumed-notice").wait_for()
        self._look("terminal-answer-resumed", terminal.page)
        terminal.at("notice-close").first.click()

    def _offline(self, terminal: Terminal, cable: Cable) -> None:
        cable.cut()
        terminal.answer(54, "BC")
        self._hurry_until(terminal, "offline-banner")
        self._look("terminal-answer-offline", terminal.page)
        terminal.hand_in()
        terminal.sees("unfinished")
        self._hurry_until(terminal, "unfinished")
        self._look("terminal-submit-unfinished", terminal.page)

    def last_minutes(self) -> None:
        """Warnings and zero, by the page's own clock."""
        with self._machine() as (terminal, cable):
            terminal.page.clock.install()
            terminal.come_in(self.person(3))
            terminal.sees("answer")
            self._some_answers(terminal)
            terminal.all_saved()
            for left, name in ((10, "terminal-warning-10"), (5, "terminal-warning-5")):
                cable.cut()
                terminal.page.clock.fast_forward(terminal.left_ms - left * MINUTE_MS)
                terminal.at("time-warning").wait_for()
                self._look(name, terminal.page)
                cable.mend()
                terminal.becomes("asked the server", lambda: terminal.left_ms > 40 * MINUTE_MS)
                expect(terminal.at("offline-banner")).to_have_count(0)
                while terminal.at("notice-close").count():
                    terminal.at("notice-close").first.click()
            cable.cut()
            terminal.page.clock.fast_forward(terminal.left_ms + 1_000)
            terminal.sees("timeup")
            terminal.page.clock.run_for(20_000)
            expect(terminal.page.locator("h1")).to_contain_text("等待服务器")
            self._look("terminal-timeup", terminal.page)

    def handing_in(self) -> None:
        """Both subjects to the score, and the machine that was left behind."""
        person = self.person(4)
        with self._machine() as (terminal, _):
            scores = _Scores(terminal.page)
            terminal.come_in(person)
            terminal.sees("answer")
            self._some_answers(terminal)
            terminal.all_saved()
            self._knows_the_rest(terminal, 8)
            terminal.at("submit").click()
            terminal.sees("submit")
            self._look("terminal-submit", terminal.page)
            terminal.at("submit-confirm").click()
            terminal.sees("submit-again")
            self._look("terminal-submit-again", terminal.page)
            terminal.at("submit-again").click()
            terminal.sees("between")
            self._look("terminal-between", terminal.page)
            terminal.at("start-next").click()
            terminal.sees("answer")
            self._some_answers(terminal)
            self._knows_the_rest(terminal, 4)
            scores.keep_back = True
            terminal.hand_in()
            terminal.at("score-waiting").wait_for()
            self._look("terminal-score-waiting", terminal.page)
            scores.keep_back = False
            terminal.at("score-sum").wait_for(timeout=30_000)
            self._look("terminal-score", terminal.page)

    def _knows_the_rest(self, terminal: Terminal, blanks: int) -> None:
        """Right answers but for the last items, clicked as fast as the page can draw."""
        right: dict[str, str] = json.loads(crib(self._centre.settings).read_text("utf-8"))
        terminal.page.evaluate(
            """async ([right, blanks]) => {
              const drawn = () => new Promise(
                done => requestAnimationFrame(() => setTimeout(done)));
              const numbers = [...document.querySelectorAll('[data-test^="number-"]')];
              for (const number of numbers.slice(0, numbers.length - blanks)) {
                number.click();
                await drawn();
                const letters = right[document.querySelector('.question').dataset.item];
                for (const option of document.querySelectorAll('.option')) {
                  const chosen = option.getAttribute('aria-checked') === 'true';
                  if (letters.includes(option.dataset.letter) !== chosen
                    && (letters.length > 1 || !chosen)) option.click();
                }
                await drawn();
              }
            }""",
            [right, blanks],
        )
        terminal.all_saved()

    def moved(self) -> None:
        """Going on at a spare machine: the old one goes dark."""
        person = self.person(5)
        spare = max(one["seat"] for one in self._board()["seats"])
        with self._machine() as (old, _), self._machine() as (new, _):
            old.come_in(person)
            old.sees("answer")
            old.all_saved()
            place = Person(person.ticket, person.id_number, person.room, spare)
            new.open(place)
            new.log_in(place)
            expect(new.at("login-foot")).to_contain_text("请举手")
            self._look("terminal-login-elsewhere", new.page)
            new.page.goto("about:blank")  # it would go on by itself
            candidate = self._centre.seat(self._room, 5)["candidate_id"]
            wanted = {"reason": "显示器坏", "seat": spare}
            self._chief.post(f"/api/candidates/{candidate}/release", wanted)
            old.at("move-banner").wait_for()
            self._look("terminal-answer-move", old.page)
            new.open(place)
            new.log_in(place)
            old.sees("fenced")
            self._look("terminal-fenced", old.page)

    def true_false(self, room: Room) -> None:
        """A trial with true/false items: the striped bar, and two options."""
        with self._machine() as (terminal, _):
            terminal.come_in(room.people[0])
            terminal.sees("answer")
            terminal.answer(1, "A")
            terminal.all_saved()
            self._look("terminal-answer-true-false", terminal.page)

    def _board(self) -> dict[str, list[dict[str, int]]]:
        board: dict[str, list[dict[str, int]]] = self._chief.get(
            f"/api/sittings/{self._room.sitting_id}/board"
        )
        return board
