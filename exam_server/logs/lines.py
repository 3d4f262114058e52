"""One log record, one line of JSON. What the allow-list does not name stays behind."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from exam_server.logs.allowed import EVENTS, allowed
from exam_server.logs.events import FIELDS

MOST_PLACES = 12
_OTHERS = "library"  # a library's own record: where it came from, never what it said


class JsonLines(logging.Formatter):
    """The only formatter of every process of the program.

    A library's sentence may hold anything, so only its logger, level and place leave. Of an
    exception its type and places leave, never its text: that is made of data.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        own = hasattr(record, FIELDS) and record.msg in EVENTS
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.msg if own else _OTHERS,
            "logger": record.name,
            "place": f"{record.module}:{record.lineno}",
        }
        if own:
            line |= allowed(record.msg, getattr(record, FIELDS))
        if record.exc_info and record.exc_info[0] is not None:
            line |= told(record.exc_info[0], record.exc_info[2])
        return json.dumps(line, ensure_ascii=True)


def told(kind: type[BaseException], trace: TracebackType | None) -> dict[str, object]:
    """An exception as it may leave: its type, and where it went through, innermost last."""
    frames = traceback.extract_tb(trace)[-MOST_PLACES:] if trace is not None else []
    places = [f"{_module(frame.filename)}:{frame.lineno}" for frame in frames]
    return {"error": f"{kind.__module__}.{kind.__qualname__}", "places": places}


def _module(filename: str) -> str:
    """A path without where it is installed: ``exam_server/sweep``, ``sqlalchemy/engine/base``."""
    path = Path(filename)
    around = [Path(folder) for folder in sys.path if folder and path.is_relative_to(folder)]
    if not around:
        return path.stem
    closest = max(around, key=lambda folder: len(folder.parts))
    return path.relative_to(closest).with_suffix("").as_posix()
