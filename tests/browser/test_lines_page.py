"""A city's line is tried, drawn by judges, proposed, approved, filed and put into effect."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook

from bench import province
from tests.browser.axe import violations
from tests.browser.console import Console
from tests.browser.line_office import GROUP, LineOffice

SIZE = {"width": 1366, "height": 768}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LineOffice]:
    made = LineOffice(tmp_path_factory.mktemp("office"), candidates=24_000)
    yield made
    made.close()


def at_the_line(browser: Browser, office: LineOffice, login: str) -> Console:
    console = Console(browser.new_context(viewport=SIZE, accept_downloads=True), office.url, login)  # type: ignore[arg-type]
    console.page.goto(f"{console.url}/lines?exam={province.EXAM_ID}#{GROUP}")
    console.at("line-value").wait_for()
    return console


def judged(console: Console, folder: Path) -> Path:
    """The empty Hofstee sheet, filled in by three judges."""
    with console.page.expect_download() as download:
        console.at("judges-empty-hofstee").click()
    book = CalamineWorkbook.from_filelike(BytesIO(download.value.path().read_bytes()))
    head, *rows = book.get_sheet_by_name(book.sheet_names[0]).to_python()
    numbers = ([110, 140, 10, 45], [115, 145, 15, 50], [105, 138, 5, 40])
    path = folder / "judges.xlsx"
    with Workbook(str(path)) as out:
        sheet = out.add_worksheet()
        sheet.write_row(0, 0, head)
        for line, given in enumerate(numbers, start=1):
            sheet.write_row(line, 0, [rows[line - 1][0], *given])
    return path


def test_a_citys_line_from_the_first_look_to_its_effect(
    browser: Browser, office: LineOffice, tmp_path: Path
) -> None:
    city = at_the_line(browser, office, "city")
    expect(city.page.locator(".group")).to_have_count(25)  # its own five trades, five levels
    city.at("filter").fill("电工 中级工")
    expect(city.page.locator(".group")).to_have_count(1)
    city.at("filter").fill("")
    before = int(city.at("reached").inner_text())
    city.at("line-handle").press("PageUp")
    expect(city.at("reached")).not_to_have_text(str(before))
    assert int(city.at("reached").inner_text()) < before
    expect(city.page.locator(".spread .earlier")).to_have_count(1)
    for by in ("unit", "trade", "city"):
        city.at(f"by-{by}").click()
        expect(city.page.locator(".who tbody tr").first).to_be_visible()

    city.at("judges-file").set_input_files(judged(city, tmp_path))
    city.at("judges-use").click()
    expect(city.page.locator(".agreement .figures tbody tr")).to_have_count(5)
    assert violations(city.page) == []
    line = city.at("line-value").inner_text()
    city.at("reason").fill("三位评委折中评定")
    city.at("line-propose").click()
    expect(city.page.locator(".line-state.is-proposed")).to_have_count(1)

    second = at_the_line(browser, office, "city2")
    second.at("line-approved").click()
    expect(second.page.locator(".line-state.is-approved")).to_have_count(1)

    above = at_the_line(browser, office, "authority")
    above.complaints.expect(422, "/console/api/lines/.*")
    above.at("line-filed").click()
    expect(above.page.locator(".problem")).to_contain_text("备案文号")
    above.at("step-document").fill("陕工考备〔2026〕3号")
    above.at("line-filed").click()
    expect(above.page.locator(".line-state.is-filed")).to_have_count(1)

    city.page.reload()
    city.at("line-effective").click()
    expect(city.page.locator(".line-state.is-effective")).to_have_count(1)
    assert city.at("line-value").inner_text() == line
    for console in (city, second, above):
        assert console.complaints == []
