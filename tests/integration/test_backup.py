"""A centre is backed up while it runs, and stands again on a bare machine with its keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from exam_server.errors import Refusal
from exam_server.storage import acts
from exam_server.storage.engine import read_engine
from exam_server.storage.migrate import upgrade
from exam_server.upkeep.backup import restoring, rows
from exam_server.verify.outside import OutsideHead
from exam_server.verify.verify import verify
from tests.builders.bare_centre import BareMachine, all_rows, back_up
from tests.builders.room_day import RoomDay
from tests.builders.services import Postgres

MINUTE = 60_000


@pytest.fixture(autouse=True)
def second_database(postgres: Postgres) -> Iterator[str]:
    """An empty PostgreSQL database that outlives the room."""
    with postgres.database() as url:
        yield url


@pytest.fixture
def bare(room: RoomDay, tmp_path: Path, second_database: str) -> BareMachine:
    """A machine of the same kind as the room's, its keys put in."""
    home = tmp_path / "bare"
    on_sqlite = room.settings.database_url.startswith("sqlite")
    url = f"sqlite:///{home}/data/kaochang.sqlite3" if on_sqlite else second_database
    machine = BareMachine(home, url)
    machine.take_keys(room.settings)
    return machine


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "stick" / "monday.backup"


@pytest.fixture(autouse=True)
def stick(file: Path) -> None:
    file.parent.mkdir()


def move(room: RoomDay, machine: BareMachine, away_ms: int) -> None:
    """The old machine is dead; the new one serves under its name after a while."""
    room.centre.store.close()
    room.settings = machine.settings
    room.clock.reboot(away_ms)
    room._open()


# --- what comes back -----------------------------------------------------------------


def test_every_row_and_every_file_comes_back(room: RoomDay, bare: BareMachine, file: Path) -> None:
    (terminal,) = room.begin(0)
    terminal.answer(0, "a")
    before = all_rows(room.settings.database_url)
    made = back_up(room, file)
    restored = bare.restore(file)
    after = all_rows(bare.url)
    assert len(after["act"]) == len(before["act"]) + 1  # that it was restored
    for name in before.keys() - {"act", "heartbeat"}:
        assert after[name] == before[name], name
    old, new = (settings.data for settings in (room.settings, bare.settings))
    for folder in ("packages", "blobs"):
        kept = {path.name: path.read_bytes() for path in (old / folder).iterdir()}
        assert {path.name: path.read_bytes() for path in (new / folder).iterdir()} == kept
        assert kept
    assert [proof.findings for proof in restored.proofs] == [0]
    assert made.manifest.heads[room.sitting_id][1] == restored.proofs[0].head
    engine = read_engine(bare.url)
    with Session(engine) as session:
        assert acts.first_break(session) is None
    engine.dispose()


def test_an_exam_goes_on_where_the_backup_was_made(
    room: RoomDay, bare: BareMachine, file: Path
) -> None:
    """The time since is nobody's: it is an outage, recorded and given back."""
    one, other = room.begin(0, 1)
    one.answer(0, "a")
    room.wait(minutes=10)
    left_ms = one.left_ms()
    back_up(room, file)
    bare.restore(file)
    room.wait(minutes=1)
    move(room, bare, 4 * MINUTE)
    assert one.left_ms() == left_ms
    assert one.kept() == {0: "a"}
    assert room.kinds().count("outage") == 1
    assert next(entry for entry in room.journal() if entry.kind == "outage").data["ms"] == (
        5 * MINUTE
    )
    for terminal in (one, other):
        terminal.answer_right()
        terminal.hand_in()
    room.wait(seconds=1)
    assert room.attempt(one.person).state == "submitted"


def test_answers_saved_after_the_backup_are_sent_again_and_count(
    room: RoomDay, bare: BareMachine, file: Path
) -> None:
    """The epoch tells every terminal to compare; what only it has is presented again."""
    (terminal,) = room.begin(0)
    terminal.answer(0, "a")
    epoch = terminal.state()["epoch"]
    back_up(room, file)
    second = terminal.write(1, "b")
    changed = terminal.write(0, "d")
    receipts = terminal.send(second, changed)
    assert [one["kept"] for one in receipts] == ["counted", "counted"]
    bare.restore(file)
    move(room, bare, MINUTE)
    assert terminal.state()["epoch"] >= epoch + 1_000
    assert terminal.kept() == {0: "a"}, "what the backup held"
    again = terminal.send(second, changed)
    assert [one["kept"] for one in again] == ["counted", "counted"]
    assert terminal.kept() == {0: "d", 1: "b"}
    # the dead machine's own entries are not in the record, and a receipt of them says so
    lost = OutsideHead.typed(receipts[0]["digest"], receipts[0]["seq"])
    report = verify(room.export()[0], outside=[lost])
    assert [finding.code for finding in report.findings] == ["outside_head_missing"]


def test_a_backup_is_one_moment_though_the_room_goes_on(
    room: RoomDay, bare: BareMachine, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer that is saved while rows are read is in none of the tables, or in all."""
    (terminal,) = room.begin(0)
    whole = rows.dump

    def dump(connection: Connection) -> Iterator[bytes]:
        answers = iter(["a"])
        for line in whole(connection):
            yield line
            if b'"table":"attempt"' in line:
                for letter in answers:  # once: after an attempt, before its journal
                    terminal.answer(0, letter)

    monkeypatch.setattr(rows, "dump", dump)
    back_up(room, file)
    assert terminal.kept() == {0: "a"}
    assert [proof.findings for proof in bare.restore(file).proofs] == [0]
    after = all_rows(bare.url)
    assert after["response"] == []
    assert len(after["journal"]) == len(all_rows(room.settings.database_url)["journal"]) - 1


def test_a_centre_can_change_its_kind_of_database(
    room: RoomDay, file: Path, tmp_path: Path, second_database: str
) -> None:
    (terminal,) = room.begin(0)
    terminal.answer(0, "a")
    before = all_rows(room.settings.database_url)
    back_up(room, file)
    home = tmp_path / "other"
    to_sqlite = not room.settings.database_url.startswith("sqlite")
    url = f"sqlite:///{home}/data/kaochang.sqlite3" if to_sqlite else second_database
    machine = BareMachine(home, url)
    machine.take_keys(room.settings)
    assert [proof.findings for proof in machine.restore(file).proofs] == [0]
    assert all_rows(machine.url)["journal"] == before["journal"]
    move(room, machine, MINUTE)
    assert terminal.answer(1, "b")["kept"] == "counted"  # rows go on numbering themselves


# --- what is refused, and changes nothing -----------------------------------------


def test_a_restore_that_fails_half_way_leaves_nothing(
    room: RoomDay, bare: BareMachine, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(room, file)

    def fails(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(restoring, "prove_sittings", fails)
        with pytest.raises(OSError, match="the disk is full"):
            bare.restore(file)
    assert bare.things == {"keys"}
    assert bare.restore(file).manifest.rows > 0


def test_a_database_with_tables_is_not_filled_up(
    room: RoomDay, file: Path, tmp_path: Path, second_database: str
) -> None:
    back_up(room, file)
    upgrade(second_database)
    machine = BareMachine(tmp_path / "bare", second_database)
    machine.take_keys(room.settings)
    with pytest.raises(Refusal) as refusal:
        machine.restore(file)
    assert refusal.value.code == "database_not_empty"
    assert machine.things == {"keys"}
