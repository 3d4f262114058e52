"""The query page as files that need no server: both languages, the script, the style."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from exam_server.words import LANGUAGES, Language, gettext
from proctor_console.frame.pages import STATIC

_TEMPLATES = Path(__file__).parents[1] / "templates"
_PAGES: dict[Language, str] = {"zh": "index.html", "en": "en.html"}
_BUILT = ("bundle.js", "style.css")


def pages(exam: str) -> dict[str, bytes]:
    """File name → content."""
    engine = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
    template = engine.get_template("query/bundle.html")
    made = {name: (STATIC / name).read_bytes() for name in _BUILT}
    for tongue in LANGUAGES:
        other = next(one for one in LANGUAGES if one != tongue)
        text = template.render(_=gettext(tongue), lang=tongue, exam=exam, other=_PAGES[other])
        made[_PAGES[tongue]] = text.encode()
    return made
