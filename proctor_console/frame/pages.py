"""How a page is rendered: language, words, assets, and the policy it is sent under."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path

from flask import g, render_template, request

from exam_server import cookies
from exam_server.context import centre
from exam_server.words import Language, as_language, gettext, state_word
from proctor_console.frame.times import clock_text, day_text, duration_text

LANGUAGE_COOKIE = "kc_lang"
STATIC = Path(__file__).parents[1] / "static"


def language() -> Language:
    """The reader's language: the cookie's, Chinese first."""
    return as_language(cookies.kept(request.environ, LANGUAGE_COOKIE))


@cache
def _stamp(name: str, changed_ns: int) -> str:
    return f"/console/static/{name}?v={changed_ns:x}"


def asset(name: str) -> str:
    """The address of a built file; it changes when the file does."""
    path = STATIC / name
    return _stamp(name, path.stat().st_mtime_ns if path.exists() else 0)


def page(template: str, **facts: object) -> str:
    """``template`` with the words of the reader's language and the visit, if any."""
    tongue = language()
    return render_template(
        f"console/{template}",
        _=gettext(tongue),
        lang=tongue,
        state_word=partial(state_word, language=tongue),
        visit=g.get("visit"),
        publishes=centre().settings.publishes,
        asset=asset,
        here=request.full_path.rstrip("?"),
        clock_text=clock_text,
        day_text=day_text,
        duration_text=duration_text,
        **facts,
    )
