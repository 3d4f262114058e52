"""An ID number is typed and compared, and whole nowhere afterwards (invariant 11)."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import zipfile
from collections.abc import Iterator

import msgspec
import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from exam_server.desk.tables import Candidate
from exam_server.errors import Refusal
from exam_server.room.actions import machines
from exam_server.room.actions.log_in import Credentials
from exam_server.room.views.detail import candidate_detail
from exam_server.storage.engine import sqlite_path
from tests.builders.room_day import PROCTOR, SPARE_SEAT, RoomDay


def forms_of(id_number: str) -> list[bytes]:
    """How an ID number could lie around: plain, in parts, as hex, base64, or hashed unkeyed."""
    plain = id_number.encode()
    return [
        plain,
        plain.lower(),
        plain[6:],  # birth date, sequence, check
        plain[:14],
        plain.hex().encode(),
        plain.hex().upper().encode(),
        base64.b64encode(plain)[:22],
        id_number.encode("utf-16-le"),
        hashlib.sha256(plain).hexdigest().encode(),
        hashlib.sha256(plain).digest(),
    ]


def where_found(haystacks: Iterator[tuple[str, bytes]], room: RoomDay) -> list[tuple[str, int]]:
    needles = [(person.seat, form) for person in room.people for form in forms_of(person.id_number)]
    return [(name, seat) for name, data in haystacks for seat, form in needles if form in data]


def at_rest(room: RoomDay) -> Iterator[tuple[str, bytes]]:
    """Every byte of the database, and every file of the centre."""
    path = sqlite_path(room.settings.database_url)
    files = [file for file in room.settings.home.rglob("*") if file.is_file()]
    if path is not None:
        files += sorted(path.parent.glob(f"{path.name}*"))
        assert len(files) > 6
    else:
        yield from room.centre.store.read(lambda session: list(_dump(session)))
    for file in files:
        yield file.name, file.read_bytes()
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                for name in archive.namelist():
                    yield f"{file.name}/{name}", archive.read(name)


def _dump(session: Session) -> Iterator[tuple[str, bytes]]:
    """Each table as PostgreSQL would dump it; bytes also as they are."""
    for table in inspect(session.connection()).get_table_names():
        for row in session.execute(text(f'SELECT t::text, t.* FROM "{table}" t')):
            yield table, str(row[0]).encode()
            for value in row[1:]:
                if isinstance(value, bytes | memoryview):
                    yield table, bytes(value)


def an_eventful_day(room: RoomDay) -> None:
    """Right and wrong logins, a second terminal, a move, answers, an incident, scores."""
    one, other = room.begin(0, 1)
    with pytest.raises(Refusal, match="login_unknown"):
        room.terminal(2).log_in(id_number=other.person.id_number)
    with pytest.raises(Refusal, match="login_elsewhere"):
        room.terminal(0, name="t2").log_in()
    room.do(machines.release_terminal, candidate_id=one.person.id, actor=PROCTOR, reason="死机")
    moved = room.terminal(0, seat=SPARE_SEAT, name="spare").arrive()
    moved.answer_right()
    other.report("focus_lost")
    moved.hand_in()
    room.wait(minutes=61)
    room.restart(1_000)


def test_no_id_number_is_at_rest_in_any_form(
    room: RoomDay, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    an_eventful_day(room)
    room.verified()  # its export lies there too
    assert where_found(at_rest(room), room) == []
    said = [(record.name, record.getMessage().encode()) for record in caplog.records]
    assert where_found(iter(said), room) == []


def test_the_search_would_find_one(room: RoomDay) -> None:
    """The haystack is the right one: a name that is stored in clear is found in it."""
    names = [row.name.encode() for row in room.rows]
    assert all(any(name in data for _, data in at_rest(room)) for name in names)


def test_everybody_sees_it_masked(room: RoomDay) -> None:
    (one,) = room.begin(0)
    number = one.person.id_number
    now = room.clock.now()
    detail = room.centre.store.read(
        lambda session: candidate_detail(session, one.person.id, now, room.centre.keys.fields)
    )
    seen = [
        ("me", json.dumps(one.log_in()).encode()),  # the neighbour reads the page too
        ("state", json.dumps(one.state()).encode()),
        ("stage", json.dumps(one.stage()).encode()),
        ("board", msgspec.json.encode(room.board())),
        ("detail", msgspec.json.encode(detail)),
    ]
    assert where_found(iter(seen), room) == []
    masked = detail.candidate.id_masked
    assert masked == number[:6] + "*" * 8 + number[14:]


def test_a_sealed_number_opens_in_its_own_row_only(room: RoomDay) -> None:
    fields = room.centre.keys.fields
    rows = room.centre.store.read(
        lambda session: {row.id: row for row in session.query(Candidate).all()}
    )
    one, other = room.people[:2]
    sealed = rows[one.id].id_cipher
    assert fields.open(sealed, f"candidate.id:{one.id}").decode() == one.id_number
    with pytest.raises(InvalidTag):
        fields.open(sealed, f"candidate.id:{other.id}")
    assert rows[one.id].id_lookup == fields.lookup(one.id_number)
    assert one.id_number not in repr(rows[one.id].__dict__)


def test_no_key_and_no_number_shows_in_a_traceback(room: RoomDay) -> None:
    """What a log or an error page could print of the objects at hand."""
    number = room.people[0].id_number
    keys = room.centre.keys
    shown = repr(keys) + repr(keys.fields) + repr(Credentials("1", number)) + repr(room.rows)
    assert number not in shown
    for secret in (keys.wrap_key, keys.fields.field_key, keys.fields.lookup_key):
        assert repr(secret)[2:-1] not in shown
        assert secret.hex() not in shown
