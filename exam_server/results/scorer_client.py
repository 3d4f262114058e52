"""Talking to the scorer process: start, ask, restart when it died (DESIGN §6).

The scorer is known here by name only; importing it would bring the scoring code within
reach of the faces. Plain pipes and threads: under gevent's patches these are cooperative,
without them they are what they look like.
"""

from __future__ import annotations

import base64
import fcntl
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import msgspec

from exam_server.ids import new_id
from exam_server.logs import events

log = events(__name__)

COMMAND = (sys.executable, "-m", "exam_server.results.scorer")
_ENVIRONMENT = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "SYSTEMROOT")
# a whole batch at once: what does not fit waits for the serving core, which is busy just then
_PIPE_BYTES = 1 << 20
_ATTEMPTS_TO_ASK = 2  # once more after a restart: a request changes nothing, so it may repeat


class ScorerFailed(Exception):
    """The scorer could not score this form. ``code``: its error, or scorer_died."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Scores:
    """``scores``: by attempt id ``{"points": decimal, "sections": [...]}``. ``golden_points``: what
    the golden candidate of the key got, as it should; None where the key has none."""

    scoring_digest: str
    version: int
    scores: dict[str, dict[str, Any]]
    golden_points: str | None


class ScorerClient:
    """One scorer process, started at the first request."""

    def __init__(self, command: Sequence[str] = COMMAND, *, timeout_seconds: float = 60.0) -> None:
        self._command = tuple(command)
        self._timeout_seconds = timeout_seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def score(
        self,
        *,
        form_id: str,
        responses: Mapping[str, Mapping[str, str]],
        package_path: Path | None = None,
        scoring_secret: bytes = b"",
        key_path: Path | None = None,
        corrections: Sequence[Sequence[Mapping[str, str]]] = (),
    ) -> Scores:
        """Score attempts of one form: {attempt id: {item id: canonical letters}}.

        The key: sealed in ``package_path``, opened by ``scoring_secret``; or in the authority's
        file ``key_path``. ``corrections``: those of its version 2, 3 …

        :class:`ScorerFailed` when the scorer refuses or cannot be reached, and with
        ``golden_differs`` when it does not give the golden candidate the known score: then
        none of its scores can be trusted.
        """
        ident = new_id()
        line = msgspec.json.encode(
            {
                "id": ident,
                "package_path": str(package_path.resolve()) if package_path else "",
                "key_path": str(key_path.resolve()) if key_path else "",
                "form_id": form_id,
                "corrections": [[dict(one) for one in version] for version in corrections],
                "scoring_secret": base64.b64encode(scoring_secret).decode(),
                "responses": {key: dict(value) for key, value in responses.items()},
            }
        )
        answer = self._ask(ident, line + b"\n")
        if "error" in answer:
            raise ScorerFailed(str(answer["error"]))
        golden = answer["golden"]
        if golden and Decimal(golden["points"]) != Decimal(golden["expected"]):
            raise ScorerFailed("golden_differs")
        points = golden["expected"] if golden else None
        return Scores(answer["scoring_digest"], answer["version"], answer["scores"], points)

    def close(self) -> None:
        """End the process; the next request starts a new one."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    log.debug("scorer_pipe_broken")
        if process.poll() is None:
            process.kill()
        process.wait()

    @property
    def pid(self) -> int | None:
        """The running process, None when there is none."""
        return self._process.pid if self._process is not None else None

    def _ask(self, ident: str, line: bytes) -> dict[str, Any]:
        with self._lock:
            for _ in range(_ATTEMPTS_TO_ASK):
                answer = self._try(ident, line)
                if answer is not None:
                    return answer
                log.warning("scorer_restarted")
                self.close()
        raise ScorerFailed("scorer_died")

    def _try(self, ident: str, line: bytes) -> dict[str, Any] | None:
        """One exchange; None when the process died, was too slow, or answers another."""
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        watchdog = threading.Timer(self._timeout_seconds, process.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            process.stdin.write(line)
            process.stdin.flush()
            answer = msgspec.json.decode(process.stdout.readline())
        except (OSError, ValueError):  # msgspec's errors are ValueErrors
            return None
        finally:
            watchdog.cancel()
        in_step = isinstance(answer, dict) and answer.get("id") in (ident, None)
        return answer if in_step else None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self.close()
        if self._process is None:
            self._process = subprocess.Popen(  # noqa: S603  our own module
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
                | {"PYTHONDONTWRITEBYTECODE": "1"},
                cwd=_working_folder(),
            )
            _widen(self._process.stdin, self._process.stdout)
        return self._process


def _widen(*pipes: IO[bytes] | None) -> None:
    """Where the system lets pipes hold more than it gives them (Linux)."""
    for pipe in pipes:
        if pipe is not None and hasattr(fcntl, "F_SETPIPE_SZ"):
            with suppress(OSError):  # more than this machine allows: slower, no worse
                fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _working_folder() -> Path:
    """Where ``-m exam_server…`` is found, installed or not."""
    return Path(__file__).resolve().parents[2]
