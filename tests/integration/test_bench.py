"""The bench measures what it says: one small day through the real server, every figure there."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from bench import lines, merge, record, references
from bench.figures import named
from bench.scenarios import Run, day
from bench.stages import Stages

CANDIDATES = 40


@pytest.mark.timeout(120)
def test_a_small_day_is_measured_from_the_log_in_to_the_score(tmp_path: Path) -> None:
    measured = references.measure(tmp_path, seconds=0.6, requests=200)
    run = Run(Stages(tmp_path), measured, 10, 1, 2, looks=3)  # 10 s: six answers or so
    day(run, CANDIDATES)
    found = {figure.name: figure for figure in run.figures}
    wanted = {
        *(f"{name}_{CANDIDATES}_s" for name in ("staging", "bell", "started", "grant", "exam_cpu")),
        *(f"save_{name}_{CANDIDATES}_ms" for name in ("p50", "p99")),
        *(f"{name}_{CANDIDATES}{how}" for name in ("saves_per_s",) for how in ("", "_watched")),
        *(f"save_cpu_{CANDIDATES}_ms", f"hand_in_{CANDIDATES}_scored_s"),
        *(f"console_{CANDIDATES}_{name}" for name in ("cores", "p50_ms", "p99_ms")),
    }
    assert wanted <= set(found)
    assert all(math.isfinite(figure.value) for figure in run.figures)
    assert 0 < found[f"bell_{CANDIDATES}_s"].value < found[f"started_{CANDIDATES}_s"].value
    saved = found[f"saves_per_s_{CANDIDATES}"]
    assert saved.n > CANDIDATES
    cost = found[f"save_cpu_{CANDIDATES}_ms"]  # rates of two moments of a busy machine tell nothing
    assert (cost.ratio or 0) > 1, "less than a bare acknowledgement takes"
    result = json.loads(json.dumps(named(run.figures)))
    assert result[saved.name]["against"] == "socket_acks_per_s"


def test_the_page_has_a_place_for_what_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "performance.md"
    page.write_text(record.PAGE.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(record, "PAGE", page)
    names = ("latest", "workers", "soak", "lines", "merge")
    for name in names:
        record.put_between(name, f"what {name} says")
        record.put_between(name, f"what {name} says now")
    text = page.read_text(encoding="utf-8")
    assert all(
        f"what {name} says now" in text for name in ("latest", "workers", "soak", "lines", "merge")
    )
    assert "says\n" not in text


def test_a_small_province_is_read_grouped_and_drawn(tmp_path: Path) -> None:
    rows = lines.measured(tmp_path / "province.sqlite3", 600)
    assert {"whole", "reading", "drawing", "list_of_groups", "one_group"} == set(rows)
    assert all(seconds > 0 and base > 0 for seconds, _, base in rows.values())


def test_a_small_province_is_merged(tmp_path: Path) -> None:
    found = merge.measured(tmp_path, centres=3, candidates=60)
    assert (found["packages"], found["candidates"]) == (3, 60)
    assert 0 < found["longest"] <= found["whole"]
