"""``python -m tests.browser.screenshots [WORD …]``: docs/screenshots, every page and state anew.

With words, only pictures whose name holds one of them are written; ``--tour NAME`` plays one part
of it. With ``--look FOLDER`` nothing of the project is touched: every page is drawn there whole, in
both languages and at both sizes of screen, for looking at.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from exam_server.demo import plan
from tests.browser.centre import BrowserCentre, Room
from tests.browser.correction_office import tour_correction
from tests.browser.every_way import EveryWay
from tests.browser.hub_office import HubOffice
from tests.browser.palette import smaller
from tests.browser.tour_console import SIZE, ConsoleTour
from tests.browser.tour_desk import tour_desk
from tests.browser.tour_hub import tour_hub
from tests.browser.tour_published import tour_published
from tests.browser.tour_terminal import MARKED_ABSENT, Look, TerminalTour
from tests.builders.services import ROOT, chromium_path

FOLDER = ROOT / "docs" / "screenshots"
RULES = {"room.idle_minutes": 1, "room.late_limit_minutes": 0}
ROWS, OUT_OF_USE = 6, 17
NEVER_COME = (27, 46)
SEED = "screenshots"


class Pictures:
    """Writes what is shown; names are the stops of the tours."""

    def __init__(self, folder: Path, words: list[str], desk: Page) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._words, self._desk = folder, words, desk
        self.names: list[str] = []

    def __call__(self, name: str, page: Page) -> None:
        """One picture."""
        self.names.append(name)
        if self._words and not any(word in name for word in self._words):
            return
        page.mouse.move(0, 0)
        page.evaluate("() => document.fonts.ready")
        page.wait_for_timeout(250)
        picture = page.screenshot(animations="disabled", caret="hide")
        (self._folder / f"{name}.png").write_bytes(smaller(self._desk, picture))
        print(name, flush=True)


@contextmanager
def busy_centre() -> Iterator[tuple[BrowserCentre, Room]]:
    """A centre with one formal room of 60 machines and 53 candidates."""
    with tempfile.TemporaryDirectory(prefix="kc-screens-") as folder:
        centre = BrowserCentre(Path(folder), candidates=4)
        room = centre.add_room(
            "01",
            ROWS * plan.COLUMNS - plan.SPARES - 1,
            RULES,
            rows=ROWS,
            mode="formal",
            exam="2026 年陕西省机关事业单位工人升等级考核",
            label="6 月 20 日上午第 1 场",
            out_of_use=[OUT_OF_USE],
        )
        try:
            centre.start()
            yield centre, room
        finally:
            centre.stop()


def crowd(room: Room) -> list[dict[str, object]]:
    """Robots for all the seats that no tour needs: most at work, some quick ones already done."""
    draw = random.Random(SEED)
    people: list[dict[str, object]] = []
    for person in room.people:
        if person.seat <= MARKED_ABSENT or person.seat in NEVER_COME:
            continue
        quick = draw.random() < 0.16
        people.append(
            {
                "ticket": person.ticket,
                "id_number": person.id_number,
                "room": person.room,
                "seat": person.seat,
                "skill": round(draw.uniform(0.5, 0.95), 3),
                "pace": 150.0 if quick else round(draw.uniform(4.0, 11.0), 2),
                "manner": "hands_in",
            }
        )
    return people


def everybody_finishes(centre: BrowserCentre, room: Room) -> None:
    """The same robots again, in a hurry: the pass line has a distribution to be drawn through."""
    centre.stop_robots()
    people = [{**one, "pace": 400.0} for one in crowd(room)]
    if centre.robots(people).wait(180) != 0:
        raise SystemExit("the robots did not finish")


def play_day(browser: Browser, look: Look) -> None:
    """The whole day, picture by picture."""
    with busy_centre() as (centre, room):
        terminals = TerminalTour(browser, centre, room, look)
        console = ConsoleTour(browser, centre, room, look)
        try:
            terminals.let_in_late(2, 3, 4, 5, MARKED_ABSENT)
            centre.robots(crowd(room))
            console.before_the_bell()
            terminals.before_the_bell()
            console.bell()
            terminals.marked_absent()
            terminals.moved()
            terminals.answering()
            console.running()
            terminals.last_minutes()
            terminals.handing_in()
            centre.ring_quietly(centre.true_false_room)
            terminals.true_false(centre.true_false_room)
            everybody_finishes(centre, room)
            console.afterwards()
        finally:
            console.close()


def play_desk(browser: Browser, look: Look) -> None:
    """The office before the day."""
    with tempfile.TemporaryDirectory(prefix="kc-desk-") as folder:
        centre = BrowserCentre(Path(folder) / "centre", candidates=12)
        try:
            centre.start()
            tour_desk(browser, centre.url, Path(folder), SIZE, look)
        finally:
            centre.stop()


def play_hub(browser: Browser, look: Look) -> None:
    """The authority's merged and practical results."""
    with tempfile.TemporaryDirectory(prefix="kc-hub-") as folder:
        office = HubOffice(Path(folder) / "office")
        try:
            tour_hub(browser, office, {"width": 1366, "height": 768}, look)
        finally:
            office.close()


TOURS: dict[str, Callable[[Browser, Look], None]] = {
    "correction": lambda browser, look: tour_correction(browser, SIZE, look),
    "day": play_day,
    "desk": play_desk,
    "hub": play_hub,
    "published": lambda browser, look: tour_published(browser, SIZE, look),
}


def asked(arguments: list[str]) -> argparse.Namespace:
    """``words``, ``tour`` (names), ``look`` (folder or None)."""
    parser = argparse.ArgumentParser(prog="screenshots")
    parser.add_argument("words", nargs="*", help="only pictures whose name holds one of them")
    parser.add_argument("--tour", action="append", choices=TOURS, help="only these tours")
    parser.add_argument("--look", type=Path, help="draw every way into this folder instead")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Writes the pictures; stale ones are removed when all are written."""
    wanted = asked(arguments)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=chromium_path(),
            args=["--no-sandbox", "--font-render-hinting=none"],
        )
        look: Pictures | EveryWay = (
            EveryWay(wanted.look, wanted.words)
            if wanted.look
            else Pictures(FOLDER, wanted.words, browser.new_page())
        )
        for name, tour in TOURS.items():
            if not wanted.tour or name in wanted.tour:
                tour(browser, look)
        browser.close()
    if not (wanted.words or wanted.tour or wanted.look):
        for file in FOLDER.glob("*.png"):
            if file.stem not in look.names:
                file.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
