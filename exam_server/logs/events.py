"""How the program logs: an event of the catalogue, never a sentence.

``log = events(__name__)``, then ``log.error("saving_stopped", error=failure)``. A sentence
would have to hold what it is about; an event has fields, and only those of the catalogue leave.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

FIELDS = "kaochang_fields"  # the attribute of a log record that carries an event's fields


class EventLog:
    """One module's log. ``error``: an exception, told as its type and where it happened."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, event: str, *, error: BaseException | None = None, **fields: Any) -> None:
        """For whoever looks for a fault."""
        self._write(logging.DEBUG, event, error, fields)

    def info(self, event: str, *, error: BaseException | None = None, **fields: Any) -> None:
        """What happens on every day."""
        self._write(logging.INFO, event, error, fields)

    def warning(self, event: str, *, error: BaseException | None = None, **fields: Any) -> None:
        """What should not happen and mends itself."""
        self._write(logging.WARNING, event, error, fields)

    def error(self, event: str, *, error: BaseException | None = None, **fields: Any) -> None:
        """What a person has to look at."""
        self._write(logging.ERROR, event, error, fields)

    def exception(self, event: str, **fields: Any) -> None:
        """An error, with the exception that is being handled."""
        self._write(logging.ERROR, event, sys.exc_info()[1], fields)

    def _write(
        self, level: int, event: str, error: BaseException | None, fields: dict[str, Any]
    ) -> None:
        if self._logger.isEnabledFor(level):
            self._logger.log(level, event, exc_info=error, extra={FIELDS: fields}, stacklevel=3)


def events(name: str) -> EventLog:
    """The log of the module called ``name``."""
    return EventLog(name)
