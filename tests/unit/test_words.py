"""Every sentence a person can meet on the staff pages exists in both languages."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection
from pathlib import Path
from string import Formatter
from typing import get_args, get_type_hints

import pytest

from exam_server.desk.rules.lifecycle import SittingState
from exam_server.results.rules.correction_life import CorrectionState
from exam_server.results.rules.entries import Standing
from exam_server.results.rules.line_life import ACTS, LineState
from exam_server.results.rules.merging import PackageState
from exam_server.results.rules.official import WITHDRAWN
from exam_server.results.rules.outcome import Status
from exam_server.results.rules.params import LineParams
from exam_server.room.rules.lifecycle import AttemptState, Cause
from exam_server.room.rules.reconciliation import Unsettled
from exam_server.room.rules.seating import SeatState
from exam_server.room.views.board import BoardCounts
from exam_server.words import english, gettext, refusal_text, state_word

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "proctor_console" / "templates").rglob("*.html"))
SOURCES = sorted((ROOT / "proctor_console" / "board" / "src").glob("*.ts"))
WORDS: dict[str, dict[str, str]] = json.loads(
    (ROOT / "proctor_console" / "board" / "words.json").read_text(encoding="utf-8")
)
REFUSALS: dict[str, dict[str, str]] = tomllib.loads(
    (ROOT / "exam_server" / "locale" / "refusals.toml").read_text(encoding="utf-8")
)
STATES: dict[str, dict[str, dict[str, str]]] = tomllib.loads(
    (ROOT / "exam_server" / "locale" / "states.toml").read_text(encoding="utf-8")
)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def sentences() -> set[str]:
    """What the templates ask to have translated."""
    asked = re.compile(r"""_\(\s*(["'])(.+?)\1""")
    return {
        found.group(2)
        for path in TEMPLATES
        for found in asked.finditer(path.read_text(encoding="utf-8"))
    }


def places(text: str) -> set[str]:
    """The placeholders of a sentence."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_sentence_of_the_pages_has_an_english_one_with_the_same_places() -> None:
    catalogue = english()
    assert sentences() - catalogue.keys() == set()
    for chinese, translated in catalogue.items():
        assert places(chinese) == places(translated), chinese
        assert not CHINESE.search(translated), chinese


def test_the_catalogue_keeps_no_sentence_that_no_page_uses() -> None:
    assert english().keys() - sentences() == set()


def test_no_page_shows_chinese_that_cannot_be_translated() -> None:
    for path in TEMPLATES:
        bare = re.sub(r"\{[{%].*?[}%]\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        bare = bare.replace("（", "").replace("）", "").replace("，", "").replace("。", "")
        assert not CHINESE.search(bare), path.name


def test_every_word_of_the_board_is_there_in_both_languages() -> None:
    for key, word in WORDS.items():
        assert word.keys() == {"zh", "en"}, key
        assert word["zh"], key
        assert word["en"], key
        assert places(word["zh"]) >= places(word["en"]), key
        assert not CHINESE.search(word["en"]), key


def test_the_board_asks_only_for_words_that_exist() -> None:
    asked = re.compile(r"\bt\(\s*\"(\w+)\"")
    wanted = {
        found.group(1)
        for path in SOURCES
        for found in asked.finditer(path.read_text(encoding="utf-8"))
    }
    assert wanted - WORDS.keys() == set()


def test_every_state_a_board_can_show_has_its_word() -> None:
    wanted = {f"state_{state}" for state in SeatState}
    wanted |= {f"sitting_{state}" for state in SittingState} | {"sitting_paused"}
    wanted |= {f"cause_{cause}" for cause in Cause}
    wanted |= {f"count_{name}" for name in BoardCounts.__struct_fields__}
    for field in ("basis", "mode", "rounding", "tie", "rate_base"):
        wanted |= {f"{field}_{value}" for value in get_args(get_type_hints(LineParams)[field])}
    wanted |= {f"line_{state}" for state in ("none", *LineState)}
    wanted |= {f"step_{state}" for state in LineState} | {f"act_line_{act}" for act in ACTS}
    assert wanted - WORDS.keys() == set()


_FACES = {
    "board": ("proctor_console/board/words.json", "proctor_console/board/src"),
    "terminal": ("exam_client/terminal/words.json", "exam_client/terminal/src"),
}
# Words that a source puts together from a value of the server: just these, no more.
_COMPOSED: dict[str, Collection[str]] = {
    "stands": set(LineState) - {LineState.SUPERSEDED},  # a line that stands is none of those
    "open": set(Unsettled),
    "settle": set(Unsettled),
    "state": set(SeatState),
    "cause": set(Cause),
    "sitting": {*SittingState, "paused"},
    "act_line": set(ACTS),
    "count": {*BoardCounts.__struct_fields__, "at_work", "explained"},  # these two by 收场核对
}


@pytest.mark.parametrize("prefix", sorted(_COMPOSED))
def test_words_that_are_put_together_are_those_of_the_server(prefix: str) -> None:
    words = {key.removeprefix(f"{prefix}_") for key in WORDS if key.startswith(f"{prefix}_")}
    assert words == {str(value) for value in _COMPOSED[prefix]}


@pytest.mark.parametrize("face", sorted(_FACES))
def test_no_word_is_kept_that_no_page_uses(face: str) -> None:
    """Quoted as a whole, or asked for by its beginning with an end that is a value of something."""
    words, sources = _FACES[face]
    code = "".join(path.read_text("utf-8") for path in sorted((ROOT / sources).rglob("*.ts*")))
    quoted = set(re.findall(r"""["'`]([\w.]+)["'`]""", code))
    begun = set(re.findall(r"`([\w.]+[_.])\$\{", code)) | {
        f"{name}_"
        for name in LineParams.__struct_fields__  # `${name}_${value}`
    }
    rules = (ROOT / "exam_server").glob("*/rules/*.py")
    values = quoted | set(re.findall(r'"(\w+)"', "".join(one.read_text("utf-8") for one in rules)))
    unused = [
        key
        for key in json.loads((ROOT / words).read_text("utf-8"))
        if key not in quoted
        and not any(
            key.startswith(start) and key.removeprefix(start).removesuffix("_note") in values
            for start in begun
        )
        and not re.fullmatch(r"number\.[1-4]", key)
    ]
    assert unused == []


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("sitting", set(SittingState)),
        ("attempt", set(AttemptState)),
        ("cause", set(Cause)),
        ("standing", {*Standing, "not_sitting", "disqualified"}),
        ("decision", {*Status, WITHDRAWN}),
        ("package", set(PackageState)),
        ("correction", set(CorrectionState)),
        ("correction_step", set(CorrectionState)),
    ],
)
def test_every_state_has_one_word_and_no_word_is_left_over(kind: str, wanted: set[str]) -> None:
    assert STATES[kind].keys() == wanted
    for state, word in STATES[kind].items():
        assert word.keys() == {"zh", "en"}, state
        assert not CHINESE.search(word["en"]), state
        assert state_word(kind, state, "en") == word["en"]


def test_the_same_state_has_the_same_word_whatever_is_in_it() -> None:
    """A sheet that says 无效 where the export says 成绩无效 makes people ask which."""
    alike = {state: set[str]() for words in STATES.values() for state in ("absent", "voided")}
    for words in STATES.values():
        for state in alike.keys() & words.keys():
            alike[state].add(words[state]["zh"])
    assert alike == {"absent": {"缺考"}, "voided": {"成绩无效"}}


def test_the_board_calls_a_state_what_everything_else_calls_it() -> None:
    for kind in ("sitting", "cause"):
        for state, word in STATES[kind].items():
            shown = WORDS[f"{kind}_{state}"]
            assert (shown["zh"], shown["en"].casefold()) == (word["zh"], word["en"].casefold())
    seats = {"waiting": "checked_in", "working": "in_progress", "paused": "paused",
             "submitted": "submitted", "absent": "absent"}  # fmt: skip
    for seat, state in seats.items():
        assert WORDS[f"state_{seat}"]["zh"] == STATES["attempt"][state]["zh"]


def test_no_module_and_no_page_has_a_table_of_states_of_its_own() -> None:
    """Three states of one kind beside Chinese words are a table."""
    sources = [*(ROOT / "exam_server").rglob("*.py"), *TEMPLATES]
    own = [
        f"{path.relative_to(ROOT)}: {kind}"
        for path in sources
        for kind, states in STATES.items()
        for named in [re.findall(r"\"(\w+)\": (?:_?\()?\"[\u4e00-\u9fff]", path.read_text("utf-8"))]
        if len(states.keys() & set(named)) > 2
    ]
    assert own == []


def test_a_refusal_names_its_cause_and_the_facts_in_the_readers_language() -> None:
    assert "30 秒" in refusal_text("login_wait", {"seconds": 30}, "zh")
    assert "30 seconds" in refusal_text("login_wait", {"seconds": 30}, "en")


def test_a_refusal_without_a_text_still_says_what_to_do() -> None:
    assert "nothing_known" in refusal_text("nothing_known", {}, "zh")
    assert "administrator" in refusal_text("nothing_known", {}, "en")


def test_a_fact_that_is_missing_hides_nothing() -> None:
    assert refusal_text("login_wait", {}, "en").startswith("Too many wrong tries")
    assert gettext("en")("{room} 考场", room="02") == "Room 02"


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_refusals_are_calm_and_complete(code: str) -> None:
    text = REFUSALS[code]
    assert text.keys() >= {"zh", "en"}
    # a fact that is itself a sentence comes in both languages: clause, clause_en
    assert places(text["zh"]) == {name.removesuffix("_en") for name in places(text["en"])}
    assert "!" not in text["zh"] + text["en"]
    assert "！" not in text["zh"]
