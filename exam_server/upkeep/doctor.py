"""What is wrong with this machine, and what to do about it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from exam_server.clock import SystemClock, utc
from exam_server.settings import Settings
from exam_server.storage.acts import first_break
from exam_server.storage.engine import read_engine, sqlite_path
from exam_server.upkeep.certificates import CA_CERT, server_days_left

LEAST_FREE_BYTES = 2 * 1024**3
_EARLIEST_WALL_MS = 1_767_225_600_000  # 2026-01-01: an older clock is surely wrong


@dataclass(frozen=True, slots=True)
class Finding:
    """``level``: good | warn | bad. The texts name cause and remedy."""

    name: str
    level: str
    zh: str
    en: str

    def as_dict(self) -> dict[str, str]:
        """For ``--json``."""
        return asdict(self)

    def line(self, language: str) -> str:
        """One line for a person."""
        sign = {"good": "✓", "warn": "!", "bad": "✗"}[self.level]
        return f"  {sign} {self.zh if language == 'zh' else self.en}"


def examine(settings: Settings) -> list[Finding]:
    """All findings, the good ones too."""
    return [
        finding
        for look in (_python, _disk, _keys, _database, _acts, _certificate, _clock, _entropy)
        for finding in look(settings)
    ]


def _python(_settings: Settings) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    yield Finding(
        "python",
        "good" if good else "bad",
        f"Python {version}" if good else f"Python {version} 过旧，请安装 3.11 或更新",
        f"Python {version}" if good else f"Python {version} is too old: install 3.11 or newer",
    )


def _disk(settings: Settings) -> Iterator[Finding]:
    free = shutil.disk_usage(settings.home).free
    size = f"{free / 1024**3:.1f} GB"
    if free < LEAST_FREE_BYTES:
        yield Finding(
            "disk",
            "bad",
            f"磁盘只剩 {size}，请腾出至少 2 GB",
            f"only {size} of disk left: free at least 2 GB",
        )
    else:
        yield Finding("disk", "good", f"磁盘剩余 {size}", f"{size} of disk free")


def _keys(settings: Settings) -> Iterator[Finding]:
    open_files = [
        path.name
        for path in sorted(settings.keys.glob("*.key"))
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    if open_files:
        names = ", ".join(open_files)
        yield Finding(
            "keys",
            "bad",
            f"密钥文件他人可读（{names}），请执行 chmod 600",
            f"key files are readable by others ({names}): chmod 600 them",
        )
    else:
        yield Finding("keys", "good", "密钥文件权限正确", "key files are private")


def _database(settings: Settings) -> Iterator[Finding]:
    path = sqlite_path(settings.database_url)
    if path is None:
        yield Finding("database", "good", "使用 PostgreSQL", "PostgreSQL")
        return
    if not path.exists():
        yield Finding(
            "database", "bad", "数据库不存在，请先执行 init", "no database: run init first"
        )
        return
    yield _sqlite(path)


def _acts(settings: Settings) -> Iterator[Finding]:
    path = sqlite_path(settings.database_url)
    if path is not None and not path.exists():
        return
    engine = read_engine(settings.database_url)
    try:
        with Session(engine) as session:
            broken = first_break(session)
    except DBAPIError as error:
        yield Finding(
            "acts",
            "bad",
            f"操作记录读不出（{type(error).__name__}），请先启动一次服务器以更新数据库",
            f"the record of acts cannot be read ({type(error).__name__}): start the server once",
        )
        return
    finally:
        engine.dispose()
    if broken is None:
        yield Finding("acts", "good", "操作记录完整", "the record of acts is whole")
    else:
        yield Finding(
            "acts",
            "bad",
            f"操作记录从第 {broken} 条起对不上，请封存本机并报告上级机构",
            f"the record of acts is broken from entry {broken}: keep this machine, report it",
        )


def _sqlite(path: Path) -> Finding:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
        verdict = connection.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        return Finding(
            "database",
            "bad",
            f"数据库损坏（{error}），请停用并从备份恢复",
            f"the database is damaged ({error}): stop and restore a backup",
        )
    finally:
        connection.close()
    good = mode == "wal" and verdict == "ok"
    version = sqlite3.sqlite_version
    if good:
        return Finding(
            "database", "good", f"SQLite {version}，WAL，完整", f"SQLite {version}, WAL, whole"
        )
    return Finding(
        "database",
        "bad",
        f"数据库状态异常（{mode}, {verdict}），请停用并从备份恢复",
        f"the database is not sound ({mode}, {verdict}): stop and restore a backup",
    )


def _certificate(settings: Settings) -> Iterator[Finding]:
    if not (settings.keys / CA_CERT).exists():
        yield Finding(
            "certificate",
            "bad",
            "没有考点证书，请重新执行 init",
            "no centre certificate: run init again",
        )
        return
    days = server_days_left(settings.keys, utc(SystemClock().now()))
    if days is not None and days < 0:
        yield Finding(
            "certificate",
            "warn",
            "服务器证书已过期，下次 serve 会自动更换",
            "the server certificate has expired; the next serve renews it",
        )
    else:
        yield Finding("certificate", "good", "考点证书正常", "the centre certificate is there")


def _clock(_settings: Settings) -> Iterator[Finding]:
    if SystemClock().now().wall_ms < _EARLIEST_WALL_MS:
        yield Finding(
            "clock",
            "bad",
            "系统日期明显不对，请校准时钟",
            "the date is plainly wrong: set the clock",
        )
    else:
        yield Finding("clock", "good", "系统时钟合理", "the clock is plausible")


def _entropy(_settings: Settings) -> Iterator[Finding]:
    good = len(os.urandom(32)) == 32
    yield Finding(
        "entropy", "good" if good else "bad", "随机数来源可用", "a source of randomness is there"
    )
