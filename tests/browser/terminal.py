"""A candidate at a terminal: what a person sees, taps and expects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.centre import Person
from tests.browser.complaints import Complaints
from tests.builders.waiting import wait_until

PATIENCE_MS = 20_000
AT_ONCE_MS = 10_000  # pushed: a poll comes every 15 s, and machines that run tests are busy
AT_ONCE_SECONDS = AT_ONCE_MS / 1000


class Terminal:
    """One page of one machine. ``answers``: item id → canonical letters chosen here."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context, self.url = context, url
        self.complaints = Complaints()
        self.answers: dict[str, str] = {}
        self.page = self._new_page()

    def _new_page(self) -> Page:
        page = self.context.new_page()
        self.complaints.listen(page)
        return page

    # ---- looking -------------------------------------------------------------------------

    @property
    def screen(self) -> str:
        """The name of the screen shown."""
        return self.page.locator("[data-screen]").get_attribute("data-screen") or ""

    def sees(self, screen: str, seconds: float = 20) -> None:
        """Waits for the screen."""
        self.page.wait_for_selector(f'[data-screen="{screen}"]', timeout=seconds * 1000)

    def at(self, name: str) -> Any:
        """The element with this ``data-test``."""
        return self.page.locator(f'[data-test="{name}"]')

    @property
    def left_ms(self) -> int:
        """The time left as the page counts it."""
        return int(self.at("time-left").get_attribute("data-left-ms") or -1)

    @property
    def number(self) -> int:
        """The item shown."""
        return int(self.at("question").get_attribute("data-number") or 0)

    @property
    def item(self) -> str:
        """The id of the item shown."""
        return self.at("question").get_attribute("data-item") or ""

    @property
    def saved_state(self) -> str:
        """saved, saving, local or failed."""
        return self.at("saved-state").get_attribute("data-state") or ""

    def sheet(self) -> dict[int, tuple[bool, bool]]:
        """The numbers panel: number → (answered, marked)."""
        cells: list[list[Any]] = self.page.eval_on_selector_all(
            '[data-test^="number-"]',
            "all => all.map(c => [Number(c.dataset.test.slice(7)), c.dataset.answered === 'true', "
            "c.dataset.marked === 'true'])",
        )
        return {int(n): (bool(answered), bool(marked)) for n, answered, marked in cells}

    def chosen(self) -> str:
        """Canonical letters chosen in the item shown."""
        letters: list[str] = self.page.eval_on_selector_all(
            '.option[aria-checked="true"]', "all => all.map(one => one.dataset.letter)"
        )
        return "".join(sorted(letters))

    def becomes(self, what: str, true: Callable[[], bool], seconds: float = 20) -> None:
        """Waits until ``true`` holds."""
        wait_until(what, true, seconds, pause=lambda some: self.page.wait_for_timeout(some * 1000))

    # ---- doing ---------------------------------------------------------------------------

    def open(self, person: Person) -> None:
        """The machine as the kiosk starts it, at the person's seat."""
        self.page.goto(f"{self.url}/?room={person.room}&seat={person.seat}")
        self.sees("login")

    def tap(self, text: str) -> None:
        """Taps it on the on-screen keypad."""
        for sign in text:
            self.at(f"key-{sign.lower()}").click()

    def log_in(self, person: Person) -> None:
        """Both numbers on the keypad."""
        self.tap(person.ticket)
        self.tap(person.id_number)
        self.at("login-go").click()

    def come_in(self, person: Person) -> None:
        """From the empty machine to the countdown (or to the paper, after the bell)."""
        self.open(person)
        self.log_in(person)
        self.sees("confirm")
        self.at("confirm-yes").click()
        self.sees("rules", AT_ONCE_SECONDS)  # not by the next poll
        self.at("read-rules").click()
        self.page.wait_for_selector(
            ", ".join(f'[data-screen="{one}"]' for one in ("waiting", "opening", "answer")),
            timeout=AT_ONCE_MS,
        )

    def go(self, number: int) -> None:
        """To an item, by its number."""
        self.at(f"number-{number}").click()
        expect(self.at("question")).to_have_attribute("data-number", str(number))

    def answer(self, number: int, labels: str) -> None:
        """Chooses these options (as labelled on this screen) of an item not yet answered."""
        self.go(number)
        for label in labels:
            option = self.at(f"option-{label}")
            option.click()
            expect(option).to_have_attribute("aria-checked", "true")
        self.answers[self.item] = self.chosen()

    def all_saved(self, seconds: float = 20) -> None:
        """Waits until nothing is left to save."""
        expect(self.at("saved-state")).to_have_attribute("data-count", "0", timeout=seconds * 1000)
        assert self.saved_state == "saved"

    def hand_in(self) -> None:
        """交卷, and twice yes."""
        self.at("submit").click()
        self.at("submit-confirm").click()
        self.at("submit-again").click()

    def reopen(self) -> None:
        """The tab is closed and a new one opened at the machine's address."""
        self.page.close()
        self.page = self._new_page()
        self.page.goto(self.url)

    # ---- what the server has -------------------------------------------------------------

    def server_state(self) -> dict[str, Any]:
        """The State the server gives this terminal."""
        found: dict[str, Any] = self.page.evaluate("() => fetch('/api/state').then(r => r.json())")
        return found

    def current_attempt(self) -> dict[str, Any]:
        """The attempt under way."""
        attempts = self.server_state()["attempts"]
        found: dict[str, Any] = next(a for a in attempts if a["state"] in ("in_progress", "paused"))
        return found

    def server_answers(self) -> dict[str, str]:
        """Item id → letters that the server holds of the attempt under way."""
        attempt = self.current_attempt()["id"]
        kept = self.page.evaluate(
            "id => fetch(`/api/attempt/${id}/responses`).then(r => r.json())", attempt
        )
        return {one["item"]: one["options"] for one in kept["responses"] if one["options"]}

    def worker_ready(self) -> None:
        """The service worker controls the page: a reload will not need the server."""
        self.page.wait_for_function(
            "() => navigator.serviceWorker.ready.then(() => !!navigator.serviceWorker.controller)",
            timeout=PATIENCE_MS,
        )
