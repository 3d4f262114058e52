"""For everybody: axe finds nothing, the mouse is not needed, nothing is small or hidden."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import axe
from tests.browser.centre import BrowserCentre, Room
from tests.browser.tour_console import ConsoleTour
from tests.browser.tour_terminal import TerminalTour

ROOM = {"room.idle_minutes": 1, "room.late_limit_minutes": 0}
LEAST_TEXT_PX, LEAST_TARGET_PX, LEAST_CELL_PX = 18, 44, 34
CONSOLE_TEXT_PX = 13


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserCentre]:
    made = BrowserCentre(tmp_path_factory.mktemp("everybody"), candidates=4)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def room(centre: BrowserCentre) -> Room:
    """Formal, 12 candidates; idle after a minute, so that this state is seen too."""
    made = centre.add_room("07", 12, ROOM, mode="formal", exam="2026 年工考", label="上午第 1 场")
    centre.start()
    return made


class Checked:
    """Looks at each stop of a tour with the eyes of axe, and with a ruler."""

    def __init__(self) -> None:
        self.findings: list[str] = []
        self.stops: list[str] = []

    def terminal(self, name: str, page: Page) -> None:
        """Normal and high contrast; size of letters and targets."""
        self.stops.append(name)
        self._note(name, axe.small_text(page, LEAST_TEXT_PX))
        self._note(name, axe.small_targets(page, LEAST_TARGET_PX, LEAST_CELL_PX))
        before = page.evaluate("() => document.documentElement.dataset.contrast")
        for contrast in ("on", "off"):
            page.evaluate("to => { document.documentElement.dataset.contrast = to }", contrast)
            self._note(f"{name} (contrast {contrast})", axe.violations(page))
        page.evaluate("to => { document.documentElement.dataset.contrast = to }", before)

    def console(self, name: str, page: Page) -> None:
        """One look; the console follows the system's own contrast setting."""
        self.stops.append(name)
        self._note(name, axe.small_text(page, CONSOLE_TEXT_PX))
        self._note(name, axe.violations(page))

    def _note(self, name: str, found: list[str]) -> None:
        self.findings += [f"{name}: {one}" for one in found]


def test_axe_finds_nothing_on_any_page_or_state(
    browser: Browser, centre: BrowserCentre, room: Room
) -> None:
    checked = Checked()
    terminals = TerminalTour(browser, centre, room, checked.terminal)
    console = ConsoleTour(browser, centre, room, checked.console)
    try:
        terminals.let_in_late(2, 3, 4, 5)
        console.before_the_bell()
        terminals.before_the_bell()
        console.bell()
        terminals.answering()
        terminals.last_minutes()
        terminals.handing_in()
        terminals.moved()
        centre.ring_quietly(centre.true_false_room)
        terminals.true_false(centre.true_false_room)
        console.running()
        console.afterwards()
    finally:
        console.close()
    assert len(checked.stops) == len(set(checked.stops)) > 50
    assert checked.findings == [], "\n".join(checked.findings)
