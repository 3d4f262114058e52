"""SQLite or PostgreSQL: whole, set so that what is acknowledged stays, and of this program."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from exam_server.errors import Refusal
from exam_server.settings import Settings
from exam_server.storage.acts import first_break
from exam_server.storage.engine import read_engine, sqlite_path
from exam_server.upkeep.doctor.finding import Finding, bad, good, warn
from exam_server.upkeep.upgrading import look

_OLDEST_POSTGRESQL = 130_000
# a commit is acknowledged only when it is on the disk, and a torn page can be mended
_MUST_BE_ON = ("fsync", "full_page_writes")
_SYNCHRONOUS = ("on", "remote_write", "remote_apply")


def database(settings: Settings) -> Iterator[Finding]:
    """The database as such."""
    path = sqlite_path(settings.database_url)
    if path is None:
        yield from _postgresql(settings.database_url)
    elif not path.exists():
        yield bad("database", "数据库不存在，请先执行 init", "no database: run init first")
    else:
        yield _sqlite(path)


def _sqlite(path: Path) -> Finding:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
        verdict = connection.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        return bad(
            "database",
            f"数据库损坏（{error}），请停用并从备份恢复",
            f"the database is damaged ({error}): stop and restore a backup",
        )
    finally:
        connection.close()
    if mode != "wal" or verdict != "ok":
        return bad(
            "database",
            f"数据库状态异常（{mode}, {verdict}），请停用并从备份恢复",
            f"the database is not sound ({mode}, {verdict}): stop and restore a backup",
        )
    version = sqlite3.sqlite_version
    zh, en = f"SQLite {version}，WAL，完整", f"SQLite {version}, WAL, whole"
    if has_reset_bug(sqlite3.sqlite_version_info):
        zh += "；此版本有 WAL 重置缺陷，本程序只用一个写连接，不受影响，请勿用其他工具写这个文件"
        en += "; of the range with the WAL-reset bug, which one writer avoids"
    return good("database", zh, en)


def has_reset_bug(version: tuple[int, ...]) -> bool:
    """Whether SQLite of this version can lose a WAL under two writers (docs/decisions/0004)."""
    fixed = {(3, 51): 3, (3, 50): 7, (3, 44): 6}
    release = version[:2]
    if release in fixed:
        return version[2] < fixed[release]
    return release < (3, 51)


def _postgresql(url: str) -> Iterator[Finding]:
    names = ("server_version_num", "synchronous_commit", *_MUST_BE_ON)
    engine = read_engine(url)
    try:
        with engine.connect() as connection:
            held = {
                name: str(connection.execute(text(f"SHOW {name}")).scalar_one()) for name in names
            }
    except DBAPIError as error:
        yield bad(
            "database",
            f"连不上 PostgreSQL（{type(error.orig).__name__}），请检查服务和 KAOCHANG_DATABASE_URL",
            f"PostgreSQL does not answer ({type(error.orig).__name__}): look at its service and "
            "KAOCHANG_DATABASE_URL",
        )
        return
    finally:
        engine.dispose()
    yield postgresql_settings(held)


def postgresql_settings(held: dict[str, str]) -> Finding:
    """The judgement on its settings, as ``SHOW`` tells them."""
    off = [f"{name} = {held[name]}" for name in _MUST_BE_ON if held[name] != "on"]
    if held["synchronous_commit"] not in _SYNCHRONOUS:
        off.append(f"synchronous_commit = {held['synchronous_commit']}")
    number = int(held["server_version_num"])
    if off:
        names = ", ".join(off)
        return bad(
            "database",
            f"PostgreSQL 设置会丢失已确认的作答（{names}），请改为 on 并重启",
            f"PostgreSQL would lose acknowledged answers ({names}): set them on and restart it",
        )
    if number < _OLDEST_POSTGRESQL:
        return warn(
            "database",
            f"PostgreSQL {number // 10_000} 过旧，请升级到 13 或更新",
            f"PostgreSQL {number // 10_000} is old: 13 or newer is what is tested",
        )
    version = f"PostgreSQL {number // 10_000}.{number % 10_000}"
    return good("database", f"{version}，设置可靠", f"{version}, set to keep what it says it kept")


def tables(settings: Settings) -> Iterator[Finding]:
    """Of this program's revision."""
    try:
        found = look(settings.database_url)
    except (Refusal, DBAPIError) as error:
        code = error.code if isinstance(error, Refusal) else type(error).__name__
        yield bad(
            "tables",
            f"数据库与程序不配（{code}），请安装留下它的那个版本或更新的版本",
            f"the database is not of this program ({code}): install the version that left it",
        )
        return
    if found.held is None:
        return
    if found.needed:
        yield warn(
            "tables",
            f"数据库是 {found.held}，程序需要 {found.wanted}；请在两场之间执行 kaochang upgrade",
            f"the tables are {found.held}, the program needs {found.wanted}: kaochang upgrade "
            "between sittings",
        )
    else:
        yield good("tables", "数据库与程序一致", "the tables are of this program")


def acts(settings: Settings) -> Iterator[Finding]:
    """The chain of acts outside sittings holds."""
    path = sqlite_path(settings.database_url)
    if path is not None and not path.exists():
        return
    engine = read_engine(settings.database_url)
    try:
        with Session(engine) as session:
            broken = first_break(session)
    except DBAPIError as error:
        yield bad(
            "acts",
            f"操作记录读不出（{type(error).__name__}），请先启动一次服务器以更新数据库",
            f"the record of acts cannot be read ({type(error).__name__}): start the server once",
        )
        return
    finally:
        engine.dispose()
    if broken is None:
        yield good("acts", "操作记录完整", "the record of acts is whole")
    else:
        yield bad(
            "acts",
            f"操作记录从第 {broken} 条起对不上，请封存本机并报告上级机构",
            f"the record of acts is broken from entry {broken}: keep this machine, report it",
        )
