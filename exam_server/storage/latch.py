"""After the disk has failed: may saving be tried again? (invariant 1)"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import BigInteger, Connection, Engine, String, column, select, text, values
from sqlalchemy.exc import DBAPIError

from exam_server.logs import events
from exam_server.storage.base import Base

_HEADS_AT_ONCE = 400
log = events(__name__)


def sound(writer: Engine, acknowledged: Mapping[str, tuple[int, str]]) -> bool:
    """Reopen, check integrity, compare heads; True when saving may be tried again.

    ``acknowledged``: (seq, digest) of every chain's newest entry that anybody was told of.
    """
    writer.dispose()
    try:
        with writer.connect() as connection, connection.begin():
            if connection.dialect.name == "sqlite":
                verdict = connection.execute(text("PRAGMA quick_check")).scalar()
                if verdict != "ok":
                    log.error("integrity_failed")
                    return False
            missing = _missing_heads(connection, acknowledged)
    except DBAPIError as error:
        log.error("reopen_failed", error=error)
        return False
    if missing:
        log.error("heads_missing", count=len(missing))
        return False
    return True


def _missing_heads(
    connection: Connection, acknowledged: Mapping[str, tuple[int, str]]
) -> list[str]:
    journal = Base.metadata.tables["journal"]
    known = [(chain, seq, digest) for chain, (seq, digest) in acknowledged.items()]
    missing = []
    for start in range(0, len(known), _HEADS_AT_ONCE):
        some = known[start : start + _HEADS_AT_ONCE]
        heads = values(column("chain", String), column("seq", BigInteger))
        wanted = heads.data([(chain, seq) for chain, seq, _ in some]).cte("heads")
        held = (journal.c.chain == wanted.c.chain) & (journal.c.seq == wanted.c.seq)
        found = select(journal.c.chain, journal.c.digest).join_from(wanted, journal, held)
        there = {tuple(row) for row in connection.execute(found)}
        missing += [chain for chain, _, digest in some if (chain, digest) not in there]
    return missing
