"""A centre of the first release meets this program: between sittings, and in the middle of one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from exam_server import keys as centre_keys
from exam_server.errors import Refusal
from exam_server.results.views.table import results_table
from exam_server.settings import Settings
from exam_server.storage import acts, migrate
from exam_server.storage.engine import read_engine, write_engine
from exam_server.upkeep.backup.checking import open_backup, prove
from exam_server.upkeep.proof import prove_sittings
from exam_server.upkeep.upgrading import bring_up_to_date, look
from tests.builders.released import FACTS, REVISION, ReleasedRoom, lay_down, next_program
from tests.builders.typed import done, refused
from tests.manual_clock import ManualClock

NOW = ManualClock().now()


@pytest.fixture
def released(empty_database_url: str, tmp_path: Path) -> Settings:
    """Its files and its database, not opened yet."""
    settings = Settings(tmp_path / "centre", empty_database_url)
    lay_down(settings)
    return settings


@pytest.fixture
def newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This program, with one migration more."""
    monkeypatch.setattr(migrate, "MIGRATIONS", next_program(tmp_path))


@pytest.fixture
def room(released: Settings) -> Iterator[ReleasedRoom]:
    bring_up_to_date(released.database_url, NOW, reason="测试")
    day = ReleasedRoom(released)
    yield day
    day.verified()
    day.close()


def revision(settings: Settings) -> str | None:
    engine = write_engine(settings.database_url)
    with engine.connect() as connection:
        found = migrate.current(connection)
    engine.dispose()
    return found


def test_everything_the_first_release_wrote_is_read_and_verifies(room: ReleasedRoom) -> None:
    assert room.sitting().state == "running"
    proofs = prove_sittings(room.settings.database_url, room.centre.keys)
    assert {proof.sitting_id: proof.findings for proof in proofs} == {
        room.closed_id: 0,
        room.sitting_id: 0,
    }
    table = room.centre.store.read(
        lambda session: results_table(session, sitting_id=room.closed_id)
    )
    assert len(table.rows) == 3
    assert sorted((row.status, row.sum) for row in table.rows) == [
        ("absent", None),
        ("valid", "0"),
        ("valid", "4"),
    ]


def test_the_exam_goes_on_to_its_scores(room: ReleasedRoom) -> None:
    one, other = (room.terminal(number, name="room-03") for number in (0, 1))
    for terminal in (one, other):
        terminal.log_in(room="03")
    assert one.kept() == {0: "c", 1: "b"}
    assert other.kept() == {2: "ac"}
    assert one.left_ms() == other.left_ms()
    assert 19 * 60_000 <= one.left_ms() <= 21 * 60_000
    assert room.kinds().count("outage") == 1
    counter = 100
    for place, item in enumerate(one.items()):
        correct = room.correct[room.attempt(one.person).form_id][item]
        one.send(one.write(place, correct, revision=(1, counter + place)))
    one.hand_in()
    room.wait(minutes=25)
    assert one.result()["subjects"][0]["points"] == "4"
    assert room.attempt(other.person).cause == "time"


def test_a_newer_program_does_not_take_over_in_mid_exam(released: Settings, newer: None) -> None:
    found = look(released.database_url)
    assert (found.held, found.wanted, found.needed) == (REVISION, "9999", True)
    assert len(found.under_way) == 1
    for reason in (None, "", "  "):
        with pytest.raises(Refusal) as refusal:
            bring_up_to_date(released.database_url, NOW, reason=reason)
        assert refusal.value.code == "upgrade_in_exam"
        assert "03" in str(refusal.value.facts["sittings"])
    assert revision(released) == REVISION


def test_with_a_reason_it_does_and_the_record_says_why(released: Settings, newer: None) -> None:
    bring_up_to_date(released.database_url, NOW, reason="硬盘故障，换机")
    assert revision(released) == "9999"
    engine = read_engine(released.database_url)
    with Session(engine) as session:
        act = session.query(acts.Act).order_by(acts.Act.seq.desc()).first()
        assert act is not None
        assert (act.kind, act.data["from"], act.data["to"]) == ("upgraded", REVISION, "9999")
        assert act.data["reason"] == "硬盘故障，换机"
        assert acts.first_break(session) is None
    engine.dispose()
    assert not look(released.database_url).needed


def test_an_older_program_leaves_a_newer_database_alone(
    released: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "MIGRATIONS", next_program(tmp_path))
        bring_up_to_date(released.database_url, NOW, reason="测试")
    with pytest.raises(Refusal) as refusal:
        bring_up_to_date(released.database_url, NOW, reason="测试")
    assert refusal.value.code == "database_newer"
    assert revision(released) == "9999"


def test_the_command_looks_refuses_and_makes_a_backup_first(
    released: Settings, newer: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAOCHANG_DATABASE_URL", released.database_url)
    looked = done("upgrade", "--check", home=released.home)
    assert (looked["needed"], looked["backup"], len(looked["under_way"])) == (True, None, 1)
    assert refused("upgrade", home=released.home)["code"] == "upgrade_in_exam"
    assert refused("export", FACTS["closed"], home=released.home)["code"] == "upgrade_in_exam"
    assert revision(released) == REVISION
    made = done("upgrade", "--reason", "硬盘故障，换机", home=released.home)
    assert revision(released) == "9999"
    with open_backup(Path(made["backup"]), centre_keys.load(released.keys)) as (reader, manifest):
        prove(reader, manifest)
    assert manifest.revision == REVISION, "of before"
    assert done("upgrade", home=released.home)["needed"] is False
