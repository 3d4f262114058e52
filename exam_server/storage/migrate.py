"""Brings a database to the tables of this program: once, in one transaction, or not at all."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, text

from exam_server.storage.engine import write_engine

MIGRATIONS = Path(__file__).with_name("migrations")
# Any fixed number: several workers may start at once, one of them migrates.
VERSION_TABLE = "alembic_version"
_ADVISORY_LOCK = 0x6B616F63


def upgrade(url: str, revision: str = "head") -> str:
    """Bring the database at ``url`` (SQLAlchemy address) to ``revision``; returns it.

    Repeating does nothing. A failure leaves the database as it was. Must run before anything
    else has the database open for writing.
    """
    engine = write_engine(url)
    try:
        with engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                _let_go_of_references(connection)
            with connection.begin():
                if connection.dialect.name == "postgresql":
                    connection.execute(
                        text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK}
                    )
                before = current(connection)
                command.upgrade(config(connection), revision)
                after = current(connection)
                if connection.dialect.name == "sqlite" and after != before:
                    _check_references(connection)
                return after or ""
    finally:
        engine.dispose()


def _let_go_of_references(connection: Connection) -> None:
    """SQLite alters a table by copying it, and drops no table that rows of another refer to.
    Only this connection's, which ends with the migration; inside a transaction it is too late."""
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute("PRAGMA foreign_keys=OFF")


def _check_references(connection: Connection) -> None:
    """What was not watched meanwhile holds now; a migration that breaks it is undone."""
    astray = {row[0] for row in connection.exec_driver_sql("PRAGMA foreign_key_check")}
    if astray:
        raise RuntimeError(f"rows that refer to nothing in {', '.join(sorted(astray))}")


def current(connection: Connection) -> str | None:
    """The revision the database is at; None when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def newest() -> str:
    """The revision this program needs."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head() or ""


def knows(revision: str) -> bool:
    """Whether this program has ever written tables of that revision."""
    try:
        ScriptDirectory(str(MIGRATIONS)).get_revision(revision)
    except CommandError:
        return False
    return True


def config(connection: Connection) -> Config:
    """Alembic's settings for a migration over ``connection``."""
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    settings.attributes["connection"] = connection
    return settings
