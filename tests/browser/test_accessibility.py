"""For everybody: axe finds nothing, the mouse is not needed, nothing is small or hidden."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from exam_server.desk.rules.needs import Needs
from tests.browser import axe
from tests.browser.centre import BrowserCentre, Room
from tests.browser.terminal import Terminal
from tests.browser.tour_console import ConsoleTour
from tests.browser.tour_terminal import MARKED_ABSENT, TerminalTour

ROOM = {"room.idle_minutes": 1, "room.late_limit_minutes": 0}
LEAST_TEXT_PX, LEAST_TARGET_PX, LEAST_CELL_PX = 18, 44, 34
CONSOLE_TEXT_PX = 13


_CONTRAST = "to => { document.documentElement.dataset.contrast = to }"


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
        self._note(name, axe.violations(page))
        before = page.evaluate("() => document.documentElement.dataset.contrast")
        other = "off" if before == "on" else "on"
        page.evaluate(_CONTRAST, other)
        self._note(f"{name} (contrast {other})", axe.violations(page, axe.COLOURS))
        page.evaluate(_CONTRAST, before)

    def console(self, name: str, page: Page) -> None:
        """One look; the console follows the system's own contrast setting."""
        self.stops.append(name)
        self._note(name, axe.small_text(page, CONSOLE_TEXT_PX))
        self._note(name, axe.violations(page))

    def is_clean(self) -> None:
        """Nothing was found at any stop, and no stop has the name of another."""
        assert len(self.stops) == len(set(self.stops)) > 20
        assert self.findings == [], "\n".join(self.findings)

    def _note(self, name: str, found: list[str]) -> None:
        self.findings += [f"{name}: {one}" for one in found]


@dataclass(frozen=True, slots=True)
class House:
    """A centre after the bell, and what was noted on the way there. ``alone``: a room of
    one, who needs large print."""

    centre: BrowserCentre
    alone: Room
    checked: Checked
    terminals: TerminalTour
    console: ConsoleTour


@pytest.fixture(scope="module")
def house(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A formal room of 13, idle after a minute so that this state is seen too; and room 02."""
    centre = BrowserCentre(tmp_path_factory.mktemp("everybody"), candidates=4)
    room = centre.add_room("07", 13, ROOM, mode="formal", exam="2026 年工考", label="上午第 1 场")
    alone = centre.add_room("08", 1, {}, needs={0: Needs(large_print=True)})
    checked = Checked()
    centre.start()
    for quiet in (centre.room, alone):
        centre.ring_quietly(quiet)
    console = ConsoleTour(browser, centre, room, checked.console)
    terminals = TerminalTour(browser, centre, room, checked.terminal)
    try:
        terminals.let_in_late(2, 3, 4, 5, MARKED_ABSENT)
        console.before_the_bell()
        terminals.before_the_bell()
        console.bell()
        yield House(centre, alone, checked, terminals, console)
    finally:
        console.close()
        centre.stop()


def test_axe_finds_nothing_on_any_page_of_the_terminal(house: House) -> None:
    house.terminals.answering()
    house.terminals.last_minutes()
    house.terminals.handing_in()
    house.terminals.marked_absent()
    house.terminals.moved()
    house.centre.ring_quietly(house.centre.true_false_room)
    house.terminals.true_false(house.centre.true_false_room)
    house.checked.is_clean()


class Keyboard:
    """A candidate who cannot use a mouse. Every focus on the way must be seen."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal, self._page = terminal, terminal.page
        self.unseen: set[str] = set()

    def press(self, *keys: str) -> None:
        """One key after another."""
        for key in keys:
            self._page.keyboard.press(key)

    def arrives(self, screen: str) -> None:
        """The screen is there, and the focus (a reader's voice) at its heading."""
        self._terminal.sees(screen)
        self._page.wait_for_function("() => document.activeElement.tagName === 'H1'")

    def go_to(self, name: str, most: int = 140) -> None:
        """Tab until the control has the focus, then Enter."""
        for _ in range(most):
            held = self._page.evaluate(
                """() => {
                  const one = document.activeElement, style = getComputedStyle(one);
                  return [one.dataset.test ?? '', style.outlineStyle,
                          parseFloat(style.outlineWidth)];
                }"""
            )
            if held[0] and (held[1] == "none" or held[2] < 2):
                self.unseen.add(held[0])
            if held[0] == name:
                self.press("Enter")
                return
            self.press("Tab")
        raise AssertionError(f"Tab never came to {name}")


def test_the_whole_exam_without_a_mouse(browser: Browser, house: House) -> None:
    person = house.centre.room.people[0]
    with browser.new_context(viewport={"width": 1366, "height": 768}) as context:
        terminal = Terminal(context, house.centre.url)
        terminal.open(person)
        keyboard = Keyboard(terminal)
        keyboard.press(*person.ticket, *person.id_number, "Enter")
        keyboard.arrives("confirm")
        keyboard.go_to("confirm-yes")
        keyboard.arrives("rules")
        keyboard.go_to("read-rules")
        for subject in (1, 2):
            terminal.sees("answer")
            keyboard.press("b", "ArrowRight", "3", "m", "ArrowRight", "A")
            assert terminal.sheet()[2] == (True, True)
            keyboard.go_to("number-51")
            keyboard.press("a", "c")
            assert len(terminal.chosen()) == 2
            keyboard.go_to("submit")
            keyboard.arrives("submit")
            keyboard.go_to("submit-confirm")
            keyboard.arrives("submit-again")
            keyboard.go_to("submit-again")
            if subject == 1:
                keyboard.arrives("between")
                keyboard.go_to("start-next")
        terminal.at("score-sum").wait_for()
        assert keyboard.unseen == set()
        assert terminal.complaints == []


def test_an_item_of_four_options_needs_no_scrolling_on_a_small_screen(
    browser: Browser, house: House
) -> None:
    """Every item of a paper, at 1024 × 768, in the small and the middle size."""
    person = house.centre.room.people[1]
    with browser.new_context(viewport={"width": 1024, "height": 768}) as context:
        terminal = Terminal(context, house.centre.url)
        terminal.come_in(person)
        terminal.sees("answer")
        for size in ("0", "1"):
            terminal.at(f"size-{size}").click()
            found = terminal.page.evaluate(
                """async () => {
                  const drawn = () => new Promise(
                    done => requestAnimationFrame(() => setTimeout(done)));
                  const tall = [], whole = document.documentElement;
                  let looked = 0;
                  for (const number of document.querySelectorAll('[data-test^="number-"]')) {
                    number.click();
                    await drawn();
                    const box = document.querySelector('.question');
                    if (box.querySelectorAll('.option').length > 4) continue;
                    looked += 1;
                    if (box.scrollHeight > box.clientHeight + 1
                      || whole.scrollHeight > whole.clientHeight)
                      tall.push([number.textContent, box.scrollHeight - box.clientHeight]);
                  }
                  return {looked, tall};
                }"""
            )
            assert found["looked"] > 50
            assert found["tall"] == []


def test_who_needs_large_print_has_it_from_the_first_item_on_and_may_change_it(
    browser: Browser, house: House
) -> None:
    (person,) = house.alone.people
    with browser.new_context(viewport={"width": 1366, "height": 768}) as context:
        terminal = Terminal(context, house.centre.url)
        terminal.come_in(person)
        terminal.sees("answer")
        expect(terminal.at("size-2")).to_have_attribute("aria-pressed", "true")
        granted = [_pixels(terminal, of) for of in ("stem", "option-A")]
        terminal.at("size-1").click()
        usual = [_pixels(terminal, of) for of in ("stem", "option-A")]
        assert all(large >= 1.25 * plain for large, plain in zip(granted, usual, strict=True))
        assert terminal.complaints == []


def _pixels(terminal: Terminal, name: str) -> float:
    """The size of the letters of what is shown."""
    found = terminal.at(name).evaluate("one => parseFloat(getComputedStyle(one).fontSize)")
    return float(found)


def test_axe_finds_nothing_on_any_page_of_the_console(house: House) -> None:
    """Last, because a seat must have been idle for a minute."""
    house.console.running()
    house.console.afterwards()
    house.checked.is_clean()
