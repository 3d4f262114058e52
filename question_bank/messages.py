"""The sentences for the question bank's codes: cause and remedy, Chinese and English."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

LANGUAGES = ("zh", "en")


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """All messages by code; each has ``zh`` and ``en`` with ``{fact}`` placeholders."""
    raw = files("question_bank").joinpath("locale/messages.toml").read_text("utf-8")
    return tomllib.loads(raw)


def text(code: str, facts: Mapping[str, object], language: str) -> str:
    """The sentence for ``code``; a code without one (a slip) is shown as it is."""
    entry = catalogue().get(code)
    return code if entry is None else entry[language].format_map(_Forgiving(facts))


class _Forgiving(dict[str, object]):
    """A missing fact must not hide the message it belongs to."""

    def __missing__(self, key: str) -> str:
        return "?"
