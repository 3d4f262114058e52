"""What is done outside a sitting is anchored in it; the golden candidate stands before scores."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exam_server.verify.outside import OutsideHead
from exam_server.verify.reported import Report
from exam_server.verify.verify import verify
from tests.builders.journal_builder import Export, Json, canonical, relink, relink_acts
from tests.builders.journal_day import eventful_day


@pytest.fixture(scope="module")
def honest() -> Export:
    return eventful_day()


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., Report]:
    def run(export: Export, **known: Any) -> Report:
        key, path = tmp_path / "scoring.json", tmp_path / "journal.zip"
        key.write_bytes(canonical(export.scoring))
        path.write_bytes(export.pack())
        return verify(path, scoring=[key], **known)

    return run


Check = Callable[..., Report]


def codes(report: Report) -> set[str]:
    return {found.code for found in report.findings}


@pytest.mark.parametrize("field", ["seq", "at_ms", "kind", "actor", "data", "prev", "digest"])
def test_any_changed_field_of_any_act_is_named(honest: Export, check: Check, field: str) -> None:
    for number in range(len(honest.acts)):
        export = honest.copy()
        act = export.acts[number]
        value = act[field]
        act[field] = {"x": 1} if field == "data" else value + 1 if field[-1] in "qs" else "ab" * 32
        places = {(f.chain, f.seq) for f in check(export).findings}
        assert ("acts", number + 1) in places


def test_acts_taken_out_exchanged_or_cut_are_found(honest: Export, check: Check) -> None:
    spoils: tuple[Callable[[list[Json]], object], ...] = (
        lambda acts: acts.pop(0),
        lambda acts: acts.pop(1),
        lambda acts: acts.pop(),
        list.reverse,
        list.clear,
    )
    for spoil in spoils:
        export = honest.copy()
        spoil(export.acts)
        assert any(f.chain == "acts" for f in check(export).findings)


def test_acts_written_anew_are_refuted_by_the_sitting_that_took_them_in(
    honest: Export, check: Check
) -> None:
    """Somebody else created the exam, says the new chain; every digest of it is right."""
    export = honest.copy()
    export.acts[0]["actor"] = "staff:nobody"
    relink_acts(export.acts)
    assert "act_anchor_differs" in codes(check(export))


def test_acts_and_sitting_written_anew_are_refuted_by_one_head_from_outside(
    honest: Export, check: Check
) -> None:
    last = honest.chain(honest.sitting_id)[-1]
    printed = OutsideHead.typed(last["digest"], last["seq"])
    of_acts = OutsideHead.typed(honest.acts[-1]["digest"])
    assert check(honest, outside=[printed, of_acts]).counts["outside"] == 2
    export = honest.copy()
    export.acts[0]["actor"] = "staff:nobody"
    export.recompute()
    assert check(export).status == 0
    for head in (printed, of_acts):
        assert codes(check(export, outside=[head])) == {"outside_head_missing"}


def test_acts_that_are_not_acts_are_found(honest: Export, check: Check) -> None:
    export = honest.copy()
    export.acts[1] = {"seq": 2}
    found = check(export).findings
    assert ("act_malformed", "acts", 2) in {(f.code, f.chain, f.seq) for f in found}
    export = honest.copy()
    heads = export.of_kind("heads")
    heads[0]["data"]["acts"] = heads[-1]["data"]["acts"]
    heads[-1]["data"]["acts"] = [1, export.acts[0]["digest"]]
    relink(export.chain(export.sitting_id))
    assert "act_anchor_falls" in codes(check(export))


def test_a_golden_candidate_with_another_score_is_found(honest: Export, check: Check) -> None:
    export = honest.copy()
    golden = export.of_kind("golden")[0]
    golden["data"]["points"] = "3"
    export.recompute()
    found = [f for f in check(export).findings if f.code == "golden_wrong"]
    assert [f.seq for f in found] == [golden["seq"]]


def test_a_score_without_its_golden_candidate_is_found(honest: Export, check: Check) -> None:
    export = honest.copy()
    gone = export.of_kind("golden")[0]
    export.entries.remove(gone)
    export.recompute()
    of_form = {
        row["id"] for row in export.statement["attempts"] if row["form"] == gone["data"]["form"]
    }
    missing = {f.chain for f in check(export).findings if f.code == "golden_missing"}
    assert missing == of_form & {entry["chain"] for entry in export.of_kind("scored")}
