"""A whole database as lines of JSON: one moment, every row, SQLite and PostgreSQL alike.

Tables are read from the database itself, not from the program's models, so that a program
can read what an older one wrote. One line per row: ``{"table": name, "row": {column: value}}``,
parents before children; bytes are ``{"base64": …}``.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice
from typing import Any

import msgspec
from sqlalchemy import JSON, Connection, LargeBinary, MetaData, Table, func, insert, select, text

from exam_server.storage.migrate import VERSION_TABLE

ROWS_AT_ONCE = 500
_BASE64 = "base64"


def dump(connection: Connection) -> Iterator[bytes]:
    """The lines, within the transaction of ``connection``: one moment of the database."""
    encode = msgspec.json.Encoder(order="deterministic").encode
    streaming = {"yield_per": ROWS_AT_ONCE}
    for table in _tables(connection):
        name, columns = str(table.name), [str(column.name) for column in table.columns]
        query = select(table).order_by(*table.primary_key)
        for row in connection.execute(query, execution_options=streaming):
            values = dict(zip(columns, map(_plain, row), strict=True))
            yield encode({"table": name, "row": values}) + b"\n"


def load(
    connection: Connection, lines: Iterable[bytes], moved: Callable[[int], None] = lambda _: None
) -> int:
    """Insert every line into a database that has these tables and no rows; how many.

    ``moved``: told of every batch. Errors of the database come through: the caller rolls back.
    """
    tables = {table.name: table for table in _tables(connection)}
    decode = msgspec.json.Decoder(_Line).decode
    loaded = 0
    for name, group in groupby(map(decode, lines), key=lambda line: line.table):
        table = tables[name]
        rows = (_typed(table, line.row) for line in group)
        while batch := list(islice(rows, ROWS_AT_ONCE)):
            connection.execute(insert(table), batch)
            loaded += len(batch)
            moved(len(batch))
    if connection.dialect.name == "postgresql":
        for table in tables.values():
            _number_on(connection, table)
    return loaded


class _Line(msgspec.Struct, frozen=True):
    table: str
    row: dict[str, Any]


def _tables(connection: Connection) -> list[Table]:
    metadata = MetaData()
    metadata.reflect(connection)
    tables = [table for table in metadata.sorted_tables if table.name != VERSION_TABLE]
    for table in tables:
        for column in table.columns:
            if isinstance(column.type, JSON):
                column.type.none_as_null = True
    return tables


def _plain(value: object) -> object:
    if isinstance(value, bytes | memoryview):
        return {_BASE64: base64.b64encode(value).decode()}
    return value


def _typed(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: base64.b64decode(value[_BASE64])
        if value is not None and isinstance(table.columns[name].type, LargeBinary)
        else value
        for name, value in row.items()
    }


def _number_on(connection: Connection, table: Table) -> None:
    """The next row a table numbers by itself comes after those that were loaded."""
    for column in table.primary_key:
        owned = text("SELECT pg_get_serial_sequence(:table, :column)")
        sequence = connection.execute(owned, {"table": table.name, "column": column.name}).scalar()
        last = connection.execute(select(func.max(column))).scalar()
        if sequence is not None and last is not None:
            connection.execute(select(func.setval(sequence, last)))
