"""The doctor notices what is wrong with a machine and says what to do."""

from __future__ import annotations

import os
import re
import shutil
import socket
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from exam_server import keys as centre_keys
from exam_server.clock import SystemClock
from exam_server.settings import RESTORE_MARK, Settings
from exam_server.storage.lock import only_writer
from exam_server.storage.migrate import upgrade
from exam_server.upkeep import certificates
from exam_server.upkeep.doctor import (
    clocks,
    databases,
    disks,
    keeping,
    machine,
    network,
    rights,
)
from exam_server.upkeep.doctor.examine import examine
from exam_server.upkeep.doctor.finding import Finding

CHINESE = re.compile("[一-鿿]")
SOUND = {
    "server_version_num": "160002",
    "synchronous_commit": "on",
    "fsync": "on",
    "full_page_writes": "on",
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A centre as ``init`` makes it."""
    home = tmp_path / "centre"
    made = Settings(home, f"sqlite:///{home}/data/kaochang.sqlite3")
    made.make_folders()
    centre_keys.create(made.keys)
    certificates.create_authority(made.keys, "考点", datetime.now(UTC))
    upgrade(made.database_url)
    return made


def only(findings: Iterable[Finding]) -> Finding:
    (found,) = findings
    assert CHINESE.search(found.zh)
    assert found.en
    assert not CHINESE.search(found.en.split("（")[0])
    return found


def test_a_new_centre_has_nothing_bad(settings: Settings, port: int) -> None:
    found = examine(settings, port)
    assert [one for one in found if one.level == "bad"] == []
    names = [one.name for one in found]
    assert len(names) == len(set(names))
    assert {"disk", "disk_writes", "keys", "database", "tables", "certificate", "clock"} <= set(
        names
    )
    assert {"port", "backup", "entropy", "rights", "leftovers"} <= set(names)


def test_a_disk_that_cannot_be_written_is_bad(settings: Settings) -> None:
    assert only(disks.writes(settings)).level != "bad"
    assert not list(settings.data.glob(".doctor"))
    shutil.rmtree(settings.data)
    settings.data.write_text("not a folder")
    assert only(disks.writes(settings)).level == "bad"


@pytest.mark.parametrize(("ms", "level"), [(1.0, "good"), (60.0, "warn"), (900.0, "bad")])
def test_a_slow_disk_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, ms: float, level: str
) -> None:
    monkeypatch.setattr(disks, "sync_ms", lambda _: ms)
    assert only(disks.writes(settings)).level == level


def test_errors_of_the_file_system_are_bad(settings: Settings, tmp_path: Path) -> None:
    counted = tmp_path / "ext4" / "sda1"
    counted.mkdir(parents=True)
    (counted / "errors_count").write_text("0\n")
    assert only(disks.errors(settings, tmp_path / "ext4")).level == "good"
    (counted / "errors_count").write_text("3\n")
    found = only(disks.errors(settings, tmp_path / "ext4"))
    assert (found.level, "sda1" in found.zh) == ("bad", True)


def test_too_little_room_is_bad(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert only(disks.free(settings)).level == "good"
    monkeypatch.setattr(disks, "_attempts_to_come", lambda _: 10_000_000_000)
    assert only(disks.free(settings)).level == "bad"


def test_a_clock_that_is_off_is_told(settings: Settings, tmp_path: Path) -> None:
    rtc = tmp_path / "since_epoch"
    assert list(clocks.hardware(settings, rtc)) == []
    now = SystemClock().now().wall_ms // 1000
    for seconds, level in ((0, "good"), (3600, "warn")):
        rtc.write_text(f"{now - seconds}\n")
        assert only(clocks.hardware(settings, rtc)).level == level


def test_another_library_than_the_tested_one_is_told(settings: Settings, tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    assert list(machine.libraries(settings, lock)) == []
    lock.write_text("flask==0.1 \\\n    --hash=sha256:00\nno-such-library==1\n")
    found = only(machine.libraries(settings, lock))
    assert (found.level, "flask" in found.zh) == ("warn", True)
    assert only(machine.libraries(settings)).name == "libraries"


@pytest.mark.parametrize("name", ["keys", "data", "log", "metrics.token", "keys/wrap.key"])
def test_whatever_others_could_read_is_bad(settings: Settings, name: str) -> None:
    path = settings.home / name
    if name == "log":
        path.mkdir()
    elif name == "metrics.token":
        path.write_text("x")
    for mode, level in ((0o700, "good"), (0o750, "bad"), (0o704, "bad")):
        path.chmod(mode)
        levels = {only(look(settings)).level for look in (rights.keys, rights.others)}
        assert ("bad" in levels) == (level == "bad")


@pytest.mark.parametrize(
    ("changed", "level"),
    [
        ({}, "good"),
        ({"synchronous_commit": "remote_apply"}, "good"),
        ({"synchronous_commit": "off"}, "bad"),
        ({"synchronous_commit": "local"}, "bad"),
        ({"fsync": "off"}, "bad"),
        ({"full_page_writes": "off"}, "bad"),
        ({"server_version_num": "120008"}, "warn"),
    ],
)
def test_a_postgresql_that_would_lose_answers_is_bad(changed: dict[str, str], level: str) -> None:
    assert only([databases.postgresql_settings(SOUND | changed)]).level == level


def test_the_postgresql_of_the_tests_is_asked(postgres_url: str, tmp_path: Path) -> None:
    upgrade(postgres_url)
    settings = Settings(tmp_path, postgres_url)
    assert only(databases.tables(settings)).level == "good"
    found = only(databases.database(settings))
    assert "PostgreSQL" in found.zh
    gone = Settings(tmp_path, postgres_url.replace("kaochang_", "nowhere_"))
    assert only(databases.database(gone)).level == "bad"


def test_a_damaged_or_missing_database_is_bad(settings: Settings) -> None:
    path = Path(settings.database_url.removeprefix("sqlite:///"))
    assert only(databases.database(settings)).level == "good"
    path.write_bytes(path.read_bytes()[:4096] + os.urandom(8192))
    assert only(databases.database(settings)).level == "bad"
    path.unlink()
    assert only(databases.database(settings)).level == "bad"


def test_the_range_of_the_reset_bug(settings: Settings) -> None:
    """docs/decisions/0004: fixed in 3.51.3, 3.50.7 and 3.44.6."""
    for version in ((3, 40, 1), (3, 44, 5), (3, 50, 4), (3, 51, 2)):
        assert databases.has_reset_bug(version), version
    for version in ((3, 44, 6), (3, 50, 7), (3, 51, 3), (3, 54, 1), (4, 0, 0)):
        assert not databases.has_reset_bug(version), version


def test_certificates_that_end_or_do_not_fit(settings: Settings) -> None:
    now = datetime.now(UTC)
    assert only(network.certificate(settings)).level == "good"
    certificates.issue_server(settings.keys, ["elsewhere.example"], now)
    assert only(network.certificate(settings)).level == "warn"
    certificates.issue_server(settings.keys, certificates.own_names(), now)
    assert only(network.certificate(settings)).level == "good"
    for name in (certificates.CA_CERT, certificates.CA_KEY):
        (settings.keys / name).unlink()
    assert only(network.certificate(settings)).level == "bad"
    certificates.create_authority(settings.keys, "考点", now - timedelta(days=3_600))
    assert only(network.certificate(settings)).level == "bad"


def test_the_addresses_of_the_network_cards_are_in_the_certificate(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Debian's own hosts file resolves the machine's name to 127.0.1.1 and nothing else."""

    def unknown(*_: object) -> list[object]:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    names = certificates.own_names()
    assert _spoken_from() in names
    assert len(names) == len(set(names))
    certificates.issue_server(settings.keys, names, datetime.now(UTC))
    assert only(network.certificate(settings)).level == "good"

    def refuses() -> dict[str, list[object]]:
        raise PermissionError

    monkeypatch.setattr(psutil, "net_if_addrs", refuses)
    assert certificates.own_names() == names[:3], "without the cards: what it is called"


def _spoken_from() -> str:
    """The address that others see; nothing is sent by asking."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("198.51.100.1", 9))
        except OSError:  # no network at all
            return "127.0.0.1"
        return str(asking.getsockname()[0])


def test_a_port_that_another_program_has_is_bad(settings: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        number = other.getsockname()[1]
        assert only(network.port(settings, number)).level == "good"
        other.listen()
        assert only(network.port(settings, number)).level == "bad"
        with only_writer(settings.lock_path, settings.database_url):
            assert only(network.port(settings, number)).level == "good"
    with only_writer(settings.lock_path, settings.database_url):
        assert only(network.port(settings, number)).level == "warn"


def test_a_redis_that_does_not_answer_is_bad(settings: Settings, redis_url: str, port: int) -> None:
    assert list(network.redis(settings)) == []
    for url, level in ((redis_url, "good"), (f"redis://127.0.0.1:{port}/0", "bad")):
        asked = Settings(settings.home, settings.database_url, url)
        assert only(network.redis(asked)).level == level


def test_what_a_broken_off_restore_left_is_told(settings: Settings) -> None:
    assert only(keeping.leftovers(settings)).level == "good"
    (settings.home / ".restore-x").mkdir()
    assert only(keeping.leftovers(settings)).level == "warn"
    (settings.home / RESTORE_MARK).touch()
    assert only(keeping.leftovers(settings)).level == "bad"
