"""A key is wrong: an office tries the correction, sees who crosses the line, and two decide."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from bench import province
from tests.browser.axe import violations
from tests.browser.console import Console
from tests.browser.correction_office import GROUP, CorrectionOffice, attempt_it, propose
from tests.browser.line_office import LineOffice
from tests.builders.sat_paper import SatPaper

SIZE = {"width": 1366, "height": 768}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CorrectionOffice]:
    made = CorrectionOffice(tmp_path_factory.mktemp("office"), candidates=400)
    yield made
    made.close()


def console(browser: Browser, office: LineOffice, login: str) -> Console:
    return Console(browser.new_context(viewport=SIZE), office.url, login)  # type: ignore[arg-type]


def name_one_twice_and_take_it_back(office: Console, paper: SatPaper) -> None:
    """A third row names the first one's item: refused, pointed at, removed."""
    office.complaints.expect(422, "/console/api/exams/.*/corrections")
    office.at("change-add").click()
    office.at("correction-item").last.select_option(paper.item)
    office.at("correction-propose").click()
    expect(office.page.locator(".problem")).to_contain_text("只列一次")
    expect(office.at("change").nth(2)).to_have_class("change-row is-wrong")
    office.at("change-remove").last.click()
    expect(office.at("change")).to_have_count(2)


def test_a_wrong_key_from_the_proposal_to_its_effect(
    browser: Browser, office: CorrectionOffice
) -> None:
    first = console(browser, office, "authority")
    propose(first, office.paper)
    name_one_twice_and_take_it_back(first, office.paper)
    assert violations(first.page) == []
    first.at("correction-propose").click()
    expect(first.at("changed")).to_have_count(2)
    right = office.paper.letters.upper()
    expect(first.at("changed").first).to_contain_text(f"改为另一答案 {right}")
    expect(first.at("changed").last).to_contain_text("全部给分")
    attempt_it(first, office.paper)
    up = int(first.at("crossing-up").inner_text())
    assert up > 0
    assert first.at("crossing").locator("tbody tr").count() == up + int(
        first.at("crossing-down").inner_text()
    )
    assert violations(first.page) == []
    first.at("act-approve").click()
    first.at("dialog-go").click()
    expect(first.at("correction-state")).to_have_attribute("data-state", "approved")
    expect(first.at("act-approve")).to_have_count(0)
    second = console(browser, office, "approver")
    second.page.goto(first.page.url)
    second.at("act-approve").click()
    second.at("dialog-go").click()
    expect(second.at("correction-state")).to_have_attribute("data-state", "applied")
    second.page.goto(f"{second.url}/lines?exam={province.EXAM_ID}#{GROUP}")
    second.at("line-value").wait_for()
    expect(second.page.locator(".group .line-state")).to_have_text("须重新划定")
    assert (first.complaints, second.complaints) == ([], [])
