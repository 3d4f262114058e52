"""What a backup file gives away, and every way in which it can be spoilt."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text

from exam_server.errors import Refusal
from exam_server.storage.engine import read_engine
from exam_server.storage.migrate import upgrade
from exam_server.upkeep.backup.checking import open_backup, take_file
from exam_server.upkeep.backup.stream import CHUNK_BYTES, MAGIC
from tests.builders.bare_centre import BareMachine, back_up
from tests.builders.room_day import RoomDay
from tests.builders.secrets import files_below, found_in, spellings


@dataclass(frozen=True, slots=True)
class Saved:
    """A room in mid-exam, and its backup as bytes."""

    room: RoomDay
    data: bytes


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Saved]:
    folder = tmp_path_factory.mktemp("saved")
    url = f"sqlite:///{folder}/kaochang.sqlite3"
    upgrade(url)
    room = RoomDay(url, folder / "centre")
    (terminal,) = room.begin(0)
    terminal.answer(0, "a")
    (room.settings.data / "blobs" / ("0" * 64)).write_bytes(bytes(3 * CHUNK_BYTES))
    back_up(room, folder / "day.backup")
    yield Saved(room, (folder / "day.backup").read_bytes())
    room.close()


@pytest.fixture
def bare(saved: Saved, tmp_path: Path) -> BareMachine:
    home = tmp_path / "bare"
    machine = BareMachine(home, f"sqlite:///{home}/data/kaochang.sqlite3")
    machine.take_keys(saved.room.settings)
    return machine


@pytest.fixture
def file(saved: Saved, tmp_path: Path) -> Path:
    path = tmp_path / "day.backup"
    path.write_bytes(saved.data)
    return path


def refused(machine: BareMachine, file: Path) -> Refusal:
    """Nothing has come of it."""
    before = machine.things
    with pytest.raises(Refusal) as refusal:
        machine.restore(file)
    assert machine.things == before
    assert not machine.settings.data.exists()
    return refusal.value


def test_a_backup_holds_no_key_and_tells_nothing(saved: Saved, file: Path) -> None:
    room = saved.room
    keys = [{path.read_bytes()} for path in room.settings.keys.glob("*.key")]
    numbers = [spellings(person.id_number) for person in room.people]
    names = [spellings(str(row.name)) for row in room.rows]
    assert found_in({"backup": saved.data}, [*keys, *numbers, *names]) == []
    plain = plain_files(room, file)
    assert {name.split("/")[0] for name in plain} == {"database.jsonl.gz", "packages", "blobs"}
    plain["rows"] = gzip.decompress(plain.pop("database.jsonl.gz"))
    assert room.people[0].ticket.encode() in plain["rows"]
    assert found_in(plain, [*keys, *numbers]) == []
    assert not [name for name in files_below(room.settings.home) if ".backup-" in name]


def plain_files(room: RoomDay, file: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    with open_backup(file, room.centre.keys) as (reader, manifest):
        for stored in manifest.files:
            parts: list[bytes] = []
            take_file(reader, stored, lambda piece, parts=parts: parts.append(bytes(piece)))  # type: ignore[misc]
            found[stored.name] = b"".join(parts)
    return found


def epoch(url: str) -> int:
    engine = read_engine(url)
    try:
        with engine.connect() as connection:
            return int(connection.execute(text("SELECT epoch FROM heartbeat")).scalar_one())
    finally:
        engine.dispose()


def test_two_restores_of_one_backup_are_two_epochs(
    saved: Saved, file: Path, tmp_path: Path
) -> None:
    """A terminal that has compared with the first compares with the second too."""
    epochs = set()
    for name in ("first", "second"):
        home = tmp_path / name
        machine = BareMachine(home, f"sqlite:///{home}/data/kaochang.sqlite3")
        machine.take_keys(saved.room.settings)
        machine.restore(file)
        epochs.add(epoch(machine.url))
    assert len(epochs) == 2


@pytest.mark.parametrize("place", ["front", "header", "first chunk", "last byte"])
def test_an_altered_backup_is_refused_with_the_place(
    saved: Saved, bare: BareMachine, file: Path, place: str
) -> None:
    data = bytearray(saved.data)
    at = {"front": 3, "header": 60, "first chunk": 9_000, "last byte": len(data) - 1}[place]
    data[at] ^= 1
    file.write_bytes(data)
    refusal = refused(bare, file)
    codes = {"front": {"backup_unreadable"}, "header": {"backup_altered", "backup_foreign"}}
    assert refusal.code in codes.get(place, {"backup_altered"})
    if refusal.code == "backup_altered":
        assert refusal.facts["place"]


@pytest.mark.parametrize("left", ["nothing", "a header", "whole chunks", "all but a byte"])
def test_a_cut_off_backup_is_refused_and_says_how_much_is_missing(
    saved: Saved, bare: BareMachine, file: Path, left: str
) -> None:
    begin = first_chunk(saved.data)
    cut = {
        "nothing": 0,
        "a header": begin,
        "whole chunks": begin + 2 * (CHUNK_BYTES + 16),
        "all but a byte": len(saved.data) - 1,
    }[left]
    file.write_bytes(saved.data[:cut])
    refusal = refused(bare, file)
    assert refusal.code == ("backup_unreadable" if cut == 0 else "backup_incomplete")
    if cut:
        assert refusal.facts["missing"] == len(saved.data) - cut


def first_chunk(data: bytes) -> int:
    begin = len(MAGIC) + 4
    return begin + int.from_bytes(data[len(MAGIC) : begin])


def test_what_was_added_or_exchanged_is_noticed(
    saved: Saved, bare: BareMachine, file: Path
) -> None:
    """Chunks of one file in another order, and bytes behind the end."""
    data, begin, sealed = saved.data, first_chunk(saved.data), CHUNK_BYTES + 16
    one, two = data[begin : begin + sealed], data[begin + sealed : begin + 2 * sealed]
    file.write_bytes(data[:begin] + two + one + data[begin + 2 * sealed :])
    assert refused(bare, file).facts["place"] == begin
    file.write_bytes(data + b"more")
    assert refused(bare, file).code == "backup_altered"
    file.write_bytes(data)
    assert bare.restore(file).manifest.files


def test_another_centres_backup_is_refused(bare: BareMachine, file: Path) -> None:
    for path in bare.settings.keys.glob("*.key"):
        path.write_bytes(bytes(reversed(path.read_bytes())))
    assert refused(bare, file).code == "backup_foreign"


def test_a_backup_that_somebody_else_sealed_to_us_is_refused(bare: BareMachine, file: Path) -> None:
    """The public key is no secret: only the signature says who made it."""
    own = bare.settings.keys / "signing.key"
    own.write_bytes(bytes(reversed(own.read_bytes())))
    assert refused(bare, file).code == "backup_unsigned"


def test_a_centre_is_never_overwritten(bare: BareMachine, file: Path) -> None:
    (bare.home / "notes.txt").write_text("mine")
    assert refused(bare, file).code == "home_not_empty"
    (bare.home / "notes.txt").unlink()
    bare.restore(file)
    with pytest.raises(Refusal) as refusal:
        bare.restore(file)
    assert refusal.value.code == "home_not_empty"


def test_what_a_killed_restore_left_does_not_stand_in_the_way(
    bare: BareMachine, file: Path
) -> None:
    (bare.home / ".restore-abc" / "data").mkdir(parents=True)
    assert bare.restore(file).manifest.rows > 0
    assert bare.things == {"keys", "data"}
