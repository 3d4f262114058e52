"""What a published exam still shows: vacancies turned into recommendation lists, and the query page
on a plain site."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize

from exam_server.desk.tables import Exam
from exam_server.storage import migrate
from exam_server.storage.tx import Tx
from tests.browser.office_sites import authority, bundle_site, office_site
from tests.browser.tour_terminal import Look
from tests.builders.published import ScoredOffice

EXAM = "2026 年机关事业单位工人技术等级考核"
PHONE: ViewportSize = {"width": 390, "height": 844}


def tour_published(browser: Browser, size: ViewportSize, look: Look) -> None:
    """An office that has published; its units recommend 1 : 1.2, as in Hebei."""
    with tempfile.TemporaryDirectory(prefix="kc-published-") as folder:
        url = f"sqlite:///{folder}/kaochang.sqlite3"
        migrate.upgrade(url)
        office = ScoredOffice(url, Path(folder) / "office")
        try:
            office.day.store.write(lambda tx: _recommends(tx, office.day.exam_id))
            office.publish()
            _recommendation(browser, office, Path(folder), size, look)
            _bundle(browser, office, Path(folder) / "site", look)
        finally:
            office.close()


def _recommends(tx: Tx, exam_id: str) -> None:
    exam = tx.session.get_one(Exam, exam_id)
    exam.name = EXAM
    publish = exam.rules["publish"] | {"recommend_ratio": "1.2"}
    passing = exam.rules["pass_rule"] | {"practical": "none"}
    exam.rules = exam.rules | {"publish": publish, "pass_rule": passing}


def _recommendation(
    browser: Browser, office: ScoredOffice, folder: Path, size: ViewportSize, look: Look
) -> None:
    quotas = folder / "核定岗位数.csv"
    units = sorted({row.unit for row in office.rows})
    lines = [f"{unit},{number}" for number, unit in enumerate(units, start=1)]
    quotas.write_text("\n".join(["单位,核定岗位数", *lines]), encoding="utf-8-sig")
    with (
        office_site(office.app) as url,
        authority(browser, office, url, size) as page,
    ):
        page.goto(f"{url}/console/release?exam={office.day.exam_id}")
        page.set_input_files('[data-test="quotas"]', quotas)
        look("console-recommend", page)
        with page.expect_download():
            page.click('[data-test="recommend"]')


def _bundle(browser: Browser, office: ScoredOffice, folder: Path, look: Look) -> None:
    """On a phone, as most people will; the site is not asked for a number."""
    person = office.rows[0]
    with (
        bundle_site(office.day, folder, EXAM, []) as url,
        browser.new_context(
            viewport=PHONE, device_scale_factor=2, reduced_motion="reduce"
        ) as anybody,
    ):
        page = anybody.new_page()
        page.goto(url)
        look("bundle", page)
        page.fill('[data-test="id-number"]', person.id_number)
        page.fill('[data-test="ticket"]', str(person.ticket))
        page.click('[data-test="ask"]')
        page.locator('[data-test="transcript"]').wait_for()
        look("bundle-transcript", page)
