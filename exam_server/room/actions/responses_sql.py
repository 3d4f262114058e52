"""The statements of the hot path: each takes a whole batch, whatever its size.

What is asked for travels as one JSON parameter, so that a statement has one text for every
number of messages: it is prepared once, and no limit of parameters is ever met.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec
from sqlalchemy import Table, TextClause, bindparam, insert, text, update
from sqlalchemy.dialects import postgresql, sqlite

from exam_server.room.rules.revisions import Revision
from exam_server.room.tables import Attempt, JournalEntry, Response
from exam_server.storage.base import Base
from exam_server.storage.tx import Tx

_ATTEMPT: Table = Base.metadata.tables[Attempt.__tablename__]
_RESPONSE: Table = Base.metadata.tables[Response.__tablename__]
_JOURNAL: Table = Base.metadata.tables[JournalEntry.__tablename__]
_KEPT = {"response": "counted", "superseded": "superseded", "late_evidence": "late"}


class Receipt(msgspec.Struct, frozen=True):
    """What is durable. ``kept``: counted | superseded | late."""

    item: str
    revision: tuple[int, int]
    seq: int
    digest: str
    kept: str


class Current(msgspec.Struct, frozen=True):
    """What counts for an item."""

    revision: Revision
    options: str
    marked: bool


class Known(msgspec.Struct, frozen=True):
    """An answer that is in the journal: its first receipt is good for nothing but it."""

    receipt: Receipt
    options: str
    marked: bool

    def holds(self, item: str, options: str, marked: bool) -> bool:
        """Whether this answer is the one that is known."""
        return (self.receipt.item, self.options, self.marked) == (item, options, marked)


class Standing(msgspec.Struct):
    """What the database holds about the items and revisions of one message."""

    current: dict[str, Current]
    journalled: dict[tuple[int, int], Known]


class Named(Protocol):
    """An answer as far as it is looked up."""

    @property
    def item(self) -> str: ...

    @property
    def revision(self) -> tuple[int, int]: ...


def kept_as(kind: str) -> str:
    """What a receipt says of a journal entry of this kind."""
    return _KEPT[kind]


class _Asked:
    """One question in the two dialects: rows of ``table`` whose columns equal a JSON list's."""

    def __init__(self, table: Table, wanted: Sequence[str], given: Sequence[str]) -> None:
        columns = ", ".join(f"t.{name}" for name in given)
        types = [table.c[name] for name in given]
        kinds = {str: "text", int: "bigint"}

        def build(source: str, value: str) -> TextClause:
            equal = " AND ".join(
                f"t.{name} = "
                + value.format(place=place, kind=kinds[table.c[name].type.python_type])
                for place, name in enumerate(wanted)
            )
            return text(
                f"SELECT {columns} FROM {source} CROSS JOIN {table.name} AS t WHERE {equal}"  # noqa: S608
            ).columns(*types)  # type: ignore[return-value]

        # CROSS JOIN also tells SQLite's planner to begin with what is wanted
        self._sqlite = build("json_each(:wanted) AS w", "json_extract(w.value, '$[{place}]')")
        self._postgresql = build(
            "json_array_elements(CAST(:wanted AS json)) AS w(value)",
            "CAST(w.value->>{place} AS {kind})",
        )

    def rows(self, tx: Tx, wanted: Sequence[Sequence[object]]) -> Sequence[Any]:
        """The rows there are."""
        if not wanted:
            return ()
        connection = tx.session.connection()
        here = connection.dialect.name == "postgresql"
        asked = self._postgresql if here else self._sqlite
        return connection.execute(asked, {"wanted": msgspec.json.encode(wanted).decode()}).all()


_ATTEMPTS = _Asked(
    _ATTEMPT,
    ["id"],
    [
        *("id", "sitting_id", "candidate_id", "state", "fence", "answered", "marked"),
        *("current_item", "last_saved_ms", "head_seq", "head"),
        *("limit_ms", "granted_ms", "spent_ms", "running_since_ms", "boot"),
    ],
)
_CURRENT = _Asked(
    _RESPONSE,
    ["attempt_id", "item_id"],
    ["attempt_id", "item_id", "fence", "counter", "options", "marked"],
)
_JOURNALLED = _Asked(
    _JOURNAL,
    ["chain", "fence", "counter"],
    ["chain", "fence", "counter", "seq", "digest", "kind", "data"],
)


def attempts_named(tx: Tx, ids: Sequence[str]) -> dict[str, Any]:
    """The attempts' rows by id."""
    return {row.id: row for row in _ATTEMPTS.rows(tx, [[ident] for ident in ids])}


def standing_of(tx: Tx, messages: Sequence[tuple[str, Sequence[Named]]]) -> Mapping[str, Standing]:
    """What stands already, by attempt, for (attempt id, its answers)."""
    standing: dict[str, Standing] = defaultdict(lambda: Standing({}, {}))
    items = [[ident, item] for ident, answers in messages for item in {a.item for a in answers}]
    for row in _CURRENT.rows(tx, items):
        standing[row.attempt_id].current[row.item_id] = Current(
            Revision(row.fence, row.counter), row.options, row.marked
        )
    revisions = [
        [ident, *revision]
        for ident, answers in messages
        for revision in {answer.revision for answer in answers}
    ]
    for row in _JOURNALLED.rows(tx, revisions):
        revision, data = (row.fence, row.counter), row.data
        receipt = Receipt(data["item"], revision, row.seq, row.digest, kept_as(row.kind))
        standing[row.chain].journalled[revision] = Known(receipt, data["options"], data["marked"])
    return standing


_INSERT = insert(_JOURNAL)
_MOVABLE = ("current_item", "head_seq", "head", "answered", "marked", "last_saved_ms")
_MOVE = (
    update(_ATTEMPT)
    .where(_ATTEMPT.c.id == bindparam("attempt"))
    .values({name: bindparam(name) for name in _MOVABLE})
)


def _replacing(build: Any) -> Any:
    statement = build(_RESPONSE)
    columns = ("fence", "counter", "options", "marked", "seq", "digest")
    return statement.on_conflict_do_update(
        index_elements=["attempt_id", "item_id"],
        set_={name: statement.excluded[name] for name in columns},
    )


_UPSERT = {
    "sqlite": _replacing(sqlite.insert),
    "postgresql": _replacing(postgresql.insert),
}


def insert_entries(tx: Tx, rows: list[dict[str, Any]]) -> None:
    """Append journal rows."""
    if rows:
        tx.session.connection().execute(_INSERT, rows)


def upsert_responses(tx: Tx, rows: list[dict[str, Any]]) -> None:
    """Insert or replace current responses."""
    if rows:
        connection = tx.session.connection()
        connection.execute(_UPSERT[connection.dialect.name], rows)


def move_attempts(tx: Tx, rows: list[dict[str, Any]]) -> None:
    """Write what messages move in the rows of their attempts; ``attempt`` names the row."""
    if rows:
        tx.session.connection().execute(_MOVE, rows)
