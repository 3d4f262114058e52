"""The pictures of the documentation: each listed, none left behind, none too heavy."""

from __future__ import annotations

import re

from tests.browser.screenshots import FOLDER

MEAN_BYTES = 150_000


def test_the_list_of_pictures_is_the_folder() -> None:
    listed = re.findall(r"\(([a-z0-9-]+\.png)\)", (FOLDER / "README.md").read_text("utf-8"))
    assert len(listed) == len(set(listed))
    files = {file.name for file in FOLDER.glob("*.png")}
    assert set(listed) == files, "make screenshots, and list what is new"
    sizes = [file.stat().st_size for file in FOLDER.glob("*.png")]
    assert sum(sizes) / len(sizes) < MEAN_BYTES
