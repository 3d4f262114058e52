"""The authority merges packages and brings practical results, in a browser; axe finds nothing."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser.axe import violations
from tests.browser.hub_office import HubOffice
from tests.browser.tour_hub import tour_hub


def test_packages_come_in_and_a_contradiction_is_decided(browser: Browser, tmp_path: Path) -> None:
    office = HubOffice(tmp_path / "office")
    found: dict[str, object] = {}

    def look(name: str, page: Page) -> None:
        found[name] = violations(page)

    try:
        tour_hub(browser, office, {"width": 1366, "height": 768}, look)
    finally:
        office.close()
    assert len(found) == 6
    assert [wrong for wrong in found.values() if wrong] == []
