"""The declarative base every room's tables share.

Times are integer milliseconds (wall, UTC) in columns that end in ``_ms``; scores are
decimal strings; JSON columns hold only what canonical JSON can hold.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Integer, MetaData
from sqlalchemy.orm import DeclarativeBase

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


# SQLite numbers rows by itself only in a column typed INTEGER, which holds 64 bits there.
INTEGER_64 = BigInteger().with_variant(Integer(), "sqlite")


class Base(DeclarativeBase):
    """Base of all tables; ``Base.metadata`` is what Alembic compares against."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {dict[str, Any]: JSON, list[Any]: JSON, int: INTEGER_64}
