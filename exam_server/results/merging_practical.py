"""Practical results that centres' packages bring, beside those that are at the hub already.

A list is followed by another and never changed: what a package brings is kept as lists of their
own. One that was taken in before brings nothing new, so that it cannot undo what was corrected
here since.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Literal

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.auth.identity import Staff
from exam_server.desk.tables import Candidate
from exam_server.results.beside import Practical, practicals
from exam_server.results.package_file import ResultFile
from exam_server.results.packed_practical import PackedList, newest
from exam_server.results.practical_lists import Line, Source, keep_list
from exam_server.results.rules.merging import Conflict, Registered
from exam_server.results.rules.practised import PRACTICAL
from exam_server.results.tables import PracticalImport
from exam_server.storage.tx import Tx

Standing = Literal["brought", "here"]  # which of two practical results a person lets stand


class Brought(msgspec.Struct, frozen=True):
    """``lists``: of a package, those that are not here yet; ``settled``: tickets in them of whom
    the package's last word is here already; ``agreeing``: of whom the same stands here;
    ``differing``: where another result stands here."""

    lists: tuple[PackedList, ...] = ()
    settled: frozenset[str] = frozenset()
    agreeing: frozenset[str] = frozenset()
    differing: tuple[Conflict, ...] = ()


def brought_by(
    session: Session, exam_id: str, file: ResultFile, roster: Mapping[str, Registered]
) -> Brought:
    """What the package brings beside what is here."""
    if not file.results.practical:
        return Brought()
    lists = _fresh(session, exam_id, file.results.practical)
    # the last list of all that names somebody says what the package says of them; where that one
    # is here, an earlier list that now names more people brings nothing of them
    last = {ticket: one for one in file.results.practical for ticket in one.results}
    brought = {ticket: one.results[ticket] for ticket, one in last.items() if one in lists}
    there = _there(session, roster, brought)
    return Brought(
        lists,
        frozenset(newest(lists).keys() - brought.keys()),
        frozenset(ticket for ticket, one in there.items() if one.found == brought[ticket]),
        tuple(
            Conflict(
                ticket=ticket,
                subject=PRACTICAL,
                here=one.shown,
                brought=brought[ticket].shown,
                alike=False,
                imported=one.imported_id or "",
            )
            for ticket, one in sorted(there.items())
            if one.found != brought[ticket]
        ),
    )


def take_lists(
    tx: Tx,
    brought: Brought,
    *,
    exam_id: str,
    imported_id: str,
    roster: Mapping[str, Registered],
    actor: Staff,
    standing: Standing = "brought",
    reason: str = "",
) -> None:
    """Keep the lists of the package ``imported_id``: for whoever has no result here and, where
    what is ``brought`` is to stand, for those who differ. ``reason``: of who decided, "" where
    nobody had to."""
    differing = {one.ticket for one in brought.differing}
    left_out = (
        brought.settled | brought.agreeing | (differing if standing == "here" else frozenset())
    )
    for one in brought.lists:
        lines = {
            roster[ticket].candidate_id: Line(found)
            for ticket, found in one.results.items()
            if ticket not in left_out
        }
        if not lines:
            continue
        corrected = (differing & one.results.keys()) - left_out
        on = date.fromisoformat(one.document_date)
        keep_list(
            tx,
            exam_id=exam_id,
            digest=one.content,
            source=Source(one.document, on, one.document_sha256),
            reason=" ".join(filter(None, (one.reason, reason if corrected else ""))),
            lines=lines,
            corrected=len(corrected),
            actor=actor,
            imported_id=imported_id,
        )


def _fresh(session: Session, exam_id: str, lists: Sequence[PackedList]) -> tuple[PackedList, ...]:
    known = set(
        session.scalars(select(PracticalImport.digest).where(PracticalImport.exam_id == exam_id))
    )
    return tuple(one for one in lists if one.content not in known)


def _there(
    session: Session, roster: Mapping[str, Registered], tickets: Collection[str]
) -> dict[str, Practical]:
    """What stands here of these people, by ticket."""
    ids = {roster[ticket].candidate_id: ticket for ticket in tickets}
    if not ids:
        return {}
    found = practicals(session, [Candidate.id.in_(list(ids))])
    return {ids[ident]: results[-1] for ident, results in found.items()}
