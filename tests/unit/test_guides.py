"""The guides say what the pages say: every marked word, picture and command is there.

A word of a page stands in 【】. Where a page puts a number or a name, a guide writes a number or …
"""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal

import click
import pytest

from exam_server.cli import main
from exam_server.documents.catalogue import DOCUMENTS
from exam_server.words import english
from tests.unit.test_words import TEMPLATES
from tests.unit.test_words import WORDS as BOARD

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "guides"
PAIRS = sorted(path.name.removesuffix(".zh.md") for path in FOLDER.glob("*.zh.md"))
GUIDES = [FOLDER / f"{name}{ending}" for name in PAIRS for ending in (".zh.md", ".md")]
TERMINAL: dict[str, dict[str, str]] = json.loads(
    (ROOT / "exam_client" / "terminal" / "words.json").read_text(encoding="utf-8")
)
REFUSALS: dict[str, dict[str, str]] = tomllib.loads(
    (ROOT / "exam_server" / "locale" / "refusals.toml").read_text(encoding="utf-8")
)
MARKED = re.compile(r"【([^】]+)】")
PICTURE = re.compile(r'!\[([^\]]+)\]\(([^)]+\.png)\)|<img src="([^"]+\.png)" [^>]*alt="([^"]+)">')
FILLED = r"(?:\d[\d:.]*(?: (?:分钟|秒|minutes?|seconds?))?|…)"

Language = Literal["zh", "en"]


def language_of(guide: Path) -> Language:
    return "zh" if guide.name.endswith(".zh.md") else "en"


def asked_by(paths: list[Path]) -> set[str]:
    """What these templates ask to have translated."""
    found = re.compile(r"""_\(\s*(["'])(.+?)\1""")
    return {
        one.group(2) for path in paths for one in found.finditer(path.read_text(encoding="utf-8"))
    }


@cache
def sayings(language: Language, *, candidate: bool) -> list[re.Pattern[str]]:
    """All that a page can say: to a candidate, or to anybody."""
    paths = [path for path in TEMPLATES if path.parent.name == "query" or not candidate]
    catalogues = (TERMINAL, REFUSALS) if candidate else (TERMINAL, REFUSALS, BOARD)
    said = {words[language] for catalogue in catalogues for words in catalogue.values()}
    if not candidate:  # the names of what is printed stand on the pages
        said |= {
            document.zh if language == "zh" else document.en for document in DOCUMENTS.values()
        }
    said |= {english()[text] if language == "en" else text for text in asked_by(paths)}
    return [pattern(text) for text in said if re.search(r"\w", re.sub(r"\{\w+\}", "", text))]


def pattern(text: str) -> re.Pattern[str]:
    """What a reader sees of ``text``: its places filled in."""
    pieces = re.split(r"\{\w+\}", text.strip())
    return re.compile(FILLED.join(re.escape(piece) for piece in pieces))


def unknown(guide: Path) -> list[str]:
    """Marked words that no page says."""
    known = sayings(language_of(guide), candidate=guide.name.startswith("candidate"))
    text = re.sub(r"\s*\n\s*", " ", guide.read_text(encoding="utf-8"))
    return [word for word in MARKED.findall(text) if not any(one.fullmatch(word) for one in known)]


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_every_marked_word_is_on_a_page(guide: Path) -> None:
    assert unknown(guide) == []
    assert len(MARKED.findall(guide.read_text(encoding="utf-8"))) > 20


def test_a_word_that_no_page_says_is_found(tmp_path: Path) -> None:
    guide = tmp_path / "candidate.zh.md"
    guide.write_text(
        "点【交卷】，再点【提交】；【第 8 题已保存】，【第八题已保存】", encoding="utf-8"
    )
    assert unknown(guide) == ["提交", "第八题已保存"]


def pictures(guide: Path) -> list[str]:
    """Where they lie, from the guide's folder."""
    found = PICTURE.findall(guide.read_text(encoding="utf-8"))
    return [markdown or html for _, markdown, html, _ in found]


@pytest.mark.parametrize("name", PAIRS)
def test_both_languages_tell_the_same_day(name: str) -> None:
    chinese, english_one = FOLDER / f"{name}.zh.md", FOLDER / f"{name}.md"
    assert pictures(chinese) == pictures(english_one)
    assert shape(chinese) == shape(english_one)


def shape(guide: Path) -> list[str]:
    """Headings by depth, and how many steps, bullets and rows stand under each."""
    found = re.findall(r"^(#+|\d+\.|\*|\|)(?= )", guide.read_text(encoding="utf-8"), re.MULTILINE)
    return [re.sub(r"\d+", "1", one) for one in found]


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_every_picture_is_there_and_is_described(guide: Path) -> None:
    text = guide.read_text(encoding="utf-8")
    shown = pictures(guide)
    assert len(shown) == text.count(".png"), "a picture without a description"
    assert shown
    assert [path for path in shown if not (FOLDER / path).exists()] == []


def commands(text: str) -> Iterator[list[str]]:
    """Every command line of a page, in words."""
    for block in re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            found = re.match(r"[`\s]*kaochang ([a-z][^`#]*)", line)
            if found:
                yield shlex.split(found.group(1))


def misunderstood(words: list[str]) -> list[str]:
    """What of a command line the program does not know: a command or an option."""
    found: click.Command = main
    for word in words:
        if not isinstance(found, click.Group) or word.startswith("-"):
            break
        if word not in found.commands:
            return [word]
        found = found.commands[word]
    if found.context_settings.get("ignore_unknown_options"):  # the verifier reads its own
        return []
    known = {"--help"} | {name for one in found.params for name in one.opts + one.secondary_opts}
    return [word for word in words if word.startswith("--") and word.split("=")[0] not in known]


@pytest.mark.parametrize("guide", sorted(FOLDER.glob("*.md")), ids=lambda path: path.name)
def test_every_command_is_one_of_the_programs(guide: Path) -> None:
    for words in commands(guide.read_text(encoding="utf-8")):
        assert misunderstood(words) == [], " ".join(words)


def test_a_command_that_does_not_exist_is_found() -> None:
    assert misunderstood(["backup", "--out", "x"]) == []
    assert misunderstood(["backup", "--onto", "x"]) == ["--onto"]
    assert misunderstood(["roster", "print"]) == ["print"]
