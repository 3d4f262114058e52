"""Times as people read them, in China's time."""

from __future__ import annotations

from exam_server.clock import china_time


def clock_text(wall_ms: int | None, *, seconds: bool = False) -> str:
    """``9:00`` or ``9:00:05``; a dash for nothing."""
    if wall_ms is None:
        return "—"
    moment = china_time(wall_ms)
    text = f"{moment.hour}:{moment.minute:02d}"
    return f"{text}:{moment.second:02d}" if seconds else text


def day_text(wall_ms: int) -> str:
    """``2026-06-20``: unambiguous in both languages."""
    return f"{china_time(wall_ms):%Y-%m-%d}"


def duration_text(milliseconds: int) -> str:
    """``4:06``, minutes and seconds."""
    total = max(0, milliseconds) // 1000
    return f"{total // 60}:{total % 60:02d}"
