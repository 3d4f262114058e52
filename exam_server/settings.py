"""Where a centre lives and how it serves: read once, from the command line and environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from exam_server.errors import Refusal

ROLES = ("centre", "authority", "both")  # what a machine is for (DESIGN §1)
RESTORE_MARK = "restore-unfinished"  # in the home of a centre that is only half restored


@dataclass(frozen=True, slots=True)
class Settings:
    """``home`` holds ``data/`` (database, packages), ``keys/`` (in no backup), ``out/`` and,
    where an office wrote its own, ``profiles/`` and ``documents/``.

    ``redis_url``: where several serving processes hear of each other. ``trusted_proxies``:
    addresses and networks that may say on whose behalf they ask. ``role``: of the machine; a
    centre's has no page that draws a line, publishes, answers the public or other systems.
    """

    home: Path
    database_url: str
    redis_url: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    role: str = "both"

    @property
    def publishes(self) -> bool:
        """Whether this machine is the authority's, alone or among other things."""
        return self.role != "centre"

    @property
    def data(self) -> Path:
        """The data folder: what a backup holds."""
        return self.home / "data"

    @property
    def keys(self) -> Path:
        """The keys folder: never in a backup of the data."""
        return self.home / "keys"

    @property
    def profiles(self) -> Path:
        """Where a centre keeps profiles of provinces that do not come with the program."""
        return self.home / "profiles"

    @property
    def documents(self) -> Path:
        """Where an office keeps its own templates, fonts and words for what is printed."""
        return self.home / "documents"

    @property
    def out(self) -> Path:
        """Where exports and reports are written."""
        return self.home / "out"

    def make_folders(self) -> None:
        """``home`` and ``data``, for this account only: names and sealed ID numbers lie there.

        A home that was there before keeps its own mode; it may hold other things.
        """
        if not self.home.exists():
            self.home.mkdir(parents=True, mode=0o700)
        self.data.mkdir(exist_ok=True)
        self.data.chmod(0o700)

    @property
    def lock_path(self) -> Path:
        """Held by whoever writes: ``serve`` or a command, never both."""
        return self.data / "kaochang.lock"


def write_private(path: Path, content: bytes) -> None:
    """A file of personal data or secrets that no other account of the machine can read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        os.fchmod(out.fileno(), 0o600)  # also when it was there before
        out.write(content)


def settings_for(home: Path) -> Settings:
    """Settings of the centre in ``home``; the environment names another database, a Redis,
    the proxies before it and the machine's role (``KAOCHANG_DATABASE_URL``,
    ``KAOCHANG_REDIS_URL``, ``KAOCHANG_TRUSTED_PROXIES``: addresses and networks, with commas
    between them; ``KAOCHANG_ROLE``). Refusal ``role_unknown`` 422."""
    home = home.resolve()
    environ = os.environ
    url = environ.get("KAOCHANG_DATABASE_URL") or f"sqlite:///{home}/data/kaochang.sqlite3"
    proxies = environ.get("KAOCHANG_TRUSTED_PROXIES", "").split(",")
    trusted = tuple(text.strip() for text in proxies if text.strip())
    role = environ.get("KAOCHANG_ROLE") or "both"
    if role not in ROLES:
        raise Refusal("role_unknown", 422, {"value": role, "known": ", ".join(ROLES)})
    redis = environ.get("KAOCHANG_REDIS_URL") or None
    return Settings(home, url, redis, trusted, role)
