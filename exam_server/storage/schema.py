"""All tables of all rooms in one place, for migrations only; rooms never import this."""

from __future__ import annotations

from exam_server.auth import tables as auth_tables
from exam_server.desk import tables as desk_tables
from exam_server.results import tables as results_tables
from exam_server.room import tables as room_tables
from exam_server.storage import acts, lease
from exam_server.storage.base import Base
from exam_server.vault import tables as vault_tables

TABLE_MODULES = (
    *(acts, lease, auth_tables, desk_tables),
    *(vault_tables, room_tables, results_tables),
)

metadata = Base.metadata
