"""From a line in effect to what a candidate finds: publication, the query page, a token."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.browser.centre import BrowserCentre, Person, Room
from tests.browser.console import Console
from tests.browser.tour_terminal import Look


def tour_publish(
    browser: Browser, centre: BrowserCentre, room: Room, office: Console, look: Look
) -> None:
    """The authority (``office``) publishes the room's results; somebody looks theirs up."""
    office.page.goto(f"{office.url}/release?exam={room.exam_id}")
    office.at("release").wait_for()
    office.page.locator('input[name="group"]').first.check()
    look("console-release", office.page)
    office.at("release-go").click()
    office.page.locator('a[href*="/versions"]').first.click()
    office.page.locator(".version").first.wait_for()
    look("console-release-versions", office.page)
    office.page.goto(f"{office.url}/tokens")
    office.at("token-name").fill("省报名系统")
    office.page.locator('input[name="scope"]').first.check()
    office.at("token-go").click()
    office.at("given-token").wait_for()
    look("console-tokens", office.page)
    _look_up(browser, centre, _scored(centre, room), look)


def _scored(centre: BrowserCentre, room: Room) -> Person:
    """Somebody who has taken every subject."""
    board = centre.staff().board(room.sitting_id)
    done = {one["ticket"] for one in board["seats"] if one["state"] == "finished"}
    return next(one for one in reversed(room.people) if one.ticket in done)


def _look_up(browser: Browser, centre: BrowserCentre, person: Person, look: Look) -> None:
    """On a phone, as most people will."""
    with browser.new_context(
        viewport={"width": 390, "height": 844}, device_scale_factor=2, reduced_motion="reduce"
    ) as anybody:
        page = anybody.new_page()
        page.goto(f"{centre.url}/query")
        page.fill('[data-test="id-number"]', person.id_number)
        page.fill('[data-test="ticket"]', person.ticket)
        page.click('[data-test="ask"]')
        page.locator('[data-test="transcript"]').wait_for()
        look("query-transcript", page)
        code = page.locator('[data-test="code"]').inner_text()
        page.goto(f"{centre.url}/query")
        look("query", page)
        page.goto(f"{centre.url}/query/check")
        page.fill('[data-test="ticket"]', person.ticket)
        page.fill('[data-test="code"]', code)
        page.click('[data-test="check"]')
        page.locator('[data-test="checked"]').wait_for()
        look("query-check", page)
