"""gunicorn's own log goes through the allow-list like everybody's."""

from __future__ import annotations

import sys
from typing import Any

from gevent import GreenletExit
from gunicorn.glogging import Logger


class AllowedLines(Logger):  # type: ignore[misc]
    """No handlers, no file, no access log of its own: records rise to the root logger."""

    def setup(self, _cfg: Any) -> None:
        """Called once per process."""
        for log in (self.error_log, self.access_log):
            log.handlers[:] = []
            log.propagate = True

    def exception(self, *_: Any, **__: Any) -> None:
        """An idle connection that is cut at the end of a stop is no error."""
        if not isinstance(sys.exc_info()[1], GreenletExit):
            self.error_log.exception("a request failed")

    def access(self, *_: Any) -> None:
        """An access line would hold addresses."""

    def reopen_files(self) -> None:
        """There are none."""

    def close_on_exec(self) -> None:
        """There are none."""
