"""The machine's clocks. They decide no candidate's time, but they are evidence."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from exam_server.clock import SystemClock
from exam_server.settings import Settings
from exam_server.upkeep.doctor.finding import Finding, bad, good, warn

_EARLIEST_WALL_MS = 1_767_225_600_000  # 2026-01-01: an older clock is surely wrong
_MOST_DRIFT_SECONDS = 5
RTC = Path("/sys/class/rtc/rtc0/since_epoch")
SYNCHRONISED = Path("/run/systemd/timesync/synchronized")


def date(_settings: Settings) -> Iterator[Finding]:
    """Not plainly wrong."""
    if SystemClock().now().wall_ms < _EARLIEST_WALL_MS:
        yield bad(
            "clock",
            "系统日期明显不对，请校准时钟",
            "the date is plainly wrong: set the clock",
        )
    else:
        yield good("clock", "系统时钟合理", "the clock is plausible")


def synchronised(_settings: Settings) -> Iterator[Finding]:
    """Whether anything sets the clock. An exam needs none on the day; evidence gains by it."""
    program = shutil.which("timedatectl")
    if SYNCHRONISED.exists():
        state = "yes"
    elif program is None:
        return
    else:
        asked = subprocess.run(  # noqa: S603  the program just found
            [program, "show", "-p", "NTPSynchronized", "--value"],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        state = asked.stdout.strip()
    if state == "yes":
        yield good("clock_sync", "时钟已同步", "the clock is synchronised")
    elif state == "no":
        yield warn(
            "clock_sync",
            "时钟没有同步；考前请对一次时，考试当天不需要网络",
            "the clock is not synchronised: set it once before the day; none is needed on it",
        )


def hardware(_settings: Settings, rtc: Path = RTC) -> Iterator[Finding]:
    """The clock that survives being switched off agrees with the system's."""
    try:
        kept = int(rtc.read_text())
    except (OSError, ValueError):
        return  # a virtual machine or container has none
    drift = abs(SystemClock().now().wall_ms / 1000 - kept)
    if drift > _MOST_DRIFT_SECONDS:
        yield warn(
            "clock_hardware",
            f"主板时钟与系统时钟相差 {drift:.0f} 秒，请执行 hwclock --systohc；经常如此请换电池",
            f"the hardware clock is {drift:.0f} s off: hwclock --systohc, and a new battery if "
            "it happens again",
        )
    else:
        yield good("clock_hardware", "主板时钟一致", "the hardware clock agrees")
