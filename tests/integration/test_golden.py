"""A scorer that does not give the golden candidate the known score scores nobody."""

from __future__ import annotations

import sys

import pytest
from sqlalchemy import func, select

from exam_server.logs.events import FIELDS
from exam_server.results.scorer_client import ScorerClient
from exam_server.results.tables import Score
from exam_server.sweep import Sweep
from tests.builders.room_day import RoomDay

GENEROUS = """
import msgspec
from exam_server.results import scorer
class Generous(scorer.FormMarker):
    def score(self, responses):
        score = super().score(responses)
        return msgspec.structs.replace(score, points=score.points + 1)
scorer.FormMarker = Generous
scorer.main()
"""


def scores(room: RoomDay) -> int:
    query = select(func.count()).select_from(Score)
    return room.centre.store.read(lambda session: session.scalar(query)) or 0


def test_one_point_too_many_for_everybody_is_noticed_before_anybody_has_it(
    bare_room: RoomDay, caplog: pytest.LogCaptureFixture
) -> None:
    room = bare_room
    (terminal,) = room.begin(0)
    terminal.answer_right()
    terminal.hand_in()
    generous = ScorerClient([sys.executable, "-c", GENEROUS])
    try:
        Sweep(room.centre, generous).tick()
    finally:
        generous.close()
    assert scores(room) == 0
    assert "golden" not in room.kinds()
    told = [getattr(record, FIELDS) for record in caplog.records]
    assert [fields["code"] for fields in told] == ["golden_differs"]

    room.tick()  # the scorer of the program that was announced
    assert scores(room) == 1
    (golden,) = [entry for entry in room.journal() if entry.kind == "golden"]
    form = room.attempt(terminal.person).form_id
    assert golden.data["form"] == form
    assert golden.data["points"] == room.scoring[form]["golden"]["points"]
    room.verified()


def test_the_golden_candidate_is_noted_once_per_form(room: RoomDay) -> None:
    terminals = room.begin(0, 1)
    for terminal in terminals:
        terminal.answer_right()
        terminal.hand_in()
        room.tick()
    room.restart(away_ms=2_000)
    room.tick()
    assert room.kinds().count("golden") == 1


def test_the_golden_answers_go_nowhere(room: RoomDay) -> None:
    """They are half of the scoring key: the record tells points and nothing else."""
    (terminal,) = room.begin(0)
    terminal.hand_in()
    room.tick()
    (golden,) = [entry for entry in room.journal() if entry.kind == "golden"]
    assert golden.data.keys() == {"form", "scoring_digest", "points"}
