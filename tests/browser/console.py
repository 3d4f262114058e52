"""Somebody of the staff at the console."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from exam_server.auth import totp
from exam_server.clock import SystemClock
from exam_server.demo import plan
from tests.browser.complaints import Complaints


class Console:
    """One page of the console, logged in by its own form."""

    def __init__(self, context: BrowserContext, url: str, login: str = "chief") -> None:
        self.url = f"{url}/console"
        self.complaints = Complaints()
        self.page: Page = context.new_page()
        self.complaints.listen(self.page)
        self.page.goto(f"{self.url}/")
        self.at("staff-login").fill(login)
        self.at("staff-password").fill(plan.PASSWORD)
        self.at("staff-go").click()
        self.page.wait_for_url(lambda url: not url.endswith("/login"))
        while self.at("staff-code-go").count():
            self.give_code()
        self.at("staff-leave").wait_for()

    def give_code(self) -> None:
        """The authenticator's code; the one before while it was not used, else the next."""
        now = totp.step_at(SystemClock().now().wall_ms)
        for step in (now - 1, now, now + 1):
            if self.at("staff-code-go").count():
                self.at("staff-code").fill(totp.code_at(plan.FACTOR_SECRET, step))
                self.complaints.expect(401, "/console/login.*")
                self.at("staff-code-go").click()
                self.page.wait_for_load_state("networkidle")

    def at(self, name: str) -> Any:
        """The element with this ``data-test``."""
        return self.page.locator(f'[data-test="{name}"]')

    def room(self, sitting_id: str) -> None:
        """The room board."""
        self.page.goto(f"{self.url}/sitting/{sitting_id}")
        self.at("seat-1").wait_for()

    def unseal(self, sitting_id: str, code: str, second: str = "proctor") -> None:
        """启封 with a second person."""
        self.page.goto(f"{self.url}/sitting/{sitting_id}/unseal")
        self.at("unseal-code").fill(code)
        self.at("unseal-second-login").fill(second)
        self.at("unseal-second-password").fill(plan.PASSWORD)
        self.at("unseal-go").click()
        self.at("room-start").wait_for()

    def seat(self, number: int) -> Any:
        """The tile of a seat."""
        return self.at(f"seat-{number}")

    def state_of(self, number: int) -> str:
        """The seat's state, by the class that draws it."""
        classes = (self.seat(number).get_attribute("class") or "").split()
        return next((one[3:] for one in classes if one.startswith("is-")), "")

    def sees_seat(self, number: int, words: str, seconds: float = 15) -> None:
        """Waits until the tile says so."""
        expect(self.seat(number)).to_contain_text(words, timeout=seconds * 1000)

    def open_drawer(self, number: int) -> None:
        """Clicks the seat, unless its drawer is open."""
        if self.seat(number).get_attribute("aria-pressed") != "true":
            self.seat(number).click()
        self.page.wait_for_selector('[data-test="drawer"] .drawer-body')

    def act(self, name: str, reason: str = "", text: str = "", minutes: int = 0) -> None:
        """An act of the drawer or of the room, its dialog filled in."""
        self.at(name).click()
        dialog = self.page.locator("dialog[open]")
        dialog.wait_for()
        if minutes:
            dialog.locator('[data-test="grant-minutes"]').fill(str(minutes))
            dialog.locator('[data-test="grant-seconds"]').fill("0")
        if reason:
            dialog.locator('[data-test="reason"]').fill(reason)
        if text:
            dialog.locator('[data-test="dialog-text"]').fill(text)
        dialog.locator('[data-test="dialog-go"]').click()
        expect(dialog).to_have_count(0)

    def act_on(self, seat: int, name: str, reason: str = "", **given: Any) -> None:
        """An act on who sits there, from their drawer."""
        self.open_drawer(seat)
        self.act(name, reason, **given)

    def plan_as_told(self) -> list[str]:
        """Every tile, list and count in words, without the ticking of clocks."""
        found: list[str] = self.page.evaluate(
            """() => [...document.querySelectorAll('.tile, #counts > div, #worst li')].map(one =>
               one.innerText.replace(/\\d+:\\d\\d/g, '…').replace(/\\s+/g, ' ').trim())"""
        )
        return found
