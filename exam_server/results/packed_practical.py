"""Practical results 操作技能 in a result package: what the centre brought in, list by list.

Each list travels with its source document and the people of it who are in the package, by ticket
number. They are results of a document and were never computed; a correction is a later list.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.desk.rules.id_number import named_in
from exam_server.profiles.profile import Profile
from exam_server.results.rules.announced import Problem
from exam_server.results.rules.practised import (
    PracticalType,
    Practised,
    of_another_year,
    practised,
)
from exam_server.results.tables import PracticalImport, PracticalResult
from exam_server.storage.listed import listed
from question_bank.canonical import canonical

_SHA256 = re.compile(r"[0-9a-f]{64}")


class PackedList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One list. ``document``: number of its source document, ``document_date``: ISO,
    ``document_sha256``: of its scan; ``digest``: of the list's file; ``reason``: why it corrects
    earlier ones, else ""; ``results``: by ticket number."""

    document: str
    document_date: str
    document_sha256: str
    digest: str
    reason: str
    results: dict[str, Practised]

    @property
    def content(self) -> str:
        """SHA-256 of all that it says: the same list of the same people is known by it."""
        return hashlib.sha256(canonical(msgspec.to_builtins(self))).hexdigest()


def packed_practical(session: Session, tickets: Mapping[str, str]) -> list[PackedList]:
    """The lists that name somebody of the package, the oldest first. ``tickets``: by candidate
    id, of everybody in it."""
    rows = session.execute(
        select(PracticalResult, PracticalImport)
        .join(PracticalImport, PracticalImport.id == PracticalResult.import_id)
        .where(PracticalResult.candidate_id.in_(listed("candidates")))
        .order_by(PracticalImport.number, PracticalResult.candidate_id),
        {"candidates": list(tickets)},
    )
    lists: dict[str, PracticalImport] = {}
    results: dict[str, dict[str, Practised]] = {}
    for one, source in rows:
        lists[source.id] = source
        found = results.setdefault(source.id, {})
        found[tickets[one.candidate_id]] = Practised(one.result, one.points)
    return [
        PackedList(
            document=source.document,
            document_date=source.document_date,
            document_sha256=source.document_sha256,
            digest=source.digest,
            reason=source.reason,
            results=results[ident],
        )
        for ident, source in lists.items()
    ]


def newest(lists: Sequence[PackedList]) -> dict[str, Practised]:
    """What the lists say in the end, by ticket."""
    return {ticket: found for one in lists for ticket, found in one.results.items()}


def problems(
    lists: Sequence[PackedList], tickets: Collection[str], profile: Profile, year: int
) -> Iterator[Problem]:
    """What a centre could not have brought in itself: a result that is none under ``profile``,
    of somebody who is not in the package (``tickets``), or a source that is none or of another
    year than the exam's."""
    kind: PracticalType = "score" if profile.practical.type == "score" else "pass_fail"
    full = None if profile.practical.full_mark is None else Decimal(profile.practical.full_mark)
    for one in lists:
        if not _has_source(one) or of_another_year(
            date.fromisoformat(one.document_date), year, profile.publish.validity
        ):
            yield Problem("result_package_practical", one.document[:20] or "–")
        for ticket, found in one.results.items():
            said = practised(found.shown, kind, full)
            if profile.practical.type == "none" or ticket not in tickets or said != found:
                yield Problem("result_package_practical", ticket)


def _has_source(one: PackedList) -> bool:
    try:
        date.fromisoformat(one.document_date)
    except ValueError:
        return False
    digests = (one.document_sha256, one.digest)
    return (
        bool(one.document.strip())
        and all(_SHA256.fullmatch(digest) for digest in digests)
        and not (named_in(one.document) or named_in(one.reason))
    )
