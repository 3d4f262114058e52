"""Who else on this machine could read keys, people and logs."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

from exam_server.settings import Settings
from exam_server.upkeep.doctor.finding import Finding, bad, good


def keys(settings: Settings) -> Iterator[Finding]:
    """The keys are their owner's alone."""
    open_files = [path.name for path in sorted(settings.keys.glob("*.key")) if _open(path)]
    if _open(settings.keys):
        open_files.append(f"{settings.keys.name}/")
    if open_files:
        names = ", ".join(open_files)
        yield bad(
            "keys",
            f"密钥文件他人可读（{names}），请执行 chmod 600（目录 700）",
            f"key files are readable by others ({names}): chmod 600 them, 700 the folder",
        )
    else:
        yield good("keys", "密钥文件权限正确", "key files are private")


def others(settings: Settings) -> Iterator[Finding]:
    """Data, logs, exports and the token of the watchers are too."""
    home = settings.home
    places = [settings.data, settings.out, home / "log", home / "metrics.token"]
    found = [path.name for path in places if path.exists() and _open(path)]
    if found:
        names = ", ".join(found)
        yield bad(
            "rights",
            f"他人可读：{names}；请执行 chmod -R go-rwx",
            f"readable by others: {names}: chmod -R go-rwx them",
        )
    else:
        yield good("rights", "数据、日志和导出只有本账号可读", "data, logs and exports are private")


def _open(path: Path) -> bool:
    return path.exists() and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)
