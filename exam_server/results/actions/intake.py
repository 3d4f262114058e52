"""The authority takes the centres' results in."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import select

from exam_server.auth.identity import Role, Staff, require
from exam_server.errors import Refusal
from exam_server.ids import new_id
from exam_server.results.admission import admitted, earlier_of, refusal
from exam_server.results.merging import left_of, put
from exam_server.results.merging_practical import take_lists
from exam_server.results.package_file import ResultFile, read_result_file
from exam_server.results.packed import announced_in, packed_in, people_in
from exam_server.results.rules import announced as rules
from exam_server.results.rules.merging import Conflict, PackageState
from exam_server.results.tables import Announcement, ImportedResults
from exam_server.results.turn import take_turn
from exam_server.storage.acts import record
from exam_server.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Imported:
    """``new``: False when this very package had been imported before: nothing was written.
    ``state``: counts, or held for its ``conflicts``."""

    id: str
    centre: str
    rows: int
    new: bool
    state: PackageState
    conflicts: int


def import_results(tx: Tx, *, data: bytes, actor: Staff) -> Imported:
    """Take a centre's result package in, whole or not at all; repeating it writes nothing.

    Where it contradicts or repeats what counts already it is kept and *held* until
    a person decides (:mod:`exam_server.results.actions.held_packages`).
    Refusals: ``forbidden`` 403; ``result_package_…`` 422: unreadable, altered, format,
    unknown_centre, other_centre, other_paper, other_key, other_build, golden, incomplete,
    contradicts, other_exam, stranger, other_person, practical, rewrites; 409:
    ``result_package_announce_again``, ``result_package_older``. Rows name what
    each is about.
    """
    require(actor, Role.AUTHORITY, action="import_results")
    file = read_result_file(data)
    where = _announcement(tx, file)
    if where.exam_id is not None:
        take_turn(tx, where.exam_id)
    known = tx.session.scalars(
        select(ImportedResults).where(ImportedResults.digest == file.digest)
    ).first()
    if known is not None:
        if known.file is None:  # taken in before files were kept
            known.file = data
        return _receipt(known, where, new=False)
    if wrong := rules.problems(packed_in(file), announced_in(where)):
        raise refusal(wrong)
    found = admitted(tx, file, where)
    before = [one for one in PackageState if one is not PackageState.SET_ASIDE]
    earlier = earlier_of(tx, file, where, before)
    against = [*found.against, *found.practical.differing]
    row = _kept(tx, file, data, where, actor, against)
    if not against:
        put(tx.session, file, row.id, found.roster, found.here)
        take_lists(
            tx,
            found.practical,
            exam_id=found.exam_id,
            imported_id=row.id,
            roster=found.roster,
            actor=actor,
        )
        _supersede(tx, earlier, row)
    facts = {
        "imported": row.id,
        "announcement": where.id,
        "exam": found.exam_id,
        "digest": file.digest,
        "rows": file.manifest.rows,
        "state": row.state,
        "conflicts": len(against),
    }
    record(tx, kind="results_imported", actor=actor.actor, data=facts)
    return _receipt(row, where, new=True)


def _announcement(tx: Tx, file: ResultFile) -> Announcement:
    key = base64.b64encode(file.signer).decode()
    wanted = list(file.manifest.packages)
    of_key = tx.session.scalars(select(Announcement).where(Announcement.centre_key == key)).all()
    if row := next((one for one in of_key if one.package_id in wanted), None):
        return row
    if of_key:
        raise Refusal("result_package_other_paper", 422, {"who": ", ".join(wanted) or "–"})
    announced = tx.session.scalars(select(Announcement).where(Announcement.package_id.in_(wanted)))
    if announced.first() is not None:
        raise Refusal("result_package_other_centre", 422, {"key": key})
    raise Refusal("result_package_unknown_centre", 422, {"key": key})


def _supersede(tx: Tx, earlier: Sequence[ImportedResults], row: ImportedResults) -> None:
    """Of rooms of this machine a package brings nothing: the later one simply follows."""
    for old in earlier:
        if old.state == PackageState.COUNTS and not left_of(tx.session, old.id):
            old.state, old.superseded_by = PackageState.SUPERSEDED.value, row.id
    tx.session.flush()


def _kept(
    tx: Tx,
    file: ResultFile,
    data: bytes,
    where: Announcement,
    actor: Staff,
    against: Sequence[Conflict],
) -> ImportedResults:
    row = ImportedResults(
        id=new_id(),
        announcement_id=where.id,
        digest=file.digest,
        sittings=sorted(sitting.id for sitting in file.manifest.sittings),
        tickets=[ticket for ticket, _ in people_in(file)],
        manifest=msgspec.to_builtins(file.manifest),
        results=msgspec.to_builtins(file.results),
        file=data,
        created_ms=file.manifest.created_ms,
        imported_ms=tx.now.wall_ms,
        imported_by=actor.id,
        state=(PackageState.HELD if against else PackageState.COUNTS).value,
        conflicts=msgspec.to_builtins(against),
    )
    tx.session.add(row)
    tx.session.flush()
    return row


def _receipt(row: ImportedResults, where: Announcement, *, new: bool) -> Imported:
    return Imported(
        id=row.id,
        centre=where.centre,
        rows=row.manifest["rows"],
        new=new,
        state=PackageState(row.state),
        conflicts=len(row.conflicts),
    )
