"""Moments as they are printed: the room's own time, China's, in words a letter would use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))
_WEEKDAYS = "一二三四五六日"


def moment(at_ms: int) -> datetime:
    """Wall time in ms as China's time."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(CHINA)


def day_words(at_ms: int, *, weekday: bool = False) -> str:
    """``2026年6月20日``, with ``（星期六）`` if asked for."""
    at = moment(at_ms)
    text = f"{at.year}年{at.month}月{at.day}日"
    return f"{text}（星期{_WEEKDAYS[at.weekday()]}）" if weekday else text


def clock_words(at_ms: int | None, *, seconds: bool = False) -> str:
    """``09:00``; ``""`` for None."""
    return "" if at_ms is None else f"{moment(at_ms):{'%H:%M:%S' if seconds else '%H:%M'}}"
