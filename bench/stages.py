"""Where measured centres come from: staged once for each size, served afresh each time."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.hall import Hall, Staged, copied, served, sqlite_url, stage
from tests.builders.services import Postgres


@dataclass(slots=True)
class Stages:
    """``postgres``: None measures SQLite. ``workers``: server processes."""

    folder: Path
    seed: str = "1"
    postgres: Postgres | None = None
    redis_url: str | None = None
    workers: int = 1
    _staged: dict[tuple[int, int], Staged] = field(default_factory=dict)

    @contextmanager
    def served(
        self,
        candidates: int,
        minutes: int,
        *,
        tls: bool = False,
        environment: dict[str, str] | None = None,
    ) -> Iterator[Hall]:
        """A fresh hall of this size."""
        more = dict(environment or {})
        if self.redis_url:
            more["KAOCHANG_REDIS_URL"] = self.redis_url
        with ExitStack() as stack:
            home = Path(
                stack.enter_context(tempfile.TemporaryDirectory(dir=self.folder, prefix="day-"))
            )
            home.rmdir()
            if self.postgres is None:
                staged, url = copied(self._template(candidates, minutes), home), sqlite_url(home)
            else:
                url = stack.enter_context(self.postgres.database())
                staged = stage(home, url, candidates=candidates, minutes=minutes, seed=self.seed)
            yield stack.enter_context(
                served(staged, url, tls=tls, workers=self.workers, environment=more)
            )

    def _template(self, candidates: int, minutes: int) -> Staged:
        key = (candidates, minutes)
        if key not in self._staged:
            home = self.folder / f"template-{candidates}-{minutes}"
            self._staged[key] = stage(
                home, sqlite_url(home), candidates=candidates, minutes=minutes, seed=self.seed
            )
        return self._staged[key]
