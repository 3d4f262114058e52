"""Where a centre lives and how it serves: read once, from the command line and environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """``home`` holds ``data/`` (database, packages), ``keys/`` (in no backup) and ``out/``."""

    home: Path
    database_url: str
    redis_url: str | None = None
    insecure_http: bool = False

    @property
    def data(self) -> Path:
        """The data folder: what a backup holds."""
        return self.home / "data"

    @property
    def keys(self) -> Path:
        """The keys folder: never in a backup of the data."""
        return self.home / "keys"

    @property
    def out(self) -> Path:
        """Where exports and reports are written."""
        return self.home / "out"

    @property
    def lock_path(self) -> Path:
        """Held by whoever writes: ``serve`` or a command, never both."""
        return self.data / "kaochang.lock"


def settings_for(home: Path, *, insecure_http: bool = False) -> Settings:
    """Settings of the centre in ``home``; the environment names another database or Redis
    (``KAOCHANG_DATABASE_URL``, ``KAOCHANG_REDIS_URL``)."""
    home = home.resolve()
    url = os.environ.get("KAOCHANG_DATABASE_URL") or f"sqlite:///{home}/data/kaochang.sqlite3"
    return Settings(home, url, os.environ.get("KAOCHANG_REDIS_URL") or None, insecure_http)
