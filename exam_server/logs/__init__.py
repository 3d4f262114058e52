"""The log: JSON lines, and only what the catalogue allows (docs/reference/logs.md)."""

from exam_server.logs.events import EventLog, events

__all__ = ["EventLog", "events"]
