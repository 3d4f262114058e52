"""An office whose paper has a wrong key, from the proposal to the approval; and its pictures."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize

from bench import province
from exam_server.auth import totp
from exam_server.auth.identity import Role, Staff
from exam_server.clock import SystemClock
from exam_server.context import Centre
from exam_server.demo import plan
from exam_server.results.actions.lines import approve_line, propose_line, put_into_effect
from exam_server.results.rules.params import LineParams
from tests.browser.console import Console
from tests.browser.line_office import CITY, TRADE, LineOffice
from tests.browser.tour_terminal import Look
from tests.builders.sat_paper import SatPaper, one_group, sit_paper

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


def propose(console: Console, paper: SatPaper) -> None:
    """Another answer is right, and an item has none: both on the page, one after the other."""
    console.page.goto(f"{console.url}/corrections?exam={province.EXAM_ID}")
    console.at("correction-item").select_option(paper.item)
    console.at("correction-change").select_option("key")
    console.at("correction-letters").fill(paper.letters)
    console.at("change-add").click()
    console.at("correction-change").last.select_option("full")
    console.at("correction-reason").fill("一题标准答案录入有误，一题没有正确选项，见教材第 3 章")


def attempt_it(console: Console, paper: SatPaper) -> None:
    """试算 with the code out of the envelope, and the second person."""
    console.at("act-try").click()
    console.at("dialog-text").fill(paper.bell_code)
    console.at("second-login").fill("approver")
    console.at("second-password").fill(plan.PASSWORD)
    # Good for half a minute at least; a login after this takes the next one.
    step = totp.step_at(SystemClock().now().wall_ms)
    console.at("second-code").fill(totp.code_at(plan.FACTOR_SECRET, step))
    console.at("dialog-go").click()
    console.at("correction-effects").wait_for()


def tour_correction(browser: Browser, size: ViewportSize, look: Look) -> None:
    """The list with a proposal, and a correction after its trial."""
    with tempfile.TemporaryDirectory(prefix="kc-correction-") as folder:
        office = CorrectionOffice(Path(folder), candidates=400)
        try:
            console = Console(browser.new_context(viewport=size), office.url, "authority")
            propose(console, office.paper)
            look("console-corrections", console.page)
            console.at("correction-propose").click()
            attempt_it(console, office.paper)
            look("console-correction", console.page)
        finally:
            office.close()
