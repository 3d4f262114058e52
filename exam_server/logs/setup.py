"""Every logger of a serving process writes through the allow-list, whoever owns it."""

from __future__ import annotations

import _thread
import logging
import os
import ssl
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from exam_server.logs.events import events
from exam_server.logs.lines import JsonLines
from exam_server.settings import Settings

VARIABLE = "KAOCHANG_LOG_LEVEL"
FILE = "kaochang.log"
LARGEST_BYTES, KEPT_FILES = 20 << 20, 5
# they log every packet and step: nothing of it may leave, so it is not even made
_TALKATIVE = ("alembic", "engineio", "gunicorn", "socketio", "sqlalchemy", "werkzeug", "urllib3")
log = events(__name__)


class _File(logging.FileHandler):
    """Its lock is the kernel's. The database's threads log beside the greenlets of the hub, and
    a greenlets' lock between threads can wait for ever; nothing yields while this one is held."""

    def createLock(self) -> None:  # noqa: N802  logging's name
        self.lock = _thread.RLock()


class _Trouble(logging.StreamHandler[TextIO]):
    """The same on standard error."""

    def createLock(self) -> None:  # noqa: N802
        self.lock = _thread.RLock()


def set_up(settings: Settings) -> None:
    """Once per process, before anything logs: lines into ``log/`` of the home, troubles to stderr.

    A process that is killed tears no line apart: each is one write at the file's end, so several
    processes share the file.
    """
    logging._lock = _thread.RLock()  # type: ignore[attr-defined]  # as those of the handlers
    level = getattr(logging, os.environ.get(VARIABLE, "info").upper(), logging.INFO)
    folder = settings.home / "log"
    folder.mkdir(exist_ok=True, mode=0o700)
    file = _File(folder / FILE, encoding="ascii", delay=True)
    trouble = _Trouble(sys.stderr)
    trouble.setLevel(logging.WARNING)
    for handler in (file, trouble):
        handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [file, trouble]
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(level if level <= logging.DEBUG else logging.ERROR)
    logging.raiseExceptions = False  # it would print the record
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: _uncaught(
        args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
    )
    claim()


def for_commands() -> None:
    """A command of the command line sets nothing up: what it logs goes to stderr, as lines."""
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(JsonLines())


def claim() -> None:
    """Take the handlers that libraries have given their own loggers; to be called once they are
    all imported and set up."""
    for name, logger in list(logging.Logger.manager.loggerDict.items()):
        if isinstance(logger, logging.Logger):
            logger.handlers[:] = []
            logger.propagate = True
            if name.partition(".")[0] in _TALKATIVE and "." in name:
                logger.setLevel(logging.NOTSET)


def turn_over(settings: Settings) -> None:
    """Before serving: a log that has grown large becomes ``kaochang.log.1``, the oldest goes."""
    file = settings.home / "log" / FILE
    if not file.exists() or file.stat().st_size < LARGEST_BYTES:
        return
    for number in range(KEPT_FILES - 1, 0, -1):
        older = _numbered(file, number)
        if older.exists():
            older.replace(_numbered(file, number + 1))
    file.replace(_numbered(file, 1))


def claim_greenlets() -> None:
    """An exception that ends a greenlet is logged like any other; gevent would print it."""
    import gevent

    def tell(_context: Any, kind: Any, value: Any, trace: Any) -> None:
        if isinstance(value, ssl.SSLError):  # of the handshake: later ones are handled
            log.info("no_tls")
        else:
            _uncaught(kind, value, trace)

    gevent.get_hub().print_exception = tell


def _uncaught(kind: type[BaseException], value: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    log.error("uncaught", error=value.with_traceback(trace))


def _numbered(file: Path, number: int) -> Path:
    return file.with_name(f"{file.name}.{number}")
