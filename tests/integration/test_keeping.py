"""Backup, restore and keys as they are typed at a centre."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import pytest

from tests.builders.typed import Typed, done, make, refused, typed

PASSPHRASE = "four unrelated plain words"


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Typed:
    return make(tmp_path_factory.mktemp("kept"))


def test_a_centre_moves_to_a_bare_machine_by_two_files(day: Typed, tmp_path: Path) -> None:
    made = done("backup", "--out", str(tmp_path), home=day.home)
    file, bare = made["file"], tmp_path / "bare"
    assert Path(file).parent == tmp_path
    assert made["heads"][day.sitting][0] > 0
    assert stat.S_IMODE(Path(file).stat().st_mode) == 0o600
    stick = tmp_path / "stick.keys"
    done("keys", "export", str(stick), "--passphrase", PASSPHRASE, home=day.home)
    assert stat.S_IMODE(stick.stat().st_mode) == 0o600
    assert refused("restore", file, home=bare)["code"] == "keys_first"
    done("keys", "import", str(stick), "--passphrase", PASSPHRASE, home=bare)
    checked = done("restore", file, "--check", home=bare)
    assert checked["rows"] == made["rows"]
    assert {path.name for path in bare.iterdir()} == {"keys"}
    restored = done("restore", file, home=bare)
    (sitting,) = (one for one in restored["sittings"] if one["sitting"] == day.sitting)
    assert sitting["findings"] == 0
    assert [sitting["head_seq"], sitting["head"]] == made["heads"][day.sitting]
    assert (bare / "centre.pub").read_text() == (day.home / "centre.pub").read_text()
    assert len(done("export", day.sitting, home=bare)["files"]) == 4
    assert refused("restore", file, home=bare)["code"] == "home_not_empty"


def test_both_languages_and_both_proofs(day: Typed, tmp_path: Path) -> None:
    told = typed("backup", "--out", str(tmp_path / "one.backup"), home=day.home)
    assert "逐字节读回核对" in told.stdout
    assert "read back" in told.stdout
    error = refused("backup", "--out", str(tmp_path / "one.backup"), home=day.home)
    assert error["code"] == "file_exists"


def test_a_disk_that_is_not_mounted_is_told(day: Typed, tmp_path: Path) -> None:
    """Else the backup would be a file of the disk's name, on the disk that may die."""
    disk = tmp_path / "second-disk"
    for out in (f"{disk}/", str(disk / "one.backup")):
        error = refused("backup", "--out", out, home=day.home)
        assert error["code"] == "backup_folder_missing"
        assert str(disk) in error["zh"]
        assert str(disk) in error["en"]
    assert list(tmp_path.iterdir()) == []
    disk.mkdir()
    assert Path(done("backup", "--out", f"{disk}/", home=day.home)["file"]).parent == disk


def test_no_command_works_on_an_empty_database_beside_the_servers(
    day: Typed, tmp_path: Path
) -> None:
    """As on a PostgreSQL machine when a command is typed without the server's environment."""
    home = tmp_path / "centre"
    (home / "data").mkdir(parents=True)
    shutil.copytree(day.home / "keys", home / "keys")
    for command in (
        ("backup",),
        ("upgrade",),
        ("serve",),
        ("export", day.sitting),
        ("staff", "restore", "admin", "--reason", "x"),
    ):
        result = typed(*command, home=home)
        assert result.exit_code == 1, command
        assert "KAOCHANG_DATABASE_URL" in result.output, command
    assert refused("backup", home=home)["code"] == "no_database"
    assert [path.name for path in (home / "data").iterdir()] == []


def test_a_lost_stick_opens_for_nobody_without_the_passphrase(day: Typed, tmp_path: Path) -> None:
    stick, bare = tmp_path / "stick.keys", tmp_path / "bare"
    short = refused("keys", "export", str(stick), "--passphrase", "short", home=day.home)
    assert short["code"] == "passphrase_short"
    done("keys", "export", str(stick), "--passphrase", PASSPHRASE, home=day.home)
    data = stick.read_bytes()
    for path in (day.home / "keys").glob("*.key"):
        assert path.read_bytes() not in data
    wrong = refused("keys", "import", str(stick), "--passphrase", PASSPHRASE + "!", home=bare)
    assert wrong["code"] == "passphrase_wrong"
    front, header, sealed = data.split(b"\n", 2)
    weak = {**json.loads(header), "passes": 10**9}
    for spoilt, code in (
        (data[:-1] + bytes([data[-1] ^ 1]), "passphrase_wrong"),
        (front + b"\n" + json.dumps(weak).encode() + b"\n" + sealed, "key_file_unreadable"),
        (b"kaochang-keys/1\n{}\n", "key_file_unreadable"),
        (b"a letter", "key_file_unreadable"),
    ):
        stick.write_bytes(spoilt)
        error = refused("keys", "import", str(stick), "--passphrase", PASSPHRASE, home=bare)
        assert error["code"] == code
    assert not (bare / "keys").exists()


def test_keys_are_not_put_over_others(day: Typed, tmp_path: Path) -> None:
    stick = tmp_path / "stick.keys"
    done("keys", "export", str(stick), "--passphrase", PASSPHRASE, home=day.home)
    error = refused("keys", "import", str(stick), "--passphrase", PASSPHRASE, home=day.home)
    assert error["code"] == "keys_exist"
    again = refused("keys", "export", str(stick), "--passphrase", PASSPHRASE, home=day.home)
    assert again["code"] == "file_exists"


def test_an_unfinished_restore_is_no_centre(day: Typed) -> None:
    mark = day.home / "restore-unfinished"
    mark.touch()
    try:
        assert refused("export", day.sitting, home=day.home)["code"] == "restore_unfinished"
    finally:
        mark.unlink()
    assert refused("restore", str(day.folder / "day.kcp"), home=day.home)["code"] == (
        "home_not_empty"
    )


def test_the_doctor_asks_for_backups(day: Typed, tmp_path: Path) -> None:
    def backup() -> dict[str, str]:
        found: list[dict[str, str]] = done("doctor", home=day.home)["findings"]
        return next(one for one in found if one["name"] == "backup")

    (day.home / "last-backup.json").unlink(missing_ok=True)
    assert "还没有备份" in backup()["zh"]
    file = tmp_path / "today.backup"
    done("backup", "--out", str(file), home=day.home)
    assert "同一块盘" in backup()["zh"]  # both are in the tests' folder
    file.unlink()
    assert "不在原处" in backup()["zh"]
    note = day.home / "last-backup.json"
    note.write_text(json.dumps({**json.loads(note.read_text()), "made_ms": 0}))
    assert "小时前" in backup()["zh"]
