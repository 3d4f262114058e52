"""The system's words in both languages.

Chinese is the language the texts are written in, so it is also the message id;
English comes from ``exam_server/locale/en.po``. Refusals have their own file,
``exam_server/locale/refusals.toml``, because they are keyed by code, not by sentence; so have
the states of things, ``states.toml``, because papers and exports name them too.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Literal, cast

from babel.messages.pofile import read_po

from exam_server.errors import Refusal
from question_bank import messages as bank_messages

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

_LOCALE = files("exam_server") / "locale"
_GENERIC: dict[Language, str] = {
    "zh": "没有办成（{code}）。请刷新后再试一次；仍不行，请联系考点系统管理员。",
    "en": "This was not done ({code}). Reload and try once more; "
    "if it still fails, call the centre administrator.",
}


class _Facts(dict[str, object]):
    """A missing fact leaves its placeholder visible instead of hiding the whole sentence."""

    def __missing__(self, name: str) -> str:
        return "{" + name + "}"


def as_language(text: str | None) -> Language:
    """``text`` as a language, Chinese for anything unknown."""
    return "en" if text == "en" else "zh"


@cache
def english() -> dict[str, str]:
    """The English catalogue: Chinese sentence → English sentence."""
    catalogue = read_po(BytesIO((_LOCALE / "en.po").read_bytes()), locale="en")
    return {
        str(message.id): str(message.string)
        for message in catalogue
        if message.id and message.string
    }


@cache
def _refusals() -> dict[str, dict[str, str]]:
    """code → {"zh", "en"} as written in ``refusals.toml``; the question bank's own besides."""
    own = cast(
        dict[str, dict[str, str]],
        tomllib.loads((_LOCALE / "refusals.toml").read_text(encoding="utf-8")),
    )
    return {**bank_messages.catalogue(), **own}


def gettext(language: Language) -> Callable[..., str]:
    """The translating function of ``language``: ``_("共 {n} 人", n=3)``.

    A sentence without a translation is shown in Chinese; ``tests/unit/test_words.py``
    sees to it that there is none.
    """
    catalogue = english() if language == "en" else {}

    def translate(sentence: str, **facts: object) -> str:
        text = catalogue.get(sentence, sentence)
        return text.format_map(_Facts(facts)) if facts else text

    return translate


def refusal_text(code: str, facts: Mapping[str, object], language: Language) -> str:
    """What to tell a person about the refusal ``code``: its cause and the remedy."""
    text = _refusals().get(code, {}).get(language) or _GENERIC[language]
    return text.format_map(_Facts({"code": code, **facts}))


@cache
def _states() -> dict[str, dict[str, dict[Language, str]]]:
    """kind → state → {"zh", "en"} as written in ``states.toml``."""
    text = (_LOCALE / "states.toml").read_text(encoding="utf-8")
    return cast(dict[str, dict[str, dict[Language, str]]], tomllib.loads(text))


def state_word(kind: str, state: str, language: Language = "zh") -> str:
    """What a state is called on pages, papers, in exports and commands.

    ``kind``: a table of ``exam_server/locale/states.toml``. KeyError for what it does not name.
    """
    return _states()[kind][state][language]


def problem_of(refusal: Refusal) -> dict[str, object]:
    """The wire shape of a refusal (RFC 9457 problem+json, both languages)."""
    problem: dict[str, object] = {
        "type": refusal.code,
        "title": refusal_text(refusal.code, refusal.facts, "zh"),
        "title_en": refusal_text(refusal.code, refusal.facts, "en"),
        "status": refusal.status,
        "facts": refusal.facts,
    }
    if refusal.rows:
        problem["rows"] = [_told(row) for row in refusal.rows]
    return problem


def _told(row: dict[str, object]) -> dict[str, object]:
    """A problem by place, with its text in both languages."""
    code, facts = str(row.get("code", "")), row.get("facts")
    if code not in _refusals() or not isinstance(facts, Mapping):
        return row
    texts = {"text": refusal_text(code, facts, "zh"), "text_en": refusal_text(code, facts, "en")}
    return {**row, **texts}
