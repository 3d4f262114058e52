"""The runner of the real server: many greenlets, one writer, one commit for all that waits."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select

from exam_server.room.tables import JournalEntry
from exam_server.vault.tables import Form
from question_bank.items.shape import Shape
from tests.builders.room_day import RoomDay

ROOT = Path(__file__).resolve().parents[2]
GREENLETS_PER_PERSON, ANSWERS_EACH, IMPOSSIBLE_EVERY = 20, 6, 9


def test_every_receipt_of_many_greenlets_survives_the_kill(
    bare_room: RoomDay, rng: random.Random
) -> None:
    room = bare_room
    terminals = room.begin(0, 1, 2)
    attempts = [room.attempt(terminal.person) for terminal in terminals]
    items = terminals[0].items()
    shape = room.centre.store.read(
        lambda session: msgspec.convert(session.get_one(Form, attempts[0].form_id).shape, Shape)
    )
    room.centre.store.close()
    lists: list[tuple[str, str, list[Any]]] = []
    for attempt in attempts:
        counters = list(range(1, GREENLETS_PER_PERSON * ANSWERS_EACH + 1))
        rng.shuffle(counters)
        for one in range(GREENLETS_PER_PERSON):
            mine = counters[one * ANSWERS_EACH : (one + 1) * ANSWERS_EACH]
            answers = [_answer(items, counter) for counter in mine]
            lists.append((attempt.id, attempt.candidate_id, answers))
    said = _run(room, {"shape": msgspec.to_builtins(shape), "terminals": lists})
    *told, end = said
    jobs = len(attempts) * GREENLETS_PER_PERSON * ANSWERS_EACH
    receipts = [one for one in told if "refused" not in one]
    assert len(told) == jobs
    assert {one["refused"] for one in told if "refused" in one} == {"malformed_response"}
    assert (
        len(receipts)
        == end["facts"]
        == sum("z" not in each["options"] for *_, list_ in lists for each in list_)
    )
    assert end["saving"]
    assert end["commits"] < jobs / 3, "what waited together was not committed together"
    room.reopen()
    _all_there(room, receipts)
    for terminal in terminals:
        for place, item in enumerate(items[:2]):
            counters = [
                r["revision"][1]
                for r in receipts
                if r["attempt"] == terminal.attempt_id() and r["item"] == item
            ]
            assert terminal.kept()[place] == "abcd"[max(counters) % 4]


def _answer(items: list[str], counter: int) -> dict[str, Any]:
    """Single-choice items in turn; now and then an impossible one."""
    options = "z" if counter % IMPOSSIBLE_EVERY == 0 else "abcd"[counter % 4]
    return {
        "item": items[counter % 2],
        "options": options,
        "marked": False,
        "revision": [1, counter],
    }


def _run(room: RoomDay, work: dict[str, Any]) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.builders.gevent_writers"],
        input=json.dumps({"url": room.settings.database_url, **work}),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -9, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def _all_there(room: RoomDay, receipts: list[dict[str, Any]]) -> None:
    rows = room.centre.store.read(
        lambda session: {
            (row.chain, row.seq): (row.digest, tuple(row.data["revision"]))
            for row in session.scalars(
                select(JournalEntry).where(JournalEntry.kind.in_(("response", "superseded")))
            )
        }
    )
    assert rows == {
        (one["attempt"], one["seq"]): (one["digest"], tuple(one["revision"])) for one in receipts
    }
