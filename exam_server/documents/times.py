"""Moments as they are printed: China's time, in words a letter would use."""

from __future__ import annotations

from exam_server.clock import china_time

_WEEKDAYS = "一二三四五六日"


def day_words(at_ms: int, *, weekday: bool = False) -> str:
    """``2026年6月20日``, with ``（星期六）`` if asked for."""
    at = china_time(at_ms)
    text = f"{at.year}年{at.month}月{at.day}日"
    return f"{text}（星期{_WEEKDAYS[at.weekday()]}）" if weekday else text


def clock_words(at_ms: int | None, *, seconds: bool = False) -> str:
    """``09:00``; ``""`` for None."""
    return "" if at_ms is None else f"{china_time(at_ms):{'%H:%M:%S' if seconds else '%H:%M'}}"
