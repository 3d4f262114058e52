"""Every page and state of the console, one after another: for axe, and for the pictures."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, ViewportSize, expect

from exam_server.demo import plan
from tests.browser.cable import Cable
from tests.browser.centre import BrowserCentre, Room
from tests.browser.console import Console
from tests.browser.extras import Extras
from tests.browser.tour_office import tour_office
from tests.browser.tour_publish import tour_publish
from tests.browser.tour_terminal import Look

SIZE: ViewportSize = {"width": 1920, "height": 1080}
IDLE, HAND, PAUSED, LOST, BETWEEN, GRANTED, ABSENT = 6, 7, 8, 9, 10, 11, 12
WRONG_CODE = "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA"


class ConsoleTour:
    """Through a room in which nobody but ``extras`` sits at seats 6 to 12."""

    def __init__(self, browser: Browser, centre: BrowserCentre, room: Room, look: Look) -> None:
        self._browser, self._centre, self._room, self._look = browser, centre, room, look
        self._context = browser.new_context(viewport=SIZE, reduced_motion="reduce")
        self._authority = browser.new_context(viewport=SIZE, reduced_motion="reduce")
        self._extras = Extras(centre, room)
        self._cable = Cable(centre.port)
        self._chief: Console

    def close(self) -> None:
        """End what this tour began."""
        self._extras.close()
        self._context.close()
        self._authority.close()

    @property
    def _page(self) -> Page:
        return self._chief.page

    def before_the_bell(self) -> None:
        """Login, today, the room filling, unsealing."""
        page = self._context.new_page()
        page.goto(f"{self._centre.url}/console/")
        self._look("console-login", page)
        page.fill('[data-test="staff-login"]', "chief")
        page.fill('[data-test="staff-password"]', "falsch-8")
        page.click('[data-test="staff-go"]')
        page.locator(".problem").wait_for()
        self._look("console-login-refused", page)
        page.close()
        self._chief = Console(self._context, self._centre.url)
        self._look("console-today", self._page)
        self._extras.arrive(IDLE, HAND, PAUSED, LOST, BETWEEN, GRANTED)
        self._chief.room(self._room.sitting_id)
        self._chief.sees_seat(IDLE, "候考")
        self._look("console-room-ready", self._page)
        self._page.goto(f"{self._chief.url}/sitting/{self._room.sitting_id}/unseal")
        self._look("console-unseal", self._page)
        self._chief.at("unseal-code").fill(WRONG_CODE)
        self._chief.at("unseal-second-login").fill("proctor")
        self._chief.at("unseal-second-password").fill(plan.PASSWORD)
        self._chief.at("unseal-go").click()
        expect(self._page.locator("#problem")).to_be_visible()
        self._look("console-unseal-refused", self._page)

    def bell(self) -> None:
        """Unsealed; the question before the bell; the bell. The extras take their states."""
        self._chief.unseal(self._room.sitting_id, self._centre.state.bell_code)
        self._look("console-room-unsealed", self._page)
        self._chief.at("room-start").click()
        self._page.locator("dialog[open]").wait_for()
        self._look("console-dialog-start", self._page)
        self._page.locator('dialog[open] [data-test="dialog-go"]').click()
        self._chief.at("room-pause").wait_for()
        counts = {IDLE: 22, HAND: 31, PAUSED: 17, LOST: 28, BETWEEN: 40, GRANTED: 25}
        for seat, count in counts.items():
            self._extras.work(seat, count)
        self._extras.raise_hand(HAND)
        self._extras.act(PAUSED, "pause", {"reason": "经批准离场，张华陪同"})
        self._extras.act(GRANTED, "grant", {"seconds": 60, "reason": "鼠标故障"})
        self._extras.hand_in(BETWEEN)
        self._extras.fall_silent(LOST)
        absent = self._centre.seat(self._room, ABSENT)["candidate_id"]
        self._centre.staff().post(f"/api/candidates/{absent}/absent", {"reason": "未到场"})

    def running(self) -> None:
        """The room with everything in it, drawers, dialogs, English, pause, a lost line."""
        states = {LOST: "lost", IDLE: "idle", PAUSED: "paused"}
        self._chief.room(self._room.sitting_id)
        for seat, state in states.items():
            if state:
                self._page.wait_for_selector(
                    f".tile.is-{state}[data-test='seat-{seat}']", timeout=90_000
                )
        self._look("console-room-overview", self._page)
        for seat, name in ((HAND, "hand"), (PAUSED, "break"), (GRANTED, "granted"), (LOST, "")):
            self._drawer(seat)
            self._look(f"console-room-{name}" if name else "console-room", self._page)
        self._machines()
        self._dialogs()
        self._page.goto(
            f"{self._chief.url}/language/en?back=/console/sitting/{self._room.sitting_id}"
        )
        self._drawer(LOST)
        self._look("console-room-english", self._page)
        self._page.goto(
            f"{self._chief.url}/language/zh?back=/console/sitting/{self._room.sitting_id}"
        )
        self._chief.at("room-pause").wait_for()
        self._pause()
        self._stale()
        self._page.goto(f"{self._chief.url}/sitting/nothing")
        self._look("console-refused", self._page)

    def _drawer(self, seat: int) -> None:
        self._chief.open_drawer(seat)
        self._page.locator(".drawer-foot button").first.wait_for()
        self._page.wait_for_timeout(300)

    def _machines(self) -> None:
        """Somebody asks for another machine; where could they go; a machine nobody sits at."""
        spare = self._extras.ask_elsewhere(GRANTED)
        self._chief.sees_seat(GRANTED, "请求换机")
        self._drawer(GRANTED)
        self._look("console-room-asks", self._page)
        self._chief.at("action-release").click()
        self._page.locator("dialog[open]").wait_for()
        self._look("console-dialog-release", self._page)
        self._page.keyboard.press("Escape")
        expect(self._page.locator("dialog[open]")).to_have_count(0)
        self._chief.act("action-stay", "不需要换机")
        moved = next(one for one in self._board() if one["came_from"] is not None)
        self._drawer(int(moved["seat"] or 0))
        self._look("console-room-moved", self._page)
        self._chief.seat(spare).click()
        self._chief.at("action-workstation").wait_for()
        self._look("console-room-spare", self._page)
        self._drawer(LOST)

    def _board(self) -> list[dict[str, int | None]]:
        path = f"/api/sittings/{self._room.sitting_id}/board"
        seats: list[dict[str, int | None]] = self._centre.staff().get(path)["seats"]
        return seats

    def _dialogs(self) -> None:
        for act, name in (
            ("action-grant", "grant"),
            ("action-message", "message"),
            ("action-incident", "incident"),
            ("action-submit", "submit"),
            ("room-close", "close"),
        ):
            self._chief.at(act).click()
            self._page.locator("dialog[open]").wait_for()
            expect(self._page.locator("dialog[open] .muted")).to_have_count(0)
            self._look(f"console-dialog-{name}", self._page)
            self._page.keyboard.press("Escape")
            expect(self._page.locator("dialog[open]")).to_have_count(0)

    def _pause(self) -> None:
        staff, room = self._centre.staff(), f"/api/sittings/{self._room.sitting_id}"
        staff.post(f"{room}/pause", {"reason": "停电"})
        self._chief.at("room-resume").wait_for()
        self._look("console-room-paused", self._page)
        staff.post(f"{room}/resume", {"reason": "来电"})
        self._chief.at("room-pause").wait_for()

    def _stale(self) -> None:
        with self._cable as cable:
            page = self._context.new_page()
            page.clock.install()
            page.goto(f"{cable.url}/console/sitting/{self._room.sitting_id}")
            page.locator(".tile").first.wait_for()
            page.wait_for_timeout(1_000)
            cable.cut()
            page.clock.fast_forward(11_000)
            page.locator("#stale").wait_for(timeout=10_000)
            self._look("console-room-stale", page)
            page.close()

    def afterwards(self) -> None:
        """Everybody accounted for, closed; results and the pass line."""
        self._account_for_all()
        self._chief.room(self._room.sitting_id)
        self._chief.at("room-close").click()
        self._settle_the_rest()
        expect(self._chief.at("dialog-go")).to_be_enabled()
        self._look("console-dialog-close-clear", self._page)
        self._chief.at("dialog-go").click()
        self._chief.at("room-results").wait_for(timeout=30_000)
        self._look("console-room-closed", self._page)
        self._page.goto(f"{self._chief.url}/sitting/{self._room.sitting_id}/results")
        self._chief.at("results").wait_for()
        self._look("console-results", self._page)
        self._page.goto(f"{self._chief.url}/paper?sitting={self._room.sitting_id}")
        self._look("console-paper", self._page)
        office = Console(self._authority, self._centre.url, "authority")
        office.page.goto(f"{office.url}/lines?exam={self._room.exam_id}")
        office.at("line-value").wait_for()
        self._look("console-lines", office.page)
        office.at("reason").fill("合格人数与去年相当")
        office.at("line-propose").click()
        office.page.locator(".line-state.is-proposed").first.wait_for()
        self._look("console-lines-proposed", office.page)
        staff = self._centre.staff("approver")
        (group,) = staff.get(f"/api/exams/{self._room.exam_id}/groups")
        tried = staff.post(f"/api/exams/{self._room.exam_id}/try-line", {"group": group["key"]})
        for step in ("approve", "effect"):
            staff.post(f"/api/lines/{tried['lines'][0]['id']}/{step}")
        office.page.reload()
        office.page.locator(".line-state.is-effective").first.wait_for()
        office.page.locator("#line-page h1").wait_for()
        self._look("console-lines-effective", office.page)
        tour_publish(self._browser, self._centre, self._room, office, self._look)
        tour_office(self._browser, self._centre, SIZE, self._look)

    def _settle_the_rest(self) -> None:
        """Row by row, by the act that stands beside it."""
        page = self._page
        self._chief.at("sums").wait_for()
        rows = page.locator(".reconcile-rows li")
        for _ in range(40):
            left = rows.count()
            if left == 0:
                return
            rows.first.locator("button.button").click()
            act = page.locator("dialog[open]:not(.reconcile)")
            act.locator('[data-test="reason"]').fill("已核实")
            act.locator('[data-test="dialog-go"]').click()
            expect(rows).to_have_count(left - 1)
        raise AssertionError("the rows never end")

    def _account_for_all(self) -> None:
        """Who has not finished is ended by the chief; who never came is absent."""
        staff = self._centre.staff()
        board = staff.get(f"/api/sittings/{self._room.sitting_id}/board")
        for seat in board["seats"]:
            ident = seat["candidate_id"]
            if seat["state"] == "not_arrived":
                staff.post(f"/api/candidates/{ident}/absent", {"reason": "未到场"})
            elif ident and seat["state"] not in ("absent", "finished"):
                for attempt in staff.get(f"/api/candidates/{ident}")["attempts"]:
                    if attempt["state"] not in ("submitted", "absent"):
                        staff.post(f"/api/attempts/{attempt['id']}/submit", {"reason": "收卷"})
