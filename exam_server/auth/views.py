"""Accounts as others show them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.auth.tables import Staff

_ACTOR = "staff:"


def staff_names(session: Session, ids: Iterable[str | None]) -> dict[str, str]:
    """What these members of staff are called, by id; whoever has no account is not in it.

    ``ids``: as rows hold them, None for nobody, or as a record's ``actor``, ``staff:…``.
    """
    wanted = {one.removeprefix(_ACTOR): one for one in ids if one}
    rows = session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(wanted)))
    return {wanted[row.id]: row.name for row in rows}
