"""Backups, and what a broken-off restore or backup has left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from exam_server.clock import SystemClock
from exam_server.settings import RESTORE_MARK, Settings
from exam_server.upkeep.backup.making import last_backup
from exam_server.upkeep.doctor.finding import Finding, bad, good, warn

_MOST_HOURS = 24


def backups(settings: Settings) -> Iterator[Finding]:
    """A backup of the last day, still there, and on another disk."""
    last = last_backup(settings)
    if last is None:
        yield warn(
            "backup",
            "还没有备份；请执行 kaochang backup --out 另一块盘，并用 keys export 保存密钥",
            "no backup yet: kaochang backup --out another disk, and keys export",
        )
        return
    file = Path(last.file)
    hours = max(0, SystemClock().now().wall_ms - last.made_ms) / 3_600_000
    if hours > _MOST_HOURS:
        yield warn(
            "backup",
            f"最近一次备份在 {hours:.0f} 小时前，请再备份一次",
            f"the last backup is {hours:.0f} hours old: make another",
        )
    elif not file.exists():
        yield warn(
            "backup",
            f"最近一次备份 {file} 不在原处；若已收走则无妨，否则请再备份",
            f"the last backup {file} is not there any more: fine if it was taken away, else again",
        )
    elif file.stat().st_dev == settings.data.stat().st_dev:
        yield warn(
            "backup",
            f"最近一次备份 {file} 与数据在同一块盘上；请备份到另一块盘",
            f"the last backup {file} is on the disk of the data: make it on another",
        )
    else:
        yield good("backup", "一天内有备份，在另一块盘上", "a backup of today, on another disk")


def leftovers(settings: Settings) -> Iterator[Finding]:
    """Nothing half done."""
    home = settings.home
    if (home / RESTORE_MARK).exists():
        yield bad(
            "leftovers",
            "上一次恢复没有完成；请清空数据库和 keys 以外的内容，再恢复一次",
            "a restore was not finished: empty the database and all but the keys, restore again",
        )
        return
    left = sorted(path.name for name in (".backup-*", ".restore-*") for path in home.glob(name))
    if left:
        yield warn(
            "leftovers",
            f"有中断的备份或恢复留下的目录（{left[0]}）；没有备份在进行时可以删除",
            f"a broken-off backup or restore has left {left[0]}: delete it if none is under way",
        )
    else:
        yield good("leftovers", "没有中断的备份或恢复", "nothing half done lies around")
