"""An authority's work after the exam: packages in, practical results in, a line decided by two
offices, the forms of those who passed printed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from pypdf import PdfReader

from tests.browser.authority_hub import GROUP, AuthorityHub
from tests.browser.axe import violations
from tests.browser.console import Console

SIZE = {"width": 1366, "height": 768}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AuthorityHub]:
    made = AuthorityHub(tmp_path_factory.mktemp("hub"))
    yield made
    made.close()


def visit(browser: Browser, office: AuthorityHub, login: str) -> Console:
    return Console(browser.new_context(viewport=SIZE, accept_downloads=True), office.url, login)  # type: ignore[arg-type]


def at_the_line(console: Console, office: AuthorityHub) -> Console:
    if "/lines" in console.page.url:
        console.page.reload()  # what is looked at there is from before
    else:
        console.page.goto(f"{console.url}/lines?exam={office.exam_id}#{GROUP}")
    console.at("line-value").wait_for()
    return console


def test_from_the_centres_packages_to_the_printed_forms(
    browser: Browser, office: AuthorityHub, tmp_path: Path
) -> None:
    province = visit(browser, office, "authority")
    city, second = visit(browser, office, "city"), visit(browser, office, "city2")
    try_a_line_too_soon(province, city, second, office)
    take_in_packages(province, office)
    bring_practical(province, office, tmp_path, {0: "合格", 1: "合格", 3: "不合格", 4: "合格"})
    decide_line(city, second, province, office)
    publish(city, office)
    print_forms(city, office, tmp_path)
    for console in (province, city, second):
        assert console.complaints == []


def try_a_line_too_soon(
    province: Console, city: Console, second: Console, office: AuthorityHub
) -> None:
    """One centre is not there yet: the page names it, wants to know why the line does not wait, and
    whoever is to approve reads it and sends the line back."""
    city.complaints.expect(409, "/console/api/exams/.*/lines")
    province.page.goto(f"{province.url}/imported")
    province.at("package-files").set_input_files([str(office.packages[0])])
    province.at("import-package").click()
    expect(province.at("imported").locator("tr.is-complete")).to_have_count(1)
    at_the_line(city, office)
    expect(city.at("missing-packages")).to_contain_text("洛南考点（3 人）")
    city.at("method-line").fill("5")
    city.at("method-line").press("Enter")
    expect(city.at("line-value")).to_have_text("5分")
    city.at("reason").fill("参照上年")
    city.at("line-propose").click()
    expect(city.page.locator(".decide .problem")).to_contain_text("洛南考点")
    assert violations(city.page) == []
    city.at("missing-reason").fill("道路中断，三日内不能送到")
    city.at("line-propose").click()
    expect(city.page.locator(".line-state.is-proposed")).to_have_count(1)
    at_the_line(second, office)
    expect(second.page.locator(".standing .warn")).to_contain_text("道路中断")
    second.at("step-reason").fill("再等一等")
    second.at("line-returned").click()
    expect(second.page.locator(".line-state.is-proposed")).to_have_count(0)


def take_in_packages(province: Console, office: AuthorityHub) -> None:
    """Both at once, and once more: nothing is doubled."""
    for _ in range(2):
        province.page.goto(f"{province.url}/imported")
        province.at("package-files").set_input_files([str(path) for path in office.packages])
        province.at("import-package").click()
        expect(province.at("intake-told").locator("li")).to_have_count(2)
        expect(province.at("imported").locator("tr.is-complete")).to_have_count(2)
    assert violations(province.page) == []


def bring_practical(
    province: Console, office: AuthorityHub, folder: Path, results: dict[int, str]
) -> None:
    """By a list with its document; the last three have none or failed."""
    lines = [
        f"{office.rows[at].ticket},{office.rows[at].name},{found}" for at, found in results.items()
    ]
    sheet = folder / "practical.csv"
    sheet.write_text("\n".join(["准考证号,姓名,操作技能", *lines]), "utf-8-sig")
    province.page.goto(f"{province.url}/practical?exam={office.exam_id}")
    province.at("practical-list").set_input_files(str(sheet))
    province.at("practical-document").fill("商人社考〔2026〕12号")
    province.at("practical-date").fill("2026-06-25")
    province.at("practical-go").click()
    expect(province.at("practical-done")).to_contain_text("4")
    assert violations(province.page) == []


def decide_line(city: Console, second: Console, province: Console, office: AuthorityHub) -> None:
    """Proposed and approved by the city, filed by the province, put into effect."""
    at_the_line(city, office)
    expect(city.at("reached")).to_have_text("3")  # 8, 6, 5 of 8, 6, 5, 4, 2
    expect(city.at("line-value")).to_have_text("5分")
    city.at("reason").fill("参照上年")
    city.at("line-propose").click()
    expect(city.page.locator(".line-state.is-proposed")).to_have_count(1)
    at_the_line(second, office).at("line-approved").click()
    expect(second.page.locator(".line-state.is-approved")).to_have_count(1)
    at_the_line(province, office).at("step-document").fill("陕工考备〔2026〕3号")
    province.at("line-filed").click()
    expect(province.page.locator(".line-state.is-filed")).to_have_count(1)
    city.page.reload()
    city.at("line-effective").click()
    expect(city.page.locator(".line-state.is-effective")).to_have_count(1)


def publish(city: Console, office: AuthorityHub) -> None:
    """The city's own group becomes official."""
    city.page.goto(f"{city.url}/release?exam={office.exam_id}")
    city.page.locator("input[name=group]").check()
    city.at("release-go").click()
    expect(city.page.locator("tbody tr").first).to_contain_text("第 1 版")


def print_forms(city: Console, office: AuthorityHub, folder: Path) -> None:
    """A form each for who reached the line and passed the practical, for nobody else."""
    city.page.goto(f"{city.url}/paper?exam={office.exam_id}")
    city.at("document-passed").check()
    city.page.locator("select[name=by]").select_option("whole")
    with city.page.expect_download() as download:
        city.at("print-go").click()
    path = folder / "passed.pdf"
    download.value.save_as(path)
    pages = [page.extract_text().replace(" ", "") for page in PdfReader(path).pages]
    passed = [office.rows[0], office.rows[1]]
    assert len(pages) == len(passed)
    for page, person in zip(pages, passed, strict=True):
        assert "合格表" in page
        assert person.name in page
        assert person.id_number in page
    assert all(other.id_number not in "".join(pages) for other in office.rows[2:])
