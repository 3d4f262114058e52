"""What is acknowledged is durable; after a storage error nothing is believed (invariant 1)."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from exam_server.clock import SystemClock
from exam_server.desk.tables import Sitting
from exam_server.errors import Refusal
from exam_server.room.actions import control, outage
from exam_server.storage.acts import Act, record
from exam_server.storage.migrate import upgrade
from exam_server.storage.store import Store
from exam_server.storage.tx import Tx
from tests.builders.room_day import PROCTOR, RoomDay
from tests.builders.room_terminal import Terminal
from tests.builders.together import commits, failing_commits


def health(room: RoomDay) -> int:
    with room.app.test_client().get("/healthz") as response:
        return response.status_code


def not_saved(act: Callable[[], Any]) -> None:
    with pytest.raises(Refusal) as refusal:
        act()
    assert (refusal.value.code, refusal.value.status) == ("not_saved", 503)


# --- group commit ------------------------------------------------------------------------


def test_what_waits_together_is_one_commit_and_a_refusal_touches_nothing(room: RoomDay) -> None:
    terminals = room.begin(0, 1, 2)
    good = [[terminal.write(place, "a") for terminal in terminals] for place in range(2)]
    impossible = {**terminals[0].write(0, "a"), "options": "z"}
    acts: list[Callable[[], Any]] = [
        *[
            partial(t.send, answer)
            for answers in good
            for t, answer in zip(terminals, answers, strict=True)
        ],
        partial(terminals[0].send, impossible),
        partial(terminals[1].send, good[0][1]),  # a replay inside the same commit
        partial(
            room.do,
            control.pause_attempt,
            attempt_id=terminals[2].attempt_id(),
            actor=PROCTOR,
            reason="",
        ),
        partial(terminals[2].hand_in),
    ]
    before = room.entries()
    with commits() as made:
        outcomes = room.runner.batch(acts)
    assert len(made) == 1
    receipts, (refused, replayed, no_reason, handed_in) = outcomes[:6], outcomes[6:]
    assert [receipt[0]["kept"] for receipt in receipts] == ["counted"] * 6
    assert refused.code == "malformed_response"
    assert replayed == receipts[1]
    assert no_reason.code == "reason_required"
    assert handed_in["state"]["attempts"][0]["state"] == "submitted"
    assert room.entries() == before + 7
    assert room.attempt(terminals[2].person).cause == "candidate"  # it was never paused
    for terminal in terminals:
        assert terminal.kept() == {0: "a", 1: "a"}


def test_a_failed_commit_fails_everyone_in_it_and_nobody_else(bare_room: RoomDay) -> None:
    room = bare_room
    one, other = room.begin(0, 1)
    saved = one.answer(0, "a")
    before = room.entries()
    answers = [one.write(1, "b"), other.write(1, "b")]
    acts = [partial(one.send, answers[0]), partial(other.send, answers[1])]
    with failing_commits():
        outcomes = room.runner.batch(acts)
    assert [outcome.code for outcome in outcomes] == ["not_saved", "not_saved"]
    assert room.entries() == before
    assert [act()[0]["kept"] for act in acts] == ["counted", "counted"]
    assert one.kept() == {0: "a", 1: "b"}
    assert room.journal(one.attempt_id())[saved["seq"] - 1].digest == saved["digest"]
    room.verified()


def test_one_command_with_a_bug_or_impossible_data_harms_no_other(room: RoomDay) -> None:
    (terminal,) = room.begin(0)

    def bug(tx: Tx) -> None:
        tx.session.get_one(Sitting, room.sitting_id).name = "half done"
        raise ZeroDivisionError

    def against_the_tables(tx: Tx) -> None:
        tx.session.execute(text("UPDATE attempt SET form_id = 'none'"))

    def too_large(tx: Tx) -> None:
        tx.session.execute(text("SELECT CAST(:n AS INTEGER) + 1"), {"n": 2**31 - 1})
        tx.session.execute(text("UPDATE sitting SET name = :n"), {"n": "half\x00done"})

    write = room.centre.store.write
    acts: list[Callable[[], Any]] = [
        partial(terminal.send, terminal.write(0, "a")),
        partial(write, bug),
        partial(write, against_the_tables),
        partial(terminal.send, terminal.write(1, "b")),
    ]
    if not room.centre.store.is_sqlite:  # SQLite's integers and texts hold these
        acts.append(partial(write, too_large))
    outcomes = room.runner.batch(acts)
    assert isinstance(outcomes[1], ZeroDivisionError)
    assert all(isinstance(error, DBAPIError) for error in (outcomes[2], *outcomes[4:]))
    assert terminal.kept() == {0: "a", 1: "b"}
    assert room.sitting().name == "6 月 20 日上午第 1 场"
    assert room.centre.store.saving


# --- the latch ---------------------------------------------------------------------------


def test_a_storage_error_latches_and_saving_resumes_when_every_head_is_there(
    bare_room: RoomDay,
) -> None:
    room = bare_room
    (terminal,) = room.begin(0)
    terminal.answer(0, "a")
    before = room.entries()
    answer = terminal.write(1, "b")
    assert health(room) == 200
    with failing_commits():
        for _ in range(3):
            not_saved(lambda: terminal.send(answer))
            assert not room.centre.store.saving
            assert health(room) == 503
        assert terminal.kept() == {0: "a"}  # reading goes on
        not_saved(lambda: room.terminal(1).log_in())
    assert room.entries() == before
    assert terminal.send(answer)[0]["kept"] == "counted"
    assert room.centre.store.saving
    assert health(room) == 200
    assert room.kinds(terminal.attempt_id()).count("response") == 2
    room.verified()


def test_when_only_the_good_news_was_lost_the_retry_finds_its_first_receipt(
    bare_room: RoomDay,
) -> None:
    room = bare_room
    (terminal,) = room.begin(0)
    answer = terminal.write(0, "a")
    with failing_commits(after_all=True):
        not_saved(lambda: terminal.send(answer))
    (entry,) = [e for e in room.journal(terminal.attempt_id()) if e.kind == "response"]
    assert terminal.send(answer)[0]["digest"] == entry.digest
    assert room.kinds(terminal.attempt_id()).count("response") == 1
    room.verified()


def test_while_one_acknowledged_head_is_missing_nothing_is_saved(bare_room: RoomDay) -> None:
    room = bare_room
    one, other = room.begin(0, 1)
    receipt = one.answer(0, "a")
    lost = _steal(room, one, receipt["seq"])
    unsent = other.write(0, "b")
    with failing_commits():
        not_saved(lambda: other.send(unsent))
    for _ in range(3):  # the storage works again; it is just not the one we wrote to
        not_saved(lambda: other.send(unsent))
        not_saved(lambda: room.do(outage.beat))
    assert health(room) == 503
    _put_back(room, lost)
    assert other.send(unsent)[0]["kept"] == "counted"
    assert health(room) == 200
    assert one.kept() == {0: "a"}
    room.verified()


def _steal(room: RoomDay, terminal: Terminal, seq: int) -> dict[str, Any]:
    """Take one acknowledged entry out of the journal, behind the server's back."""
    chain = {"chain": terminal.attempt_id(), "seq": seq}
    engine = create_engine(make_url(room.settings.database_url))
    with engine.begin() as connection:
        row = connection.execute(
            text("SELECT * FROM journal WHERE chain = :chain AND seq = :seq"), chain
        ).one()
        connection.execute(text("DELETE FROM journal WHERE chain = :chain AND seq = :seq"), chain)
    engine.dispose()
    return dict(row._mapping)


def _put_back(room: RoomDay, row: dict[str, Any]) -> None:
    engine = create_engine(make_url(room.settings.database_url))
    if not isinstance(row["data"], str):
        row["data"] = json.dumps(row["data"])
    names = ", ".join(row)
    places = ", ".join(f":{name}" for name in row)
    with engine.begin() as connection:
        connection.execute(text(f"INSERT INTO journal ({names}) VALUES ({places})"), row)
    engine.dispose()


# --- the file itself ---------------------------------------------------------------------


@pytest.fixture
def file_room(sqlite_url: str, tmp_path: Path) -> Iterator[RoomDay]:
    upgrade(sqlite_url)
    day = RoomDay(sqlite_url, tmp_path / "centre")
    yield day
    day.close()


def _copy(room: RoomDay, name: str) -> Path:
    """A whole copy of the database as it is now."""
    target = room.settings.home / name
    source = sqlite3.connect(_file(room))
    copy = sqlite3.connect(target)
    source.backup(copy)
    copy.close()
    source.close()
    return target


def _file(room: RoomDay) -> Path:
    return Path(make_url(room.settings.database_url).database or "")


def _replace(room: RoomDay, copy: Path) -> None:
    file = _file(room)
    for suffix in ("-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
    os.replace(copy, file)


def test_an_older_copy_in_the_place_of_the_file_is_not_written_to(file_room: RoomDay) -> None:
    room = file_room
    (terminal,) = room.begin(0)
    terminal.answer(0, "a")
    older = _copy(room, "older.sqlite3")
    terminal.answer(1, "b")
    newest = _copy(room, "newest.sqlite3")
    unsent = terminal.write(2, "ab")
    with failing_commits():
        not_saved(lambda: terminal.send(unsent))
    _replace(room, older)
    for _ in range(3):
        not_saved(lambda: terminal.send(unsent))
    assert health(room) == 503
    _replace(room, newest)
    assert terminal.send(unsent)[0]["kept"] == "counted"
    assert health(room) == 200
    room.restart()
    assert terminal.kept() == {0: "a", 1: "b", 2: "ab"}
    room.verified()


def tear_a_page(pages: bytearray, name: bytes) -> None:
    """The page that holds the candidates loses its head."""
    struck = [at for at in range(0, len(pages), 4096) if name in pages[at : at + 4096]]
    assert struck
    for at in struck:
        pages[at : at + 64] = bytes(64)


def miscount_the_free_list(pages: bytearray, _name: bytes) -> None:
    """The file's head says that seven pages more are free than there are."""
    free = int.from_bytes(pages[36:40])
    pages[36:40] = (free + 7).to_bytes(4)


@pytest.mark.parametrize("damage", [tear_a_page, miscount_the_free_list])
def test_a_damaged_file_is_not_written_to(
    file_room: RoomDay, damage: Callable[[bytearray, bytes], None]
) -> None:
    """Every acknowledged head can still be read; what else is there nobody knows."""
    room = file_room
    (terminal,) = room.begin(0)
    terminal.answer(0, "a")
    whole = _copy(room, "whole.sqlite3")
    damaged = _copy(room, "damaged.sqlite3")
    pages = bytearray(damaged.read_bytes())
    damage(pages, room.rows[0].name.encode())
    damaged.write_bytes(pages)
    unsent = terminal.write(1, "b")
    with failing_commits():
        not_saved(lambda: terminal.send(unsent))
    _replace(room, damaged)
    for _ in range(3):
        not_saved(lambda: terminal.send(unsent))
        not_saved(lambda: room.do(outage.beat))
    _replace(room, whole)
    assert terminal.send(unsent)[0]["kept"] == "counted"


def test_the_one_writer_is_durable_at_every_commit(file_room: RoomDay) -> None:
    def settings(tx: Tx) -> tuple[int, str]:
        read = tx.session.execute
        return (
            read(text("PRAGMA synchronous")).scalar_one(),
            read(text("PRAGMA journal_mode")).scalar_one(),
        )

    assert file_room.centre.store.write(settings) == (2, "wal")  # FULL

    with pytest.raises(DBAPIError):  # a reader cannot write, whatever it tries
        file_room.centre.store.read(
            lambda session: session.execute(text("UPDATE attempt SET cause = 'time'"))
        )


def test_the_log_is_carried_over_when_nobody_waits_and_never_grows_without_end(
    file_room: RoomDay,
) -> None:
    store, database = file_room.centre.store, make_url(file_room.centre.store.url).database
    store.write(lambda tx: tx.session.execute(text("CREATE TABLE filler (some BLOB)")))
    megabytes = 6  # 1,500 pages

    def in_the_database_after_one_more() -> int:
        more = text(f"INSERT INTO filler VALUES (zeroblob({megabytes << 20}))")
        store.write(lambda tx: tx.session.execute(more))
        return os.path.getsize(str(database)) >> 20

    file_room.runner.waiting = 1
    assert in_the_database_after_one_more() < megabytes
    file_room.runner.waiting = 0
    assert in_the_database_after_one_more() >= 2 * megabytes
    file_room.runner.waiting = 1
    grown = [in_the_database_after_one_more() for _ in range(6)]
    assert grown[0] < 3 * megabytes
    assert grown[-1] >= 6 * megabytes, "whoever never rests is held up now and then"


def test_what_one_reader_reads_belongs_to_one_moment(database_url: str) -> None:
    """The sweep writes while an export reads; the export must not contradict itself."""
    store = Store(database_url, SystemClock())

    def twice(session: Session) -> tuple[int, int]:
        def count() -> int:
            return len(session.scalars(select(Act.seq)).all())

        before = count()
        facts = {"from": "0001", "to": "0002", "reason": ""}
        store.write(lambda tx: record(tx, kind="upgraded", actor="system", data=facts))
        return before, count()

    try:
        assert store.read(twice) == (0, 0)
        assert store.read(lambda session: len(session.scalars(select(Act.seq)).all())) == 1
    finally:
        store.close()
