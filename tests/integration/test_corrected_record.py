"""A corrected key in the record: proved by the verifier, used by whatever is scored later."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from exam_server.auth.identity import Role
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.tables import Sitting
from exam_server.results.actions.correcting import approve_correction, propose_correction
from exam_server.results.actions.key_custody import open_keys
from exam_server.results.actions.scoring import ScoredAttempt, mark_scored, store_scores
from exam_server.results.actions.trial import try_out
from exam_server.results.corrections import Change, in_force
from exam_server.results.tables import Score
from exam_server.room.actions import recovery
from exam_server.storage.migrate import upgrade
from exam_server.storage.tx import Tx
from exam_server.verify.verify import verify
from question_bank.items.correction import corrected_entry
from tests.builders.correcting import CUSTODIAN, approve, attempt_it, propose
from tests.builders.played_room import PlayedRoom
from tests.builders.results_day import staff
from tests.builders.results_read import APPROVER, AUTHORITY
from tests.builders.room_day import RoomDay
from tests.builders.room_terminal import Json


@pytest.fixture
def played(tmp_path: Path) -> Iterator[PlayedRoom]:
    """Two candidates through the real use cases, scored."""
    url = f"sqlite:///{tmp_path / 'c.db'}"
    upgrade(url)
    room = PlayedRoom(url, tmp_path, 2)
    for number in (0, 1):
        room.check_in(number)
    room.unseal_and_ring()
    for number in (0, 1):
        room.start(number, 1)
        for place in range(number * 2, 4):
            room.answer(number, 1, place, "ab", (1, place + 1))
        room.hand_in(number, 1)
    room.finish()
    room.do(lambda tx: mark_scored(tx, sitting_id=room.sitting_id))
    yield room
    room.close()


def test_the_verifier_accepts_what_was_decided_and_finds_what_was_not(
    played: PlayedRoom, tmp_path: Path
) -> None:
    day = played.day
    day.keys, day.bell_code = played.keys, played.bell_code
    attempt = played.attempt(0, 1)
    form, item = attempt.form_id, max(played.scoring[attempt.form_id]["items"])
    for change in ("full", "scale"):
        correction = propose(day, Change(form, item, change, ""))
        attempt_it(day, correction)
        approve(day, correction, APPROVER)
        approve(day, correction, AUTHORITY)
    journal, sealed = played.export(tmp_path)
    decided = day.store.read(lambda session: in_force(session, day.keys, form))
    files = [sealed]
    for version in (1, 2):
        path = tmp_path / f"scoring-{version + 1}.json"
        entry = corrected_entry(form, played.scoring[form], decided[:version])
        path.write_text(json.dumps({form: entry}))
        files.append(path)
    report = verify(journal, scoring=files)
    assert [finding.code for finding in report.findings] == []
    assert report.counts["recomputed"] == report.counts["scores"] == 2 * (3 + 1)
    assert report.counts["unanchored"] == 0
    with_one = verify(journal, scoring=[sealed])
    assert {finding.code for finding in with_one.findings} == {"scoring_key_differs"}
    last = played.store.read(
        lambda session: session.scalars(
            select(Score).where(Score.attempt_id == attempt.id).order_by(Score.version.desc())
        ).first()
    )
    assert last is not None
    forged = ScoredAttempt(
        attempt_id=attempt.id,
        head_seq=played.attempt(0, 1).head_seq,
        head=played.attempt(0, 1).head,
        points=str(Decimal(last.points) + 1),
        sections=[],
        scoring_digest=last.scoring_digest,
        golden_points=None,
        reason="领导批示",
    )
    played.do(lambda tx: store_scores(tx, scored=[forged]))
    bent, _ = played.export(tmp_path)
    assert "score_changed_alone" in {finding.code for finding in verify(bent).findings}


# --- afterwards ---------------------------------------------------------------------


def test_what_is_scored_later_is_scored_by_the_corrected_key(bare_room: RoomDay) -> None:
    """One right answer in time, two more late; an item that was left blank is void."""
    room = bare_room
    (terminal,) = room.begin(0)
    correct = room.correct[room.attempt(terminal.person).form_id]

    def right(place: int) -> Json:
        return terminal.write(place, correct[terminal.items()[place]])

    terminal.send(right(0))
    outbox = [right(1), right(2)]
    room.wait(minutes=61)
    centre, form = room.centre, room.attempt(terminal.person).form_id
    centre.store.write(lambda tx: set_scored(tx, room.sitting_id))
    correction = centre.store.write(
        lambda tx: propose_correction(
            tx,
            exam_id=room.exam_id,
            changes=[Change(form, terminal.items()[3], "full", "")],
            reason="题干有误",
            keys=centre.keys,
            actor=AUTHORITY,
        )
    )
    custodians: dict[str, Any] = {"actor": AUTHORITY, "second": CUSTODIAN, "keys": centre.keys}
    source = centre.store.read(
        lambda session: open_keys(
            session,
            form_ids=[form],
            codes=[room.bell_code],
            data=room.settings.data,
            **custodians,
        )
    )
    list(try_out(centre.store, correction_id=correction, source=source, **custodians))
    for who in (APPROVER, AUTHORITY):
        centre.store.write(partial(approve_correction, correction_id=correction, actor=who))
    terminal.send(*outbox)
    (case,) = room.cases(terminal.person)
    why: dict[str, Any] = {"case_id": case.id, "reason": "断网时已作答"}
    room.do(recovery.propose_recovery, apply=True, actor=staff(Role.PROCTOR, "p"), **why)
    room.do(recovery.decide_recovery, agree=True, actor=staff(Role.CHIEF_PROCTOR, "c"), **why)
    room.tick()
    versions = centre.store.read(
        lambda session: [
            (one.points, one.scoring_digest)
            for one in session.scalars(
                select(Score)
                .where(Score.attempt_id == terminal.attempt_id())
                .order_by(Score.version)
            )
        ]
    )
    assert [points for points, _ in versions] == ["1", "2", "4"]
    assert versions[1][1] == versions[2][1] != versions[0][1]


def set_scored(tx: Tx, sitting_id: str) -> None:
    """Everybody else is accounted for."""
    tx.session.get_one(Sitting, sitting_id).state = SittingState.SCORED.value
