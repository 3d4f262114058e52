"""Runs migrations over the connection of ``exam_server.storage.migrate``."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from exam_server.storage.base import INTEGER_64
from exam_server.storage.schema import metadata


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Name the 64-bit integer as script.py.mako defines it; the rest as Alembic would."""
    if kind == "type" and isinstance(item, type(INTEGER_64)) and item._variant_mapping:
        return "INTEGER_64"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    render_item=render_item,
    render_as_batch=True,  # SQLite alters a table by copying it
    transactional_ddl=True,  # the engine begins explicitly, on SQLite too
)
with context.begin_transaction():
    context.run_migrations()
