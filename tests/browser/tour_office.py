"""The pages of accounts and second factors, one after another: for axe, and for the pictures."""

from __future__ import annotations

import base64

from playwright.sync_api import Browser, Page, ViewportSize

from exam_server.auth import totp
from exam_server.clock import SystemClock
from exam_server.demo import plan
from tests.browser.centre import BrowserCentre
from tests.browser.console import Console
from tests.browser.tour_terminal import Look

NEW_LOGIN, NEW_PASSWORD = "deputy", "blue ferry lamp"


def tour_office(browser: Browser, centre: BrowserCentre, size: ViewportSize, look: Look) -> None:
    """An administrator's code, the accounts, and the first login of the one that is made."""
    with (
        browser.new_context(viewport=size, reduced_motion="reduce") as office,
        browser.new_context(viewport=size, reduced_motion="reduce") as desk,
    ):
        page = office.new_page()
        page.goto(f"{centre.url}/console/")
        _give(page, login="admin", password=plan.PASSWORD)
        page.locator('[data-test="staff-code"]').wait_for()
        look("console-login-code", page)
        page.close()
        admin = Console(office, centre.url, "admin")
        admin.page.goto(f"{admin.url}/staff")
        admin.at("new-login").fill(NEW_LOGIN)
        admin.at("new-name").fill("周岚")
        admin.at("new-role").select_option("centre_admin")
        admin.at("new-go").click()
        admin.at("given-password").wait_for()
        look("console-staff", admin.page)
        _first_login(desk.new_page(), centre.url, admin.at("given-password").inner_text(), look)


def _first_login(page: Page, url: str, given: str, look: Look) -> None:
    """A password of one's own, then the authenticator, then the recovery codes."""
    page.goto(f"{url}/console/")
    _give(page, login=NEW_LOGIN, password=given)
    page.locator('[data-test="new-password-again"]').wait_for()
    look("console-login-password", page)
    _give(page, password=NEW_PASSWORD, again=NEW_PASSWORD)
    page.locator('[data-test="factor-qr"]').wait_for()
    look("console-login-enrol", page)
    shown = page.locator('[data-test="factor-secret"]').inner_text()
    secret = base64.b32decode(shown.replace(" ", ""))
    _give(page, code=totp.code_at(secret, totp.step_at(SystemClock().now().wall_ms)))
    page.locator('[data-test="recovery-codes"]').wait_for()
    look("console-login-recovery", page)
    page.locator('[data-test="recovery-kept"]').click()
    page.locator('[data-test="own-account"]').click()
    page.locator('[data-test="present-password"]').wait_for()
    look("console-account", page)


def _give(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        page.fill(f'[name="{name}"]', value)
    page.click('main button[type="submit"]')
