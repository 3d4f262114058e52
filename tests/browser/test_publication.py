"""After the exam: the authority publishes, candidates ask by phone, with and without a server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.browser.axe import small_text, violations
from tests.browser.complaints import Complaints
from tests.browser.office_sites import authority, bundle_site, office_site
from tests.builders.printed import text_of
from tests.builders.published import ScoredOffice

PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1366, "height": 768}


@pytest.fixture(scope="module")
def office(
    tmp_path_factory: pytest.TempPathFactory, sqlite_tables: Path
) -> Iterator[tuple[ScoredOffice, str]]:
    """The office with its results in, on an address of localhost."""
    folder = tmp_path_factory.mktemp("publication")
    url = f"sqlite:///{shutil.copy(sqlite_tables, folder / 'kaochang.sqlite3')}"
    made = ScoredOffice(url, folder / "office")
    with office_site(made.app) as address:
        yield made, address
    made.close()


def type_numbers(page: Page, number: str, ticket: str) -> None:
    page.locator('[data-test="id-number"]').fill(number)
    page.locator('[data-test="ticket"]').fill(ticket)
    page.locator('[data-test="ask"]').click()


def phone(browser: Browser) -> BrowserContext:
    return browser.new_context(viewport=PHONE, reduced_motion="reduce")


def test_a_group_is_published_and_its_people_see_their_results(
    browser: Browser, office: tuple[ScoredOffice, str]
) -> None:
    made, url = office
    row = made.rows[0]
    with phone(browser) as context, authority(browser, made, url, DESK) as desk:
        page = context.new_page()
        complaints = Complaints()
        complaints.listen(page)
        page.goto(f"{url}/query")
        assert violations(page) == []
        assert small_text(page, 18) == []
        type_numbers(page, row.id_number, str(row.ticket))
        expect(page.locator('[data-test="problem"]')).to_contain_text("没有查到")
        assert row.id_number not in page.url

        desk.goto(f"{url}/console/release")
        assert violations(desk) == []
        desk.locator('[data-test="release-all"]').click()
        desk.locator('[data-test="release-go"]').click()
        version = desk.locator('[data-test="release"] a')
        expect(version).to_have_text("第 1 版")
        version.click()
        expect(desk.locator("h2")).to_contain_text("第 1 版")
        assert violations(desk) == []

        type_numbers(page, row.id_number, str(row.ticket))
        expect(page.locator('[data-test="sum"]')).to_have_text("8")
        assert violations(page) == []
        assert small_text(page, 18) == []
        code = page.locator('[data-test="code"]').inner_text()
        with page.expect_download() as told:
            page.locator('[data-test="pdf"]').click()
        paper = text_of(Path(told.value.path()).read_bytes())
        assert (row.name in paper, f"核验码{code}" in paper) == (True, True)
        assert row.id_number not in page.url
        page.goto(f"{url}/query/check?lang=en")
        assert violations(page) == []
        page.locator('[data-test="ticket"]').fill(str(row.ticket))
        page.locator('[data-test="code"]').fill(code.lower())
        page.locator('[data-test="check"]').click()
        expect(page.locator('[data-test="checked"]')).to_contain_text("The code is right")
        assert violations(page) == []

        desk.goto(f"{url}/console/release")
        posted = desk.locator('[data-test="notice-on-special_routes"]')
        posted.fill(str(posted.get_attribute("max")))
        desk.locator('[data-test="notice-at-special_routes"]').fill(row.unit)
        desk.locator('[data-test="notice-document-special_routes"]').fill("单位公告栏")
        desk.locator('[data-test="notice-go-special_routes"]').click()
        hangs = desk.locator('[data-test="notice-special_routes"] tbody tr')
        expect(hangs).to_contain_text("还有 5 个工作日")
        assert violations(desk) == []

        desk.goto(f"{url}/console/tokens")
        desk.locator('[data-test="token-name"]').fill("证书系统")
        desk.locator('[data-test="scope-results:read"]').check()
        desk.locator('[data-test="token-go"]').click()
        expect(desk.locator('[data-test="given-token"]')).to_contain_text("kct_")
        assert violations(desk) == []
        assert complaints == []


def test_the_bundle_opens_from_a_plain_site_and_sends_no_number(
    browser: Browser, office: tuple[ScoredOffice, str], tmp_path: Path
) -> None:
    made, _ = office
    made.publish()
    asked: list[str] = []
    with (
        bundle_site(made.day, tmp_path, "工考", asked) as url,
        phone(browser) as context,
    ):
        page = context.new_page()
        complaints = Complaints()
        complaints.listen(page)
        complaints.expect(404, ".*/r/.*")
        page.goto(url)
        assert violations(page) == []
        first, other = made.rows[0], made.rows[1]
        type_numbers(page, first.id_number, str(other.ticket))
        expect(page.locator('[data-test="problem"]')).to_contain_text("没有查到")
        number = f" {first.id_number[:6]}－{first.id_number[6:].lower()} "
        type_numbers(page, number, f"{str(first.ticket)[:3]} {str(first.ticket)[3:]}")
        expect(page.locator('[data-test="transcript"]')).to_be_visible()
        expect(page.locator("#points .is-sum b")).to_have_text("8")
        expect(page.locator('[data-test="transcript"]')).to_contain_text(first.name)
        assert violations(page) == []
        assert small_text(page, 18) == []
        assert complaints == []
    said = "\n".join(asked)
    assert "/r/" in said
    for told in (first.id_number, first.id_number[6:14], str(first.ticket), str(other.ticket)):
        assert told not in said, "a number left the device"
