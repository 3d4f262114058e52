"""Room on the disk, how fast it keeps what it is told, and whether it complains."""

from __future__ import annotations

import os
import shutil
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from exam_server.room.rules.lifecycle import ENDED
from exam_server.room.tables import Attempt
from exam_server.settings import Settings
from exam_server.storage.engine import read_engine, sqlite_path
from exam_server.upkeep.doctor.finding import Finding, bad, good, warn

LEAST_FREE_BYTES = 2 * 1024**3
# a hundred answers, some changed, as journal, row and WAL, and the same again in a backup
_BYTES_PER_ATTEMPT = 400_000
_TRIES = 15
SLOW_MS, TOO_SLOW_MS = 20.0, 250.0
EXT4 = Path("/sys/fs/ext4")


def free(settings: Settings) -> Iterator[Finding]:
    """Enough for what is still to be written, and 2 GB whatever that is."""
    left = shutil.disk_usage(settings.home).free
    need = max(LEAST_FREE_BYTES, _attempts_to_come(settings) * _BYTES_PER_ATTEMPT)
    size, wanted = f"{left / 1024**3:.1f} GB", f"{need / 1024**3:.1f} GB"
    if left < need:
        yield bad(
            "disk",
            f"磁盘只剩 {size}，已安排的考试约需 {wanted}，请腾出空间",
            f"only {size} of disk left, what is planned needs about {wanted}: free some",
        )
    else:
        yield good("disk", f"磁盘剩余 {size}（约需 {wanted}）", f"{size} free, {wanted} needed")


def _attempts_to_come(settings: Settings) -> int:
    path = sqlite_path(settings.database_url)
    if path is not None and not path.exists():
        return 0
    engine = read_engine(settings.database_url)
    try:
        with Session(engine) as session:
            query = select(func.count()).select_from(Attempt).where(Attempt.state.not_in(ENDED))
            return session.scalar(query) or 0
    except DBAPIError:
        return 0  # what is wrong with the database is another look's finding
    finally:
        engine.dispose()


def writes(settings: Settings) -> Iterator[Finding]:
    """Written and kept (fsync), as often as an answer is."""
    try:
        taken = sync_ms(settings.data)
    except OSError as error:
        yield bad(
            "disk_writes",
            f"数据目录写不进去（{error.strerror}），请检查磁盘是否只读、已满或损坏",
            f"the data folder cannot be written ({error.strerror}): read-only, full or broken?",
        )
        return
    if taken > TOO_SLOW_MS:
        yield bad(
            "disk_writes",
            f"落盘一次要 {taken:.0f} 毫秒，太慢，请换一块盘（固态硬盘）",
            f"one sync takes {taken:.0f} ms, too slow: use another disk (an SSD)",
        )
    elif taken > SLOW_MS:
        yield warn(
            "disk_writes",
            f"落盘一次 {taken:.0f} 毫秒，偏慢；考场能用，人多时保存会慢",
            f"one sync takes {taken:.0f} ms: good enough for a room, slow for many",
        )
    else:
        yield good("disk_writes", f"落盘一次 {taken:.1f} 毫秒", f"one sync takes {taken:.1f} ms")


def sync_ms(folder: Path) -> float:
    """The median of a few small writes with fsync, in ms; OSError when it cannot be done."""
    path = folder / ".doctor"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        taken = []
        for _ in range(_TRIES):
            begun = time.perf_counter()
            os.write(handle, bytes(4096))
            os.fsync(handle)
            taken.append((time.perf_counter() - begun) * 1000)
        return statistics.median(taken)
    finally:
        os.close(handle)
        path.unlink(missing_ok=True)


def errors(settings: Settings, ext4: Path = EXT4) -> Iterator[Finding]:
    """Whether the file system has met errors, or has been made read-only because of one."""
    if os.statvfs(settings.home).f_flag & os.ST_RDONLY:
        yield bad(
            "disk_errors",
            "磁盘已变成只读，多半是出错了；请停用并换盘，从备份恢复",
            "the disk has become read-only, most likely after an error: replace it and restore",
        )
        return
    counted = [path for path in ext4.glob("*/errors_count") if path.read_text().strip() != "0"]
    if counted:
        name = counted[0].parent.name
        yield bad(
            "disk_errors",
            f"文件系统 {name} 记录到错误，请先备份，再检查或更换这块盘",
            f"the file system {name} has met errors: make a backup, then check or replace the disk",
        )
    else:
        yield good("disk_errors", "文件系统没有记录到错误", "the file system has met no error")
