"""Engines: SQLite in WAL with FULL sync, or PostgreSQL. One writes, others read.

On SQLite exactly one connection in one process writes and checkpoints (which also stays
clear of the WAL-reset bug of older SQLite builds); readers open ``mode=ro``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.pool import StaticPool

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
    "PRAGMA cache_size=-8000",
)


# PostgreSQL: a line that is dead is found within seconds, here and at the server, which then
# gives back the locks of whoever was at its other end.
_LIVE_LINE: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "options": "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3",
}


def sqlite_path(url: str | URL) -> Path | None:
    """The database file of a SQLite URL, None for PostgreSQL."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return None
    return Path(parsed.database or "")


# what a database keeps as JSON is written and read on the hot path
_JSON: dict[str, Any] = {
    "json_serializer": lambda value: msgspec.json.encode(value).decode(),
    "json_deserializer": msgspec.json.decode,
}


def write_engine(url: str) -> Engine:
    """The engine of the one writer: a single connection, explicit BEGIN IMMEDIATE."""
    if sqlite_path(url) is None:
        return create_engine(
            _psycopg(url),
            poolclass=StaticPool,
            connect_args=_LIVE_LINE,
            hide_parameters=True,
            **_JSON,
        )
    engine = create_engine(
        url,
        poolclass=StaticPool,
        connect_args={"check_same_thread": False},
        hide_parameters=True,  # names and answers do not belong in a log
        **_JSON,
    )

    return _begins_with(engine, "BEGIN IMMEDIATE", _PRAGMAS)


def read_engine(url: str) -> Engine:
    """An engine that cannot write and sees one moment: SQLite ``mode=ro``; PostgreSQL read-only.

    Every query of a reader belongs to one snapshot. An export that read the journal before an
    answer and the answers after it would contradict itself.
    """
    path = sqlite_path(url)
    if path is None:
        return create_engine(
            _psycopg(url),
            poolclass=StaticPool,
            connect_args=_LIVE_LINE,
            isolation_level="REPEATABLE READ",
            execution_options={"postgresql_readonly": True},
            hide_parameters=True,
            **_JSON,
        )
    engine = create_engine(
        f"sqlite:///file:{path}?mode=ro&uri=true",
        poolclass=StaticPool,
        connect_args={"check_same_thread": False},
        hide_parameters=True,
        **_JSON,
    )

    return _begins_with(engine, "BEGIN")


def _begins_with(engine: Engine, begin: str, pragmas: Sequence[str] = ()) -> Engine:
    """Transactions as written here: the driver's own BEGIN comes late, or not at all."""

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _psycopg(url: str) -> URL:
    """PostgreSQL through psycopg 3 whatever driver the address names."""
    return make_url(url).set(drivername="postgresql+psycopg")
