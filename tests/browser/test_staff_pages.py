"""The first login of an administrator and the accounts page, in a real browser: nothing is typed
blindly, nothing trips a checker of accessibility, nothing complains about the page's own policy."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page

from exam_server.auth import totp
from exam_server.clock import SystemClock
from tests.browser.axe import violations
from tests.builders.centre import PASSWORD, PreparedCentre, small_centre
from tests.builders.exam_day import serving
from tests.builders.services import free_port

NEW_PASSWORD = "blue ferry lamp"


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> PreparedCentre:
    """Whose admin has no second factor yet."""
    made = small_centre(tmp_path_factory.mktemp("staff"), "staff", candidates=1, items=2)
    with closing(sqlite3.connect(made.settings.data / "kaochang.sqlite3")) as connection:
        connection.execute("UPDATE staff SET totp = NULL WHERE login = 'admin'")
        connection.commit()
    return made


@pytest.fixture(scope="module")
def url(centre: PreparedCentre) -> Iterator[str]:
    with serving(centre, free_port()) as address:
        yield address


class Office:
    """One page; what it complained about, and what axe finds on each view."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, f"{url}/console"
        self.complaints: list[str] = []
        page.on("console", lambda said: self._heard(said.type, said.text))

    def _heard(self, kind: str, text: str) -> None:
        if kind == "error" and "status of 4" not in text:
            self.complaints.append(text)

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            self.page.fill(f'[name="{name}"]', value)
        self.page.click('main button[type="submit"]')

    def sees(self, name: str) -> None:
        self.page.wait_for_selector(f'[data-test="{name}"]')
        self.complaints += [f"{name}: {one}" for one in violations(self.page)]

    def text(self, name: str) -> str:
        return self.page.locator(f'[data-test="{name}"]').inner_text()


def now(steps: int = 0) -> int:
    return totp.step_at(SystemClock().now().wall_ms) + steps


def test_an_administrators_first_login_and_a_proctors_lost_password(
    browser: Browser, url: str
) -> None:
    with browser.new_context() as machine, browser.new_context() as other:
        admin = Office(machine.new_page(), url)
        admin.page.goto(admin.url + "/")
        admin.fill(login="admin", password=PASSWORD)
        admin.sees("factor-qr")
        assert (
            admin.page.eval_on_selector('[data-test="factor-qr"]', "one => one.naturalWidth") > 99
        )
        secret = base64.b32decode(admin.text("factor-secret").replace(" ", ""))
        good = {totp.code_at(secret, now(step)) for step in range(-1, 3)}
        admin.fill(code=next(one for one in map(str, range(10**5, 10**6)) if one not in good))
        admin.page.wait_for_selector(".problem")
        admin.fill(code=totp.code_at(secret, now()))  # still good when the step has just passed
        admin.sees("recovery-codes")
        admin.page.click('[data-test="recovery-kept"]')
        admin.sees("place-staff")

        admin.page.click('[data-test="place-staff"]')
        admin.sees("staff")
        admin.page.fill('[data-test="reason-proctor"]', "忘记密码，本人到场")
        admin.page.click('[data-test="password-proctor"]')
        admin.sees("given-password")

        proctor = Office(other.new_page(), url)
        proctor.page.goto(proctor.url + "/")
        proctor.fill(login="proctor", password=admin.text("given-password"))
        proctor.sees("new-password-again")
        proctor.fill(password=NEW_PASSWORD, again=NEW_PASSWORD)
        proctor.sees("own-account")
        proctor.page.click('[data-test="own-account"]')
        proctor.sees("present-password")

        admin.page.click('[data-test="staff-leave"]')
        admin.page.goto(admin.url + "/")
        admin.fill(login="admin", password=PASSWORD)
        admin.sees("staff-code")
        admin.fill(code=totp.code_at(secret, now(1)))
        admin.sees("place-staff")
        assert admin.complaints == []
        assert proctor.complaints == []
