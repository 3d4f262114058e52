"""Figures on the terminal: decrypted there, shown large enough, fetched from nowhere else."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize
from playwright.sync_api import Request as PageRequest

from question_bank.formats.reading import read_bank
from tests.browser.centre import Person
from tests.browser.terminal import Terminal
from tests.builders.centre import PreparedCentre, prepare_centre
from tests.builders.exam_day import ExamDay, serving
from tests.builders.pictures import png
from tests.builders.profiles import blueprint_of, counted
from tests.builders.radio_bank import MAPPING, radio_like, real_with_stand_ins
from tests.builders.services import free_port

SCREENS: tuple[ViewportSize, ...] = (
    {"width": 1366, "height": 768},
    {"width": 1024, "height": 768},
)
# As many single items of topics whose items mostly have figures.
SMALL = ({"single": 5, "multiple": 2}, '"2.1" = 1, "2.2" = 2')
REAL = ({"single": 12, "multiple": 2}, '"4.4.1" = 5, "4.3.1" = 4')


@contextmanager
def radio_day(
    folder: Path, table: Path, counts: dict[str, int], quotas: str
) -> Iterator[tuple[PreparedCentre, ExamDay]]:
    """A served centre with one form of the radio bank, unsealed."""
    profile = counted({"theory": counts}, minutes=10)
    centre = prepare_centre(
        folder,
        banks=[read_bank(table, MAPPING)],
        blueprint=blueprint_of(profile, quotas=f"topics = {{ {quotas} }}"),
        profile=profile,
        candidates=2,
        seed="figures",
    )
    with serving(centre, free_port()) as url:
        day = ExamDay(centre, url)
        day.unseal()
        yield centre, day


@pytest.fixture
def small(tmp_path: Path) -> Iterator[tuple[PreparedCentre, ExamDay]]:
    with radio_day(tmp_path, radio_like(tmp_path), *SMALL) as day:
        yield day


@pytest.fixture
def real(tmp_path: Path, reference_data: Path) -> Iterator[tuple[PreparedCentre, ExamDay]]:
    with radio_day(tmp_path, real_with_stand_ins(reference_data, tmp_path), *REAL) as day:
        yield day


@pytest.mark.parametrize("bank", ["small", pytest.param("real", marks=pytest.mark.reference)])
def test_figures_are_shown_whole_and_nothing_comes_from_elsewhere(
    bank: str, request: pytest.FixtureRequest, browser: Browser
) -> None:
    centre, day = request.getfixturevalue(bank)
    line, asked = centre.people[0], []
    person = Person(line["ticket"], line["id_number"], line["room"], line["seat"])

    def note(one: PageRequest) -> None:
        asked.append(one.url)

    with browser.new_context(viewport=SCREENS[0]) as machine:
        machine.on("request", note)
        terminal = Terminal(machine, day.url)
        terminal.come_in(person)
        day.bell()
        terminal.sees("answer")
        total = len(terminal.sheet())
        seen = {picture for number in range(1, total + 1) for picture in pictures(terminal, number)}
        terminal.answer(1, "A")
        terminal.all_saved()
        terminal.hand_in()
        assert terminal.complaints == []
    assert seen == in_the_paper(centre)
    assert len(seen) >= 2
    own = (day.url, day.url.replace("http", "ws"), "data:", "blob:")
    assert [url for url in asked if not url.startswith(own)] == []


def in_the_paper(centre: PreparedCentre) -> set[bytes]:
    """The picture files of all items of the one form, as the authority has them."""
    table = next(centre.settings.home.parent.glob("full.csv"))
    figures = {
        entry.item.id: entry.item.figures for entry in read_bank(table, MAPPING).bank.entries
    }
    (origins,) = centre.origins.values()
    return {
        figure.data for origin in origins.values() for figure in figures[origin.rpartition("/")[2]]
    }


def pictures(terminal: Terminal, number: int) -> list[bytes]:
    """The figures of an item, each on the screen in both sizes of machine."""
    found = []
    for screen in SCREENS:
        terminal.page.set_viewport_size(screen)
        terminal.go(number)
        found = [shown(terminal.page, one, screen) for one in range(figure_count(terminal.page))]
    return found


def figure_count(page: Page) -> int:
    """Figures of the item shown."""
    return page.locator('[data-test="question"] img').count()


def shown(page: Page, index: int, screen: ViewportSize) -> bytes:
    """The picture's bytes; it is loaded, visible, described, and not cut off at the side."""
    image = page.locator('[data-test="question"] img').nth(index)
    image.scroll_into_view_if_needed()
    page.wait_for_function(
        "one => one.complete && one.naturalWidth > 0", arg=image.element_handle()
    )
    assert image.is_visible()
    assert image.get_attribute("alt")
    box: Any = image.bounding_box()
    assert box["width"] >= 100
    assert box["height"] >= 50
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= screen["width"]
    kind, _, text = (image.get_attribute("src") or "").partition(";base64,")
    assert kind == "data:image/png"
    data = base64.b64decode(text)
    assert data.startswith(png("")[:8])
    return data
