"""A journal can be whole and still tell of something that should not have happened.

Each story lets the day go wrong in one way, recomputes every digest and signs it with
the centre's own key: only the rules of docs/reference/journal.md can find it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from exam_server.verify.messages import CODES, remedy, sentence
from exam_server.verify.reported import Report
from exam_server.verify.verify import verify
from tests.builders.journal_builder import CHIEF, Export, Json, canonical
from tests.builders.journal_day import eventful_day
from tests.builders.journal_lies import LIES, SEALED_BY_THE_STORY, STATEMENT_ONLY, Lie, entry


@pytest.fixture(scope="module")
def honest() -> Export:
    return eventful_day()


@pytest.fixture
def check(tmp_path: Path) -> Callable[[Export], Report]:
    key = tmp_path / "scoring.json"
    path = tmp_path / "journal.zip"

    def run(export: Export) -> Report:
        key.write_bytes(canonical(export.scoring))
        path.write_bytes(export.pack())
        return verify(path, scoring=[key])

    return run


@pytest.mark.parametrize(("code", "tell"), LIES, ids=[tell.__name__ for _, tell in LIES])
def test_the_rules_find(
    code: str, tell: Lie, honest: Export, check: Callable[[Export], Report]
) -> None:
    export = honest.copy()
    tell(export)
    if tell not in SEALED_BY_THE_STORY | STATEMENT_ONLY:
        export.recompute()
    assert code in {found.code for found in check(export).findings}


@pytest.mark.parametrize(
    ("code", "spoil"),
    [
        ("score_not_listed", lambda s: s["scores"].pop(0)),
        ("score_without_entry", lambda s: s["scores"].append({**s["scores"][0], "version": 9})),
        ("score_differs", lambda s: s["scores"][0].update(points="5")),
        ("attempt_without_chain", lambda s: s["attempts"].append({**s["attempts"][0], "id": "zz"})),
        ("attempt_repeated", lambda s: s["attempts"].append(dict(s["attempts"][0]))),
        ("chain_without_attempt", lambda s: s["attempts"].pop(0)),
        ("responses_without_chain", lambda s: s["responses"].update(zz={})),
        ("shape_missing", lambda s: s["shapes"].pop("form-ethics")),
        ("statement_malformed", lambda s: s["shapes"]["form-ethics"].pop("sections")),
        ("statement_malformed", lambda s: s["attempts"][0].update(ordinal="1")),
        ("statement_malformed", lambda s: s["limits"].update(accept_grace_seconds=-1)),
        ("statement_malformed", lambda s: s.update(mode="real")),
        ("statement_malformed", lambda s: s.update(note="x")),
        ("format_unknown", lambda s: s.update(format="kaochang/journal/2")),
    ],
)
def test_the_statement_must_fit(
    code: str,
    spoil: Callable[[Json], object],
    honest: Export,
    check: Callable[[Export], Report],
) -> None:
    export = honest.copy()
    spoil(export.statement)
    assert code in {found.code for found in check(export).findings}


def test_a_score_stands_on_answers_given_before_the_hand_in(
    honest: Export, check: Callable[[Export], Report]
) -> None:
    export = honest.copy()
    scored = entry(export, "an1", "scored")
    scored["data"]["head"] = entry(export, "an1", "started")["digest"]
    export.recompute()
    assert "score_head_wrong" in {found.code for found in check(export).findings}


def test_every_finding_of_the_code_has_words_and_every_word_a_finding() -> None:
    folder = Path(__file__).parents[2] / "exam_server" / "verify"
    source = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    raised = set(re.findall(r'(?:findings\.add|Unreadable)\(\s*"([a-z_]+)"', source))
    assert raised == CODES


def test_what_came_after_the_last_heads_is_counted_not_blamed(
    honest: Export, check: Callable[[Export], Report]
) -> None:
    """Results are released, a candidate is told something: an honest export all the same."""
    export = honest.copy()
    assert check(export).counts["unanchored"] == 0
    for chain, kind, data in (
        ("an1", "message", {"text": "请到一号窗口"}),
        (export.sitting_id, "released", {}),
    ):
        last = export.chain(chain)[-1]
        new = {**last, "kind": kind, "actor": CHIEF, "data": data}
        export.entries.insert(export.entries.index(last) + 1, new)
    export.recompute()
    report = check(export)
    assert report.status == 0
    assert report.counts["unanchored"] == 2


def test_a_finding_names_the_place_the_fault_and_the_remedy(
    honest: Export, check: Callable[[Export], Report]
) -> None:
    export = honest.copy()
    entry(export, "an1", "paused")["data"]["reason"] = ""
    export.recompute()
    found = check(export).findings[0]
    assert (found.chain, found.seq) == ("an1", entry(export, "an1", "paused")["seq"])
    assert sentence(found, "zh") == "paused 的 reason 缺失或不合规"
    assert sentence(found, "en") == "reason of paused is missing or malformed"
    assert remedy(found, "zh")
    assert remedy(found, "en")
