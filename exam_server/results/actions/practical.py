"""Practical results 操作技能/应会 come in by list, with their source document (DOMAIN D27).

They are imported and never computed. A correction is a new import with a reason; what stood before
stays.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from exam_server.auth.identity import OFFICE, Staff, require
from exam_server.desk.rules.roster_text import plain
from exam_server.desk.rules.written import words
from exam_server.desk.tables import Candidate
from exam_server.errors import Refusal
from exam_server.keys import FieldCipher
from exam_server.results.beside import practicals
from exam_server.results.practical_file import PRACTICALS, PracticalRow, read_practical
from exam_server.results.practical_lists import Line, Source, keep_list
from exam_server.results.records import exam_and_profile
from exam_server.results.rules.group import line_city
from exam_server.results.rules.practised import of_another_year
from exam_server.results.tables import PracticalImport, PracticalResult
from exam_server.results.turn import take_turn
from exam_server.storage.tx import Tx

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Taken:
    """``new``: False when this very list had been imported before: nothing was written.
    ``corrected``: how many results are not what they were."""

    id: str
    number: int
    people: int
    corrected: int
    new: bool


def import_practical(
    tx: Tx,
    *,
    exam_id: str,
    data: bytes,
    source: Source,
    reason: str,
    fields: FieldCipher,
    actor: Staff,
) -> Taken:
    """Take a list of practical results in, whole or not at all; repeating it writes nothing.

    A city's authority brings those of its own units. Refusals: ``forbidden`` 403; ``not_found``
    404; those of :func:`read_practical`; ``practical_document``, ``practical_scan``,
    ``practical_year``,
    ``id_number_in_text`` 422; ``practical_reason`` 409 with a row for each result that would be
    corrected, until a reason is given; ``practical_overtaken`` 409 for a list that was brought in
    before and corrected since.
    """
    require(actor, *OFFICE, action="import_practical", of_city=True)
    take_turn(tx, exam_id)
    exam, profile = exam_and_profile(tx.session, exam_id)
    reason = words(reason, "practical_imported")
    document = words(source.document, "practical_imported")
    if not document:
        raise Refusal("practical_document", 422)
    if source.sha256 and not _SHA256.fullmatch(source.sha256):
        raise Refusal("practical_scan", 422)
    if of_another_year(source.on, exam.year, profile.publish.validity):
        raise Refusal("practical_year", 422, {"on": source.on.isoformat(), "year": exam.year})
    digest = hashlib.sha256(data).hexdigest()
    known = tx.session.scalars(
        select(PracticalImport).where(
            PracticalImport.exam_id == exam_id, PracticalImport.digest == digest
        )
    ).first()
    found = _matched(tx, exam_id, read_practical(data, profile), fields, actor.city)
    corrected = _corrected(tx, exam_id, found)
    if known is not None:
        if corrected:
            facts: dict[str, object] = {"number": known.number, "count": len(corrected)}
            raise Refusal("practical_overtaken", 409, facts, corrected)
        return Taken(known.id, known.number, _people_in(tx, known.id), 0, new=False)
    if corrected and not reason:
        raise Refusal("practical_reason", 409, {"count": len(corrected)}, corrected)
    row = keep_list(
        tx,
        exam_id=exam_id,
        digest=digest,
        source=Source(document, source.on, source.sha256),
        reason=reason if corrected else "",
        lines={ident: Line(one.found, one.row) for ident, one in found.items()},
        corrected=len(corrected),
        actor=actor,
    )
    return Taken(row.id, row.number, len(found), len(corrected), new=True)


def _matched(
    tx: Tx, exam_id: str, rows: Sequence[PracticalRow], fields: FieldCipher, city: str | None
) -> dict[str, PracticalRow]:
    """The candidate of each row; Refusal ``practical_problems`` 422 with rows."""
    people = tx.session.execute(
        select(
            *(Candidate.id, Candidate.ticket, Candidate.id_lookup),
            *(Candidate.name, Candidate.city),
        ).where(Candidate.exam_id == exam_id)
    ).all()
    by_ticket = {one.ticket: one for one in people if one.ticket is not None}
    by_number = {one.id_lookup: one for one in people}
    found: dict[str, PracticalRow] = {}
    problems: list[dict[str, object]] = []
    for row in rows:
        field = "ticket" if row.ticket else "id_number"
        person = (
            by_ticket.get(row.ticket) if row.ticket else by_number.get(fields.lookup(row.id_number))
        )
        if person is None:
            problems.append(PRACTICALS.problem(row.row, field, "practical_unknown"))
        elif row.ticket and row.id_number and fields.lookup(row.id_number) != person.id_lookup:
            problems.append(PRACTICALS.problem(row.row, "id_number", "practical_other_person"))
        elif row.name and row.name != plain(person.name):
            problems.append(PRACTICALS.problem(row.row, "name", "practical_other_person"))
        elif city is not None and line_city(person.city) != city:
            problems.append(PRACTICALS.problem(row.row, field, "practical_other_city", city=city))
        elif person.id in found:
            problems.append(
                PRACTICALS.problem(row.row, field, "practical_twice", other=found[person.id].row)
            )
        else:
            found[person.id] = row
    if problems:
        raise PRACTICALS.refusal(problems)
    return found


def _corrected(tx: Tx, exam_id: str, found: Mapping[str, PracticalRow]) -> list[dict[str, object]]:
    """A row for each result that is not what stands."""
    standing = practicals(tx.session, [Candidate.exam_id == exam_id])
    return [
        PRACTICALS.problem(
            row.row, "result", "practical_differs",
            here=standing[ident][-1].shown, brought=row.found.shown,
        )
        for ident, row in found.items()
        if ident in standing and standing[ident][-1].found != row.found
    ]  # fmt: skip


def _people_in(tx: Tx, import_id: str) -> int:
    query = select(func.count()).select_from(PracticalResult)
    return tx.session.scalar(query.where(PracticalResult.import_id == import_id)) or 0
