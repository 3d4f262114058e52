"""Barring from registration 禁考: entered by list, lifted one by one, both with a reason.

Who has given false data is barred for the years the notice says (DOMAIN A16). A barred person
is in no roster that is imported until the bar ends or is lifted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.auth.identity import OFFICE, Staff, require
from exam_server.desk.bar_file import BarRow
from exam_server.desk.rules import id_number, written
from exam_server.desk.rules.roster_row import RosterRow, row_problem
from exam_server.desk.tables import Barred
from exam_server.errors import Refusal, not_found
from exam_server.ids import new_id
from exam_server.keys import FieldCipher
from exam_server.storage.acts import record
from exam_server.storage.tx import Tx


def enter_bars(tx: Tx, *, rows: Sequence[BarRow], fields: FieldCipher, actor: Staff) -> int:
    """Enter the persons of a list; how many were new. A bar that is there is not entered twice.

    Refusal ``forbidden`` 403.
    """
    require(actor, *OFFICE, action="enter_bars")
    known = {
        (lookup, decided)
        for lookup, decided in tx.session.execute(select(Barred.id_lookup, Barred.decided_on))
    }
    new = []
    for row in rows:
        key = (fields.lookup(row.id_number), row.decided_on.isoformat())
        if key not in known:
            known.add(key)
            new.append(_barred(row, key[0], actor, tx.now.wall_ms))
    tx.session.add_all(new)
    tx.session.flush()
    if new:
        record(tx, kind="bars_entered", actor=actor.actor, data={"bars": [one.id for one in new]})
    return len(new)


def lift_bar(tx: Tx, *, bar_id: str, reason: str, actor: Staff) -> None:
    """End a bar before its time; it stays on the list with who lifted it and why.

    Refusals: ``forbidden`` 403; ``not_found`` 404; ``reason_required``, ``id_number_in_text``
    422; ``bar_lifted`` 409.
    """
    require(actor, *OFFICE, action="lift_bar")
    said = written.reason(reason, "bar_lifted")
    bar = tx.session.get(Barred, bar_id)
    if bar is None:
        raise not_found("bar", bar_id)
    if bar.lifted_ms is not None:
        raise Refusal("bar_lifted", 409, {"bar": bar_id})
    bar.lifted_ms, bar.lifted_by, bar.lift_reason = tx.now.wall_ms, actor.id, said
    tx.session.flush()
    facts = {"bar": bar_id, "reason": said}
    record(tx, kind="bar_lifted", actor=actor.actor, data=facts)


def barred_rows(
    session: Session, rows: Sequence[RosterRow], lookups: Mapping[int, str], today: date
) -> list[dict[str, Any]]:
    """The rows of a roster whose person is barred ``today``, in the shape of its problems."""
    bars = session.execute(
        select(Barred.id_lookup, Barred.until, Barred.source).where(
            Barred.lifted_ms.is_(None), Barred.until > today.isoformat()
        )
    ).all()
    until: dict[str, tuple[str, str]] = {}
    for lookup, end, source in bars:
        until[lookup] = max(until.get(lookup, ("", "")), (end, source))
    return [
        row_problem(row.row, "id_number", "roster_barred", until=end, source=source or "—")
        for row in rows
        if lookups[row.row] in until
        for end, source in (until[lookups[row.row]],)
    ]


def _barred(row: BarRow, lookup: str, actor: Staff, now_ms: int) -> Barred:
    return Barred(
        id=new_id(),
        id_lookup=lookup,
        id_masked=id_number.masked(row.id_number),
        name=row.name,
        decided_on=row.decided_on.isoformat(),
        until=row.until.isoformat(),
        reason=row.reason,
        source=row.source,
        entered_by=actor.id,
        entered_ms=now_ms,
    )
