"""A package that contradicts what counts: the authority accepts it, or sets it aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from exam_server.auth.identity import Role, Staff, require
from exam_server.desk.rules import written
from exam_server.errors import Refusal, not_found
from exam_server.results.admission import admitted, earlier_of
from exam_server.results.merging import Here, left_of, put
from exam_server.results.merging_practical import Standing, take_lists
from exam_server.results.package_file import stored_file
from exam_server.results.packed import sat_in
from exam_server.results.rules.merging import Conflict, PackageState, Sat, shown
from exam_server.results.tables import Announcement, ImportedResults
from exam_server.results.turn import take_turn
from exam_server.storage.acts import record
from exam_server.storage.tx import Tx


def accept_correction(
    tx: Tx,
    *,
    imported_id: str,
    reason: str,
    actor: Staff,
    practical: Standing | None = None,
) -> None:
    """以更正为准: the held package counts for its people, in place of what counted of them.

    ``practical``: which practical results stand where they differ; somebody must say so, as they
    are of documents and not of the room. Packages of which nothing counts any more are
    superseded. Refusals: ``forbidden`` 403;
    ``not_found`` 404; ``reason_required``, ``id_number_in_text``, ``result_package_rewrites``
    422; ``result_package_not_held``, ``result_package_own_room``, ``result_package_older``,
    ``result_package_practical_differs`` 409.
    """
    row, where, reason = _held(tx, imported_id, reason, actor, "accept_correction")
    file = stored_file(row.manifest, row.results, row.digest)
    found = admitted(tx, file, where)
    earlier_of(tx, file, where, [PackageState.COUNTS])
    against = found.against
    if rooms := sorted({one.ticket for one in against if not one.imported}):
        raise Refusal("result_package_own_room", 409, {"who": ", ".join(rooms[:5])})
    differing = found.practical.differing
    if differing and practical is None:
        tickets = [one.ticket for one in differing]
        raise Refusal("result_package_practical_differs", 409, {"who": ", ".join(tickets[:5])})
    changed = [one for one in against if not one.alike]
    notes = _notes(sat_in(file), found.here, changed, reason, tx.now.wall_ms)
    put(tx.session, file, row.id, found.roster, found.here, notes)
    take_lists(
        tx,
        found.practical,
        exam_id=found.exam_id,
        imported_id=row.id,
        roster=found.roster,
        actor=actor,
        standing=practical or "brought",
        reason=reason,
    )
    _decide(tx, row, PackageState.COUNTS, reason, actor)
    for old in sorted({one.imported for one in against}):
        if not left_of(tx.session, old):
            earlier = tx.session.get_one(ImportedResults, old)
            earlier.state, earlier.superseded_by = PackageState.SUPERSEDED.value, row.id
    tx.session.flush()
    facts = {
        "imported": row.id,
        "in_place_of": sorted({one.imported for one in against}),
        "reason": reason,
        "changed": [[one.ticket, one.subject, one.here, one.brought] for one in changed],
        "practical": [[one.ticket, one.here, one.brought, practical] for one in differing],
    }
    record(tx, kind="results_corrected", actor=actor.actor, data=facts)


def set_aside(tx: Tx, *, imported_id: str, reason: str, actor: Staff) -> None:
    """不采用: the held package never counts; it stays with the reason. Refusals as
    :func:`accept_correction`."""
    row, _, reason = _held(tx, imported_id, reason, actor, "set_aside")
    _decide(tx, row, PackageState.SET_ASIDE, reason, actor)
    facts = {"imported": row.id, "reason": reason}
    record(tx, kind="results_set_aside", actor=actor.actor, data=facts)


def _held(
    tx: Tx, imported_id: str, reason: str, actor: Staff, action: str
) -> tuple[ImportedResults, Announcement, str]:
    require(actor, Role.AUTHORITY, action=action)
    reason = written.reason(reason, action)
    row = tx.session.get(ImportedResults, imported_id)
    if row is None:
        raise not_found("result_package", imported_id)
    where = tx.session.get_one(Announcement, row.announcement_id)
    if where.exam_id is not None:
        take_turn(tx, where.exam_id)
    tx.lock(select(ImportedResults).where(ImportedResults.id == imported_id))
    if row.state != PackageState.HELD:
        raise Refusal("result_package_not_held", 409, {"state": row.state})
    return row, where, reason


def _decide(tx: Tx, row: ImportedResults, state: PackageState, reason: str, actor: Staff) -> None:
    row.state, row.reason = state.value, reason
    row.decided_by, row.decided_ms = actor.id, tx.now.wall_ms
    tx.session.flush()


def _notes(
    brought: Mapping[tuple[str, str], Sat],
    here: Here,
    changed: Sequence[Conflict],
    reason: str,
    at_ms: int,
) -> dict[str, dict[str, object]]:
    """By attempt, what stood before where another attempt or state takes its place; a further
    version of the same attempt's score explains itself."""
    return {
        brought[one.ticket, one.subject].attempt: {
            "before": _counted(here, here.sat[one.ticket, one.subject][1]),
            "reason": reason,
            "at_ms": at_ms,
        }
        for one in changed
        if not _same(brought[one.ticket, one.subject], here.sat[one.ticket, one.subject][1])
    }


def _counted(here: Here, sat: Sat) -> str:
    """What stood of it, by whichever key."""
    return shown(sat) if sat.points is None else here.all_versions[sat.attempt][-1]


def _same(new: Sat, old: Sat) -> bool:
    return (new.attempt, new.state) == (old.attempt, old.state)
