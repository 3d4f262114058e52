"""Python, its libraries, fonts, randomness."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from exam_server.settings import Settings
from exam_server.upkeep.doctor.finding import Finding, bad, good, warn

LOCK = Path(__file__).resolve().parents[3] / "requirements.lock"
_LOCKED = re.compile(r"^([a-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def python(_settings: Settings) -> Iterator[Finding]:
    """Which it is; an older one than 3.11 does not come so far."""
    found = ".".join(map(str, sys.version_info[:3]))
    yield good("python", f"Python {found}", f"Python {found}")


def libraries(_settings: Settings, lock: Path = LOCK) -> Iterator[Finding]:
    """Those that are installed are those that were tested (``requirements.lock``)."""
    if not lock.is_file():
        return  # installed without its source: pip has looked after that
    other = [
        f"{name} {there}（{wanted}）"
        for name, wanted in _LOCKED.findall(lock.read_text("utf-8"))
        if (there := _installed(name)) is not None and there != wanted
    ]
    if other:
        names = "、".join(other[:5])
        yield warn(
            "libraries",
            f"{len(other)} 个程序库与锁定版本不同：{names}；请执行 make demo 或按锁文件重装",
            f"{len(other)} libraries differ from the lock ({names}): install by the lock file",
        )
    else:
        yield good("libraries", "程序库与锁定版本一致", "libraries are those of the lock")


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def fonts(_settings: Settings) -> Iterator[Finding]:
    """A Chinese font, where this machine itself shows or prints something."""
    program = shutil.which("fc-list")
    if program is None:
        return  # no graphical system: nothing is shown here
    found = subprocess.run(  # noqa: S603  the program just found
        [program, ":lang=zh", "family"], capture_output=True, timeout=20, check=False
    )
    if found.stdout.strip():
        yield good("fonts", "有中文字体", "a Chinese font is there")
    else:
        yield warn(
            "fonts",
            "本机没有中文字体；若在本机打开监考台或打印，请安装 fonts-noto-cjk",
            "no Chinese font: install fonts-noto-cjk if this machine shows the console or prints",
        )


def entropy(_settings: Settings) -> Iterator[Finding]:
    """Keys and tokens can be drawn without waiting."""
    try:
        os.getrandom(32, os.GRND_NONBLOCK)
    except BlockingIOError:
        yield bad(
            "entropy",
            "随机数来源还没有就绪，请等一分钟再试；虚拟机请启用 virtio-rng",
            "the source of randomness is not ready: wait, or give a virtual machine virtio-rng",
        )
    else:
        yield good("entropy", "随机数来源可用", "a source of randomness is there")
