"""Pages to look at while they are made: each stop of a tour whole, at every size of screen, in both
languages."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, ViewportSize

SIZES: tuple[ViewportSize, ...] = ({"width": 1366, "height": 768}, {"width": 1920, "height": 1080})
_PHONE_WIDTH = 500
_TERMINAL = '[data-test="language"]'
_CUT_OFF = ("terminal-opening", "terminal-loading", "console-room-stale")  # no answer comes


class EveryWay:
    """Draws into ``folder``: NAME-zh-1366.png and so on. English is a second page at the same
    address, so that what a tour has typed, or a dialog, is seen in Chinese only; a terminal
    changes its language in place."""

    def __init__(self, folder: Path, words: list[str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._words = folder, words
        self.names: list[str] = []

    def __call__(self, name: str, page: Page) -> None:
        """One stop."""
        self.names.append(name)
        if self._words and not any(word in name for word in self._words):
            return
        page.mouse.move(0, 0)
        self._sizes(f"{name}-zh", page)
        if name.startswith(_CUT_OFF):
            return
        if page.locator(_TERMINAL).count():
            page.locator(_TERMINAL).click()
            self._sizes(f"{name}-en", page)
            page.locator(_TERMINAL).click()
        elif "/console" in page.url:
            self._beside(name, page)
        print(name, flush=True)

    def _beside(self, name: str, page: Page) -> None:
        parts = urlsplit(page.url)
        here = parts.path + (f"?{parts.query}" if parts.query else "")
        other = page.context.new_page()
        base = f"{parts.scheme}://{parts.netloc}"
        other.goto(f"{base}/console/language/en?back=/console/login")
        answer = other.goto(base + here + (f"#{parts.fragment}" if parts.fragment else ""))
        if answer is not None and answer.ok:  # else the address only takes what is sent to it
            other.wait_for_load_state("load")
            other.wait_for_timeout(500)  # the live parts ask for their data first
            self._sizes(f"{name}-en", other)
        other.goto(f"{base}/console/language/zh?back=/console/login")
        other.close()

    def _sizes(self, name: str, page: Page) -> None:
        before = page.viewport_size
        phone = before is not None and before["width"] < _PHONE_WIDTH
        for size in [before] if before is not None and phone else SIZES:
            page.set_viewport_size(size)
            page.evaluate("() => document.fonts.ready")
            page.wait_for_timeout(150)
            picture = page.screenshot(animations="disabled", caret="hide", full_page=True)
            (self._folder / f"{name}-{size['width']}.png").write_bytes(picture)
        if before is not None:
            page.set_viewport_size(before)
