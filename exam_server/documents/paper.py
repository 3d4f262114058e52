"""A document before it is typeset, and where templates and fonts come from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

HERE = Path(__file__).parent
TEMPLATES, FONTS = HERE / "templates", HERE / "fonts"


class Paper(msgspec.Struct, frozen=True):
    """``template``: its name without ``.typ``. ``data``: what the template reads as
    ``data.json``, JSON types only. ``files``: pictures by the path that ``data`` names, SVG text.
    """

    template: str
    data: Mapping[str, Any]
    files: Mapping[str, str] = {}


class Shelf(msgspec.Struct, frozen=True):
    """Where to look: the program's own folders, and the office's ``own`` before them."""

    own: Path | None = None

    @property
    def templates(self) -> dict[str, str]:
        """All template files by name, the office's own instead of the program's."""
        found = {path.name: path for path in sorted(TEMPLATES.glob("*.typ"))}
        if self.own is not None:
            found |= {path.name: path for path in sorted(self.own.glob("*.typ"))}
        return {name: path.read_text(encoding="utf-8") for name, path in found.items()}

    @property
    def fonts(self) -> tuple[Path, ...]:
        """Folders of fonts, the office's own first."""
        own = () if self.own is None or not self.own.is_dir() else (self.own,)
        return (*own, FONTS)
