"""axe-core in the page: what a checker of accessibility finds."""

from __future__ import annotations

from functools import cache
from typing import Any

from playwright.sync_api import Page

from tests.builders.services import ROOT

SCRIPT = ROOT / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """async () => {
  const found = await axe.run(document, {resultTypes: ['violations']});
  return found.violations.map(one => ({
    id: one.id, help: one.help,
    nodes: one.nodes.map(node => [node.target.join(' '), node.failureSummary]),
  }));
}"""


@cache
def _source() -> str:
    return SCRIPT.read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """Every violation of every rule of axe, one line each; evaluated, so no policy is bent."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_source())
    found: list[dict[str, Any]] = page.evaluate(_RUN)
    return [
        f"{one['id']}: {target}: {summary.splitlines()[-1].strip()}"
        for one in found
        for target, summary in one["nodes"]
    ]


def small_text(page: Page, least_px: float) -> list[str]:
    """Texts that are shown in letters smaller than ``least_px``."""
    found: list[str] = page.evaluate(
        """least => {
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          const small = [];
          while (walker.nextNode()) {
            const text = walker.currentNode.textContent.trim();
            const holder = walker.currentNode.parentElement;
            if (!text || !holder.getClientRects().length) continue;
            if (holder.closest('script, style, noscript')) continue;
            const size = parseFloat(getComputedStyle(holder).fontSize);
            if (size < least) small.push(`${size}px ${holder.className}: ${text.slice(0, 30)}`);
          }
          return small;
        }""",
        least_px,
    )
    return found


def small_targets(page: Page, least_px: float, cell_px: float) -> list[str]:
    """Buttons, links and fields below ``least_px`` either way; number cells have their own."""
    found: list[str] = page.evaluate(
        """([least, cell]) => [...document.querySelectorAll('button, a[href], input')]
          .filter(one => one.getClientRects().length)
          .map(one => [one, one.getBoundingClientRect()])
          .filter(([one, box]) => {
            const wanted = one.classList.contains('cell') ? cell : least;
            return box.width < wanted - 0.5 || box.height < wanted - 0.5;
          })
          .map(([one, box]) => `${one.dataset.test || one.className}: `
            + `${box.width.toFixed(1)} × ${box.height.toFixed(1)}`)""",
        [least_px, cell_px],
    )
    return found


def scrolls(page: Page) -> list[str]:
    """What would have to be scrolled to be seen whole: the page, the question."""
    found: list[str] = page.evaluate(
        """() => [document.documentElement, ...document.querySelectorAll('main, .question, .panel')]
          .filter(one => one.scrollHeight > one.clientHeight + 1
            || one.scrollWidth > one.clientWidth + 1)
          .filter(one => one === document.documentElement
            || ['auto', 'scroll', 'hidden'].includes(getComputedStyle(one).overflowY))
          .map(one => `${one.tagName} ${one.className}: `
            + `${one.scrollHeight} in ${one.clientHeight}`)"""
    )
    return found
