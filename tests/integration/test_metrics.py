"""What a centre tells its watchers: true, for who may ask, and about nobody."""

from __future__ import annotations

import stat
import time
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from exam_server.errors import Refusal
from exam_server.metrics.catalogue import METRICS
from exam_server.metrics.door import TOKEN_FILE
from exam_server.metrics.page import PAGE, page
from exam_server.room.actions.outage import beat
from exam_server.storage.measures import JOBS, Buckets
from exam_server.upkeep.backup.making import make_backup
from tests.builders.room_day import RoomDay
from tests.builders.secrets import found_in, spellings
from tests.builders.together import failing_commits

ROOT = Path(__file__).resolve().parents[2]


def asked(room: RoomDay, token: str | None = None) -> tuple[int, str]:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    with room.app.test_client().get("/metrics", headers=headers) as response:
        return response.status_code, response.get_data(as_text=True)


def told(room: RoomDay) -> str:
    asked(room)  # makes the token
    status, text = asked(room, (room.settings.home / TOKEN_FILE).read_text().strip())
    assert status == 200
    return text


def values(room: RoomDay) -> dict[tuple[str, ...], float]:
    """By name and label values."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(told(room))
        for sample in family.samples
    }


def health(room: RoomDay, path: str = "/healthz") -> tuple[int, dict[str, Any]]:
    with room.app.test_client().get(path) as response:
        found: dict[str, Any] = response.get_json()
        return response.status_code, found


def test_only_who_holds_the_token_is_told_anything(room: RoomDay) -> None:
    for token in (None, "", "guess", "x" * 43):
        status, text = asked(room, token)
        assert status == 401
        assert "kaochang_" not in text
    path = room.settings.home / TOKEN_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "kaochang_saving 1.0" in told(room)


def test_the_figures_are_those_of_the_room(room: RoomDay) -> None:
    one, other = room.begin(0, 1)
    before = values(room)
    one.answer(0, "a")
    one.answer(1, "b")
    other.hand_in()
    after = values(room)
    assert after["kaochang_saves_total",] == before["kaochang_saves_total",] + 2
    assert after["kaochang_attempts", "in_progress"] == 1
    assert after["kaochang_attempts", "submitted"] == 1
    assert after["kaochang_score_backlog",] == 1
    assert after["kaochang_head_seq", room.sitting_id] == room.sitting().head_seq
    assert after["kaochang_commit_seconds_count",] > before["kaochang_commit_seconds_count",]
    route = "/api/attempt/<attempt_id>/responses"
    assert after["kaochang_http_requests_total", route, "2xx"] == 2
    assert after["kaochang_heartbeat_age_seconds",] < 10
    assert after["kaochang_disk_free_bytes",] > 0
    assert after["process_resident_memory_bytes",] > 1 << 20
    room.tick()
    assert values(room)["kaochang_score_backlog",] == 0


def test_the_age_of_the_last_backup_is_told_once_there_is_one(room: RoomDay) -> None:
    assert ("kaochang_last_backup_age_seconds",) not in values(room)
    file = room.settings.home.parent / "one.backup"
    make_backup(room.settings, room.centre.keys, file, program="test", now=room.clock.now())
    room.clock.advance(90_000)
    assert values(room)["kaochang_last_backup_age_seconds",] == 90


def test_every_metric_of_the_catalogue_is_told_and_no_other(room: RoomDay) -> None:
    room.begin(0)
    room.tick()
    told_names = {
        family.name
        for family in text_string_to_metric_families(told(room))
        if family.name.startswith("kaochang_")
    }
    assert METRICS.keys() - told_names == {"kaochang_last_backup_age_seconds"}
    assert told_names <= METRICS.keys()


def test_nothing_about_a_person_is_in_them(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    terminal.answer(0, "a")
    people = [
        one
        for person, row in zip(room.people, room.rows, strict=True)
        for one in (person.id, person.ticket, person.id_number, row.name)
    ]
    people.append(terminal.attempt_id())
    assert found_in({"metrics": told(room).encode()}, [spellings(str(one)) for one in people]) == []


def test_a_process_that_cannot_save_gets_no_candidates(bare_room: RoomDay) -> None:
    room = bare_room
    room.begin(0)
    assert health(room) == (
        200,
        {
            "ready": True,
            "saving": True,
            "sweeping": True,
            "stopping": False,
            "disk": "good",
            "epoch": room.centre.epoch,
        },
    )
    with failing_commits(), pytest.raises(Refusal, match="not_saved"):
        room.do(beat)
    status, found = health(room)
    assert (status, found["ready"], found["saving"]) == (503, False, False)
    assert health(room, "/livez") == (200, {"alive": True})
    assert values(room)["kaochang_commits_failed_total",] == 1
    assert values(room)["kaochang_saving",] == 0


def test_a_process_whose_second_stands_still_or_that_is_ending_gets_none(room: RoomDay) -> None:
    room.tick()
    assert room.centre.swept_at is not None
    assert values(room)["kaochang_sweep_age_seconds",] < 10
    room.centre.swept_at = time.perf_counter() - 11
    assert health(room)[1]["sweeping"] is False
    assert health(room)[0] == 503
    room.tick()
    assert health(room)[0] == 200
    room.centre.stopping = True
    assert health(room)[0] == 503


def test_the_page_is_made_from_the_catalogue() -> None:
    """When this is red: ``python -m exam_server.metrics.page``."""
    assert (ROOT / PAGE).read_text(encoding="utf-8") == page()


def test_a_histogram_counts_up_to_each_bound() -> None:
    buckets = Buckets(JOBS)
    for value in (1, 1, 3, 400, 401):
        buckets.add(value)
    found = dict(buckets.cumulated())
    assert (found["1"], found["2"], found["5"], found["400"], found["+Inf"]) == (2, 2, 3, 4, 5)
    assert buckets.sum == 806
