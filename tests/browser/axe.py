"""axe-core in the page: what a checker of accessibility finds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from playwright.sync_api import Page

from tests.builders.services import ROOT

SCRIPT = ROOT / "node_modules" / "axe-core" / "axe.min.js"
COLOURS = ("color-contrast", "link-in-text-block")  # what another set of colours can break
_RUN = """async only => {
  const options = {resultTypes: ['violations']};
  if (only.length) options.runOnly = only;
  const found = await axe.run(document, options);
  return found.violations.map(one => ({
    id: one.id, help: one.help,
    nodes: one.nodes.map(node => [node.target.join(' '), node.failureSummary]),
  }));
}"""


@cache
def _source() -> str:
    return SCRIPT.read_text(encoding="utf-8")


def violations(page: Page, only: Sequence[str] = ()) -> list[str]:
    """Violations of every rule of axe, or of ``only`` these, one line each.

    The script is evaluated, not linked, so that the page's own policy stays as it is.
    """
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_source())
    found: list[dict[str, Any]] = page.evaluate(_RUN, list(only))
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
