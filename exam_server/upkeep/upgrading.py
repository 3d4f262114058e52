"""A newer program takes a centre over: between sittings, never in the middle of one."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from exam_server.clock import Instant
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.rules.written import words
from exam_server.errors import Refusal
from exam_server.storage import migrate
from exam_server.storage.acts import record
from exam_server.storage.engine import sqlite_path, write_engine
from exam_server.storage.tx import Tx

_UNDER_WAY = (SittingState.UNSEALED.value, SittingState.RUNNING.value)


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What stands between a database and this program.

    ``held``: the revision of its tables, None when it has none. ``under_way``: room and name
    of every sitting that is unsealed or running there.
    """

    held: str | None
    wanted: str
    under_way: list[str]

    @property
    def needed(self) -> bool:
        """Whether tables have to be changed."""
        return self.held != self.wanted


def look(url: str) -> Upgrade:
    """What an upgrade would do; changes nothing.

    Refusal ``database_newer`` 409: a newer program has been here before.
    """
    wanted, path = migrate.newest(), sqlite_path(url)
    if path is not None and not path.exists():
        return Upgrade(None, wanted, [])
    engine = write_engine(url)
    try:
        with engine.connect() as connection:
            held = migrate.current(connection)
            if held is None:
                return Upgrade(None, wanted, [])
            if not migrate.knows(held):
                raise Refusal("database_newer", 409, {"held": held, "wanted": wanted})
            # plain columns that every revision has: the models may be ahead of the tables
            query = text("SELECT room, name, state FROM sitting ORDER BY room, name")
            rows = connection.execute(query).all()
        under_way = [f"{row.room} {row.name}" for row in rows if row.state in _UNDER_WAY]
        return Upgrade(held, wanted, under_way)
    finally:
        engine.dispose()


def bring_up_to_date(url: str, now: Instant, *, reason: str | None = None) -> Upgrade:
    """Bring the tables to this program, once, and record that; what was found before.

    ``reason``: why it is done although a sitting is under way. Refusals: ``upgrade_in_exam``
    409 names the sittings and the remedy, ``database_newer`` 409. Nothing is changed then.
    """
    found = look(url)
    refuse_in_exam(found, reason)
    said = words(reason or "", "upgraded")
    migrate.upgrade(url)
    if found.needed and found.held is not None:
        _record(url, now, found, said)
    return found


def refuse_in_exam(found: Upgrade, reason: str | None) -> None:
    """``upgrade_in_exam`` when a sitting is under way and nobody says why it must be."""
    if found.needed and found.under_way and not (reason or "").strip():
        facts: dict[str, object] = {
            "sittings": "、".join(found.under_way),
            "held": found.held or "",
            "wanted": found.wanted,
        }
        raise Refusal("upgrade_in_exam", 409, facts)


def _record(url: str, now: Instant, found: Upgrade, reason: str) -> None:
    engine = write_engine(url)
    try:
        with Session(engine) as session, session.begin():
            data = {"from": found.held, "to": found.wanted, "reason": reason}
            record(Tx(session, now), kind="upgraded", actor="system", data=data)
    finally:
        engine.dispose()
