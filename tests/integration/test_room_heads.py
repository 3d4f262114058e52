"""The head of the record leaves the machine, signed; later it convicts whoever rewrote the rest."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exam_client import use
from exam_server.room.views.heads import HeadSigner, SignedHead, statement
from exam_server.verify.outside import OutsideHead
from exam_server.verify.reported import Report
from exam_server.verify.verify import verify
from tests.builders.door_policies import CANDIDATE, CHIEF
from tests.builders.door_room import DoorRoom
from tests.builders.journal_builder import Export
from tests.builders.printed import text_of
from tests.builders.room_day import RoomDay
from tests.builders.room_terminal import Terminal


def beat(terminal: Terminal) -> SignedHead:
    """The head that comes back with a sign of life."""
    head = terminal.beat(terminal.attempt_id())["sitting_head"]
    assert isinstance(head, SignedHead)
    return head


def test_signs_of_life_that_come_together_are_each_answered_for_their_own(room: RoomDay) -> None:
    """One question for many: nobody is told another's time, and a stranger is told nothing."""
    first, second = room.begin(0, 1)
    first.send(first.write(0, "a"))
    asked = [
        use.Sign(room.centre, one.person.id, token, attempt_id)
        for one, token, attempt_id in (
            (first, first.token, first.attempt_id()),
            (second, second.token, first.attempt_id()),
            (second, "nobody's", second.attempt_id()),
            (second, second.token, second.attempt_id()),
            (first, first.token, None),
        )
    ]
    now = room.centre.now()
    answers = room.centre.store.read(lambda session: use.beats(session, now, asked))
    mine, foreign, stranger, theirs, none_yet = answers
    assert stranger is None
    assert mine is not None
    assert theirs is not None
    assert mine["head_seq"] == theirs["head_seq"] + 1
    assert mine["left_ms"] > 0
    for answer in (foreign, none_yet):
        assert answer is not None
        assert (answer["left_ms"], answer["head_seq"]) == (None, None)
        assert answer["sitting_head"] == mine["sitting_head"]


def rewritten(room: RoomDay) -> Path:
    """An export by somebody with the whole program and the centre's own key: the score of the
    first candidate's last answer is better, and everything is computed and signed anew."""
    journal, scoring = room.export()
    keys = json.loads(scoring.read_text())
    lie = Export.opened(journal.read_bytes(), keys, room.centre.keys.signing)
    answer = lie.of_kind("response")[-1]
    answer["data"]["options"] = ""
    lie.statement["responses"][answer["chain"]][answer["data"]["item"]][0] = ""
    row = next(row for row in lie.statement["attempts"] if row["id"] == answer["chain"])
    row["answered"] -= 1
    for entry in lie.of_kind("submitted"):
        if entry["chain"] == answer["chain"]:
            entry["data"]["answered"] -= 1
    lie.recompute()
    journal.write_bytes(lie.pack())
    return journal


def check(room: RoomDay, journal: Path, **known: Any) -> Report:
    key = room.centre.keys.signing.public_key().public_bytes_raw()
    return verify(journal, known_key=key, **known)


def test_a_terminals_heartbeat_brings_the_head_that_convicts_a_rewritten_record(
    room: RoomDay, tmp_path: Path
) -> None:
    (terminal,) = room.begin(0)
    terminal.answer(0, "a")
    room.tick()
    room.wait(minutes=1)  # the heads are taken in every minute
    kept = beat(terminal)
    assert (kept.seq, kept.digest) == (room.sitting().head_seq, room.sitting().head)
    assert kept.at == room.journal()[-1].at_ms
    room.centre.keys.signing.public_key().verify(
        base64.b64decode(kept.signature), statement(kept.sitting, kept.seq, kept.digest, kept.at)
    )
    file = tmp_path / "head.json"
    file.write_bytes(msgspec.json.encode(kept))
    assert check(room, room.export()[0], signed_heads=[file]).status == 0

    lie = rewritten(room)
    assert check(room, lie).status == 0  # by itself the lie is perfect
    report = check(room, lie, signed_heads=[file])
    assert [(f.code, f.chain, f.seq) for f in report.findings] == [
        ("outside_head_missing", room.sitting_id, kept.seq)
    ]


def test_the_finding_says_between_which_heads_the_change_lies(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    early = beat(terminal)
    terminal.answer(0, "a")
    room.tick()
    room.wait(minutes=1)
    late = beat(terminal)
    assert late.seq > early.seq
    witnesses = [OutsideHead.typed(f"{one.seq}:{one.short}") for one in (early, late)]
    assert check(room, room.export()[0], outside=witnesses).status == 0
    (finding,) = check(room, rewritten(room), outside=witnesses).findings
    assert (finding.seq, finding.facts["after"]) == (late.seq, str(early.seq))


def test_a_head_that_the_centre_did_not_sign_proves_nothing(room: RoomDay, tmp_path: Path) -> None:
    room.begin(0)
    stranger = HeadSigner(Ed25519PrivateKey.generate())
    forged = room.centre.store.read(lambda session: stranger.of(session, room.sitting_id))
    file = tmp_path / "head.json"
    file.write_bytes(msgspec.json.encode(forged))
    report = check(room, room.export()[0], signed_heads=[file])
    assert [f.code for f in report.findings] == ["signed_head_unsigned"]
    assert report.counts["outside"] == 0


@pytest.mark.parametrize("field", ["sitting", "seq", "digest", "at", "signature"])
def test_no_part_of_a_signed_head_can_be_changed(room: RoomDay, tmp_path: Path, field: str) -> None:
    (terminal,) = room.begin(0)
    head = msgspec.to_builtins(beat(terminal))
    value = head[field]
    head[field] = value + 1 if isinstance(value, int) else value[:-4] + "AAAA"
    file = tmp_path / "head.json"
    file.write_text(json.dumps(head))
    report = check(room, room.export()[0], signed_heads=[file])
    assert report.counts["outside"] == 0
    assert {f.code for f in report.findings} <= {"signed_head_unsigned", "signed_head_malformed"}
    assert report.status == 1


def test_the_console_shows_hands_over_and_prints_the_same_head(doors: DoorRoom) -> None:
    room = doors.day
    candidate = doors.terminals[CANDIDATE]
    candidate.answer_right()
    candidate.hand_in()
    client = doors.app.test_client(use_cookies=False)
    base, proof = f"/console/sitting/{room.sitting_id}", doors.proof(CHIEF)

    downloaded = client.get(f"{base}/head.json", headers=proof).get_json()
    signed = SignedHead(**downloaded)
    assert signed == beat(candidate)
    assert room.board().head == {"seq": signed.seq, "digest": signed.digest}

    paper = text_of(client.get(f"{base}/paper/room_log.pdf", headers=proof).data)
    for text in (signed.grouped, signed.check_code, candidate.person.ticket):
        assert "".join(text.split()) in paper
    assert candidate.person.id_number not in paper
    nobody = client.get("/console/sitting/nobody/paper/room_log.pdf", headers=proof)
    assert nobody.status_code == 404
