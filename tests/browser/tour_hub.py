"""The pages of merged and of practical results, one after another: for axe, and for pictures."""

from __future__ import annotations

from playwright.sync_api import Browser, ViewportSize, expect

from tests.browser.console import Console
from tests.browser.hub_office import HubOffice
from tests.browser.tour_terminal import Look


def tour_hub(browser: Browser, office: HubOffice, size: ViewportSize, look: Look) -> None:
    """Packages come in, one contradicts; practical results are refused by row, then taken."""
    with browser.new_context(viewport=size, reduced_motion="reduce") as context:
        console = Console(context, office.url, "authority")
        page, files = console.page, office.files
        page.goto(f"{console.url}/imported")
        console.at("package-files").set_input_files([files["first"], files["other"]])
        console.at("import-package").click()
        expect(page.locator("td.arrival")).to_have_text(["已齐", "已齐"])
        console.at("package-files").set_input_files([files["corrected"], files["first"]])
        console.at("import-package").click()
        expect(page.locator("td.arrival").first).to_have_text("有冲突")
        look("console-merging", page)
        page.get_by_role("link", name="11 考场").first.click()
        console.at("conflicts").wait_for()
        look("console-merging-conflict", page)
        console.at("held-accept").click()
        expect(page.locator("#intake-problem")).not_to_be_empty()
        console.at("held-reason").fill("迟到作答已补计")
        console.at("held-accept").click()
        expect(page.locator("#intake-problem")).to_contain_text(office.differing)
        console.at("held-practical").select_option("here")
        console.at("held-accept").click()
        expect(page.locator("#held")).to_have_count(0)

        page.goto(f"{console.url}/practical?exam={office.exam_id}")
        for name in ("wrong", "right"):
            console.at("practical-list").set_input_files(files[name])
            console.at("practical-document").fill("商人社考〔2026〕12号")
            console.at("practical-date").fill("2026-06-05")
            console.at("practical-go").click()
            if name == "wrong":
                expect(console.at("refused-rows").locator("li")).to_have_count(1)
                look("console-practical-refused", page)
        expect(console.at("practical-there")).to_have_text("4")
        look("console-practical", page)

        page.goto(f"{console.url}/rulings?exam={office.exam_id}")
        console.at("ruling-ticket").fill(office.ticket)
        console.at("ruling-decision").select_option("void")
        console.at("ruling-reason").fill("替考")
        console.at("ruling-go").click()
        expect(page.get_by_role("alert")).to_contain_text("文号")
        console.at("ruling-document").fill("陕处〔2026〕3号")
        console.at("ruling-go").click()
        expect(console.at("rulings").locator("tbody tr")).to_have_count(1)
        look("console-rulings", page)

        page.goto(f"{console.url}/votes?exam={office.reviewed_exam}")
        expect(console.at("votes-outstanding")).to_have_text("1")
        for name in ("bad-votes", "votes"):
            console.at("votes-list").set_input_files(files[name])
            console.at("votes-document").fill("省技师考评委员会评审会记录 2026-3")
            console.at("votes-go").click()
            if name == "bad-votes":
                expect(console.at("refused-rows").locator("li")).to_have_count(1)
        expect(console.at("votes-done")).to_be_visible()
        expect(console.at("votes-outstanding")).to_have_text("0")
        look("console-votes", page)
