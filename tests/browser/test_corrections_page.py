"""A key is wrong: an office tries the correction, sees who crosses the line, and two decide."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from playwright.sync_api import Browser, expect

from bench import province
from exam_server.auth import totp
from exam_server.auth.identity import Role, Staff
from exam_server.clock import SystemClock
from exam_server.context import Centre
from exam_server.demo import plan
from exam_server.results.actions.lines import approve_line, propose_line, put_into_effect
from exam_server.results.rules.params import LineParams
from tests.browser.axe import violations
from tests.browser.console import Console
from tests.browser.line_office import CITY, TRADE, LineOffice
from tests.builders.sat_paper import SatPaper, one_group, sit_paper

SIZE = {"width": 1366, "height": 768}
GROUP = f"{CITY}|{TRADE}|L3"


class CorrectionOffice(LineOffice):
    """Four hundred people of one group, their line in effect."""

    paper: SatPaper

    def prepare(self, here: Centre) -> None:
        self.paper = sit_paper(here, seed=11)
        one_group(here, city=CITY, trade=TRADE, level="L3")
        first, second = (Staff(name, name, name, Role.AUTHORITY) for name in ("甲", "乙"))
        line = here.store.write(
            lambda tx: propose_line(
                tx,
                exam_id=province.EXAM_ID,
                group=GROUP,
                params=LineParams(mode="line", line="132"),
                reason="参照上年",
                actor=first,
            )
        )
        here.store.write(partial(approve_line, line_id=line, actor=second))
        here.store.write(partial(put_into_effect, line_id=line, actor=first))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CorrectionOffice]:
    made = CorrectionOffice(tmp_path_factory.mktemp("office"), candidates=400)
    yield made
    made.close()


def console(browser: Browser, office: LineOffice, login: str) -> Console:
    return Console(browser.new_context(viewport=SIZE), office.url, login)  # type: ignore[arg-type]


def test_a_wrong_key_from_the_proposal_to_its_effect(
    browser: Browser, office: CorrectionOffice
) -> None:
    first = console(browser, office, "authority")
    first.page.goto(f"{first.url}/corrections?exam={province.EXAM_ID}")
    first.at("correction-item").select_option(office.paper.item)
    first.at("change-key").check()
    first.at("correction-letters").fill(office.paper.letters)
    first.at("correction-reason").fill("标准答案录入有误，教材第 3 章")
    assert violations(first.page) == []
    first.at("correction-propose").click()
    first.at("act-try").click()
    first.at("dialog-text").fill(office.paper.bell_code)
    first.at("second-login").fill("approver")
    first.at("second-password").fill(plan.PASSWORD)
    step = totp.step_at(SystemClock().now().wall_ms) - 1  # the present one is for the login
    first.at("second-code").fill(totp.code_at(plan.FACTOR_SECRET, step))
    first.at("dialog-go").click()
    first.at("correction-effects").wait_for()
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
