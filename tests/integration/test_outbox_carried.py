"""导出本机答案: what a machine could not send is carried by hand and decided by two persons."""

from __future__ import annotations

import base64
import json
import os
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from exam_server.errors import Refusal
from exam_server.room.actions import carried, ending, machines
from tests.builders.room_day import AUTHORITY, PROCTOR, SPARE_SEAT, RoomDay
from tests.builders.room_terminal import Json, Terminal


def saved_file(terminal: Terminal, *answers: Json, key: str, fence: int = 1) -> dict[str, Any]:
    """As docs/reference/terminal-api.md describes it, written by other hands than the program's."""
    head = {
        "format": "kaochang-outbox/1",
        "candidate": terminal.person.id,
        "attempt": terminal.attempt_id(),
        "terminal": terminal.name,
        "fence": fence,
    }
    named = "\n".join(str(value) for value in head.values()).encode()
    nonce = os.urandom(12)
    plain = json.dumps({"responses": list(answers)}).encode()
    sealed = nonce + AESGCM(base64.b64decode(key)).encrypt(nonce, plain, named)
    return {**head, "sealed": base64.b64encode(sealed).decode()}


def bring_in(room: RoomDay, terminal: Terminal, file: object, **change: Any) -> int:
    wanted = {
        "candidate_id": terminal.person.id,
        "text": file if isinstance(file, str) else json.dumps(file),
        "actor": PROCTOR,
        "fields": room.centre.keys.fields,
        "rules": room.centre.form_rules,
        **change,
    }
    return room.do(carried.import_outbox, **wanted)


def key_of(terminal: Terminal) -> str:
    key: str = terminal._call("GET", "/api/me")["me"]["carry_key"]
    return key


def test_what_was_not_sent_comes_by_hand_and_waits_for_two_persons(room: RoomDay) -> None:
    (one,) = room.begin(0)
    key = key_of(one)
    one.answer(0, "a")
    unsent = [one.write(1, "b"), one.write(2, "ac")]
    room.do(ending.force_submit, attempt_id=one.attempt_id(), actor=PROCTOR, reason="断网收卷")
    file = saved_file(one, *unsent, key=key)
    assert bring_in(room, one, file) == 2
    kinds = room.kinds(one.attempt_id())
    assert kinds[-3:] == ["outbox_carried", "late_evidence", "late_evidence"]
    assert room.attempt(one.person).answered == 1, "kept, not counted"
    (case,) = room.cases(one.person)
    assert (case.state, len(case.seqs)) == ("open", 2)

    assert bring_in(room, one, file) == 2, "again: the same receipts"
    one.send(*unsent)  # the line came back after all
    assert room.kinds(one.attempt_id()).count("late_evidence") == 2
    assert len(room.cases(one.person)[0].seqs) == 2
    room.verified()


def test_in_time_it_counts_as_if_the_line_had_brought_it(room: RoomDay) -> None:
    (one,) = room.begin(0)
    key = key_of(one)
    assert bring_in(room, one, saved_file(one, one.write(0, "b"), key=key)) == 0
    assert one.kept() == {0: "b"}
    assert room.cases(one.person) == []


def test_after_a_machine_change_the_old_machines_answers_are_evidence(room: RoomDay) -> None:
    (old,) = room.begin(0)
    key, unsent = key_of(old), old.write(1, "b")
    room.do(machines.release_terminal, candidate_id=old.person.id, actor=PROCTOR, reason="死机")
    new = room.terminal(0, seat=SPARE_SEAT, name="spare")
    new.log_in()
    new.answer(1, "c")
    assert key_of(new) != key
    assert bring_in(room, old, saved_file(old, unsent, key=key)) == 1
    assert new.kept() == {1: "c"}
    (case,) = room.cases(old.person)
    assert case.state == "open"
    room.verified()


def test_what_was_altered_or_is_somebody_elses_is_refused_and_leaves_nothing(
    room: RoomDay,
) -> None:
    one, other = room.begin(0, 1)
    key, unsent = key_of(one), one.write(0, "a")
    file = saved_file(one, unsent, key=key)
    sealed = base64.b64decode(file["sealed"])
    bent = base64.b64encode(sealed[:-1] + bytes([sealed[-1] ^ 1])).decode()
    before = room.entries()
    for changed, code in (
        ({**file, "sealed": bent}, "outbox_altered"),
        ({**file, "sealed": "?"}, "outbox_altered"),
        ({**file, "sealed": ""}, "outbox_altered"),
        ({**file, "fence": 2}, "outbox_altered"),
        ({**file, "terminal": "another"}, "outbox_altered"),
        ({**file, "attempt": one.attempt_id(2)}, "outbox_altered"),
        (saved_file(one, unsent, key=key_of(other)), "outbox_altered"),
        ({**file, "candidate": other.person.id}, "outbox_of_another"),
        ({**file, "format": "kaochang-outbox/2"}, "outbox_unreadable"),
        ({**file, "more": 1}, "outbox_unreadable"),
        ("PK\x03\x04", "outbox_unreadable"),
        ("[" * 100_000, "outbox_unreadable"),
        ("x" * 300_000, "outbox_unreadable"),
    ):
        with pytest.raises(Refusal, match=code):
            bring_in(room, one, changed)
    with pytest.raises(Refusal, match="forbidden"):
        bring_in(room, one, file, actor=AUTHORITY)
    assert room.entries() == before
