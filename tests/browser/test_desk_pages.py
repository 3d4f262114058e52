"""What the office does before the day, in a real browser: nothing trips a checker of accessibility,
nothing complains, and a roster's people end in seats."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.axe import violations
from tests.browser.centre import BrowserCentre
from tests.browser.tour_desk import tour_desk


@pytest.mark.browser
def test_a_roster_is_taken_in_placed_and_changed(browser: Browser, tmp_path: Path) -> None:
    centre = BrowserCentre(tmp_path / "centre", candidates=1)
    found: list[str] = []

    def look(name: str, page: Page) -> None:
        found.extend(f"{name}: {one}" for one in violations(page))
        wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            found.append(f"{name}: {wide} px too wide")

    centre.start()
    try:
        tour_desk(browser, centre.url, tmp_path, {"width": 1366, "height": 768}, look)
    finally:
        centre.stop()
    assert found == []
