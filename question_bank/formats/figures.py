"""Figures that lie beside a table: found by name, judged by content."""

from __future__ import annotations

import re
from pathlib import Path

from question_bank.errors import BankError
from question_bank.items.item import Figure

MOST_BYTES = 2 * 1024 * 1024
DEFAULT_ALT = "题目附图"
_MARK = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_LINK_BYTES = 4096


def marks(stem: str) -> dict[str, str]:
    """The figures a stem marks with ``![alt](name)``: alt texts by name."""
    return {name: alt for alt, name in _MARK.findall(stem)}


def load_figure(folder: Path, name: str, alt: str = "") -> Figure:
    """Read ``folder/name``; the figure is called as it was named, for the stem's marks.

    BankErrors ``figure_outside`` (a path that leaves the folder), ``figure_missing``,
    ``figure_too_large``, ``figure_is_a_link`` (a text that only names another file, as
    version control leaves behind), ``figure_not_an_image``.
    """
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise BankError("figure_outside", {"figure": name})
    if not path.is_file():
        raise BankError("figure_missing", {"figure": name, "folder": folder.name})
    if path.stat().st_size > MOST_BYTES:
        raise BankError("figure_too_large", {"figure": name, "most_mb": MOST_BYTES >> 20})
    data = path.read_bytes()
    return Figure(name, _media_type(name, data), data, alt or DEFAULT_ALT)


def _media_type(name: str, data: bytes) -> str:
    for signature, media_type in _SIGNATURES:
        if data.startswith(signature):
            return media_type
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    link = _as_link(data)
    if link:
        raise BankError("figure_is_a_link", {"figure": name, "target": link})
    raise BankError("figure_not_an_image", {"figure": name})


def _as_link(data: bytes) -> str:
    """The last part of the path that the file consists of, "" when it is no such text."""
    if len(data) > _LINK_BYTES:
        return ""
    try:
        text = data.decode("utf-8").strip()
    except UnicodeDecodeError:
        return ""
    one_line = bool(text) and "\n" not in text and text.isprintable()
    return re.split(r"[\\/]", text)[-1] if one_line and re.search(r"[\\/]", text) else ""
