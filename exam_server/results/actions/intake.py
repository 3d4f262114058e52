"""The authority announces what it sent to a centre, and takes the centre's results in."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import select

from exam_server.auth.identity import Role, Staff, require
from exam_server.errors import Refusal
from exam_server.ids import new_id
from exam_server.results.package_file import ResultFile, read_result_file
from exam_server.results.rules import announced as rules
from exam_server.results.tables import Announcement, ImportedResults
from exam_server.storage.acts import record
from exam_server.storage.tx import Tx
from question_bank.sealing.package import SealedPackage

_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Imported:
    """``new``: False when this very package had been imported before: nothing was written."""

    id: str
    centre: str
    rows: int
    new: bool


def announce(
    tx: Tx,
    *,
    package: SealedPackage,
    centre: str,
    centre_key: bytes,
    golden: Mapping[str, str],
    builds: Sequence[str],
    seats: Mapping[str, str],
    actor: Staff,
) -> str:
    """Register what was sent to ``centre``; its id. Announcing again replaces builds and roster.

    ``centre_key``: the raw Ed25519 key that will sign the results. ``golden``: form id → points.
    ``seats``: ticket → room. Refusals: ``forbidden`` 403, ``centre_key_malformed`` 422.
    """
    require(actor, Role.AUTHORITY, action="announce_results")
    if len(centre_key) != _KEY_BYTES:
        raise Refusal("centre_key_malformed", 422)
    key = base64.b64encode(centre_key).decode()
    row = tx.session.scalars(
        select(Announcement).where(
            Announcement.package_id == package.id, Announcement.centre_key == key
        )
    ).first()
    if row is None:
        row = Announcement(id=new_id(), package_id=package.id, centre_key=key)
        tx.session.add(row)
    row.centre, row.exam_name = centre, package.manifest.exam
    row.forms = {
        form: {"scoring_digest": package.form(form).scoring_digest, "golden": golden.get(form)}
        for form in sorted(package.shapes)
    }
    row.builds, row.seats = sorted(builds), dict(seats)
    row.announced_ms, row.announced_by = tx.now.wall_ms, actor.id
    tx.session.flush()
    facts = {
        "announcement": row.id,
        "package": package.id,
        "centre": centre,
        "key": key,
        "builds": row.builds,
        "candidates": len(row.seats),
    }
    record(tx, kind="results_announced", actor=actor.actor, data=facts)
    return row.id


def import_results(tx: Tx, *, data: bytes, actor: Staff) -> Imported:
    """Take a centre's result package in, whole or not at all; repeating it writes nothing.

    Refusals: ``forbidden`` 403; ``result_package_…`` 422: unreadable, altered, unknown_centre,
    other_centre, other_paper, other_key, other_build, golden, incomplete, contradicts; 409:
    ``result_package_older``, ``result_package_overlaps``. Rows name what each is about.
    """
    require(actor, Role.AUTHORITY, action="import_results")
    file = read_result_file(data)
    where = _announcement(tx, file)
    known = tx.session.scalars(
        select(ImportedResults).where(ImportedResults.digest == file.digest)
    ).first()
    if known is not None:
        return Imported(known.id, where.centre, file.manifest.rows, new=False)
    if found := rules.problems(_packed(file), _announced(where)):
        raise _refusal(found)
    row = _kept(tx, file, where, actor)
    facts = {
        "imported": row.id,
        "announcement": where.id,
        "digest": file.digest,
        "rows": file.manifest.rows,
    }
    record(tx, kind="results_imported", actor=actor.actor, data=facts)
    return Imported(row.id, where.centre, file.manifest.rows, new=True)


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


def _refusal(found: Sequence[rules.Problem]) -> Refusal:
    rows: list[dict[str, object]] = [
        {"row": at, "column": one.who, "code": one.code, "facts": {"who": one.who}}
        for at, one in enumerate(found, start=1)
    ]
    shown = ", ".join(one.who for one in found[:5]) + (" …" if len(found) > 5 else "")
    return Refusal(found[0].code, 422, {"who": shown, "count": len(found)}, rows)


def _kept(tx: Tx, file: ResultFile, where: Announcement, actor: Staff) -> ImportedResults:
    """The package in the tables; an earlier one of the same sittings is superseded by it."""
    mine = {sitting.id for sitting in file.manifest.sittings}
    ident = new_id()
    earlier = tx.session.scalars(
        select(ImportedResults).where(
            ImportedResults.announcement_id == where.id, ImportedResults.superseded_by.is_(None)
        )
    ).all()
    for old in earlier:
        theirs = set(old.sittings)
        if not mine & theirs:
            continue
        if not theirs <= mine:
            raise Refusal("result_package_overlaps", 409)
        if not _goes_on(file, old):
            raise Refusal("result_package_older", 409)
        old.superseded_by = ident
    row = ImportedResults(
        id=ident,
        announcement_id=where.id,
        digest=file.digest,
        sittings=sorted(mine),
        manifest=msgspec.to_builtins(file.manifest),
        results=msgspec.to_builtins(file.results),
        created_ms=file.manifest.created_ms,
        imported_ms=tx.now.wall_ms,
        imported_by=actor.id,
        superseded_by=None,
    )
    tx.session.add(row)
    tx.session.flush()
    return row


def _goes_on(file: ResultFile, old: ImportedResults) -> bool:
    """Made later, of chains that have only grown: the centre has not gone back in time."""
    heads = file.manifest.heads
    return file.manifest.created_ms > old.created_ms and all(
        name in heads and (heads[name][0] > seq or heads[name] == (seq, digest))
        for name, (seq, digest) in old.manifest["heads"].items()
    )


def _announced(row: Announcement) -> rules.Announced:
    forms = {
        form: rules.AnnouncedForm(facts["scoring_digest"], facts["golden"])
        for form, facts in row.forms.items()
    }
    return rules.Announced(row.package_id, forms, row.builds, row.seats)


def _packed(file: ResultFile) -> rules.Packed:
    manifest, results = file.manifest, file.results
    return rules.Packed(
        packages=manifest.packages,
        forms=manifest.forms,
        build=manifest.build,
        golden={(one.form, one.scoring_digest): one.points for one in manifest.golden},
        rooms=frozenset(sitting.room for sitting in manifest.sittings),
        subjects=[column.id for column in results.table.columns],
        rows=[_row(row) for row in results.table.rows],
        counted=manifest.rows,
        scores=[
            rules.ScoreFact(one.attempt, one.form, one.version, one.points, one.scoring_digest)
            for one in results.scores
        ],
        chains=frozenset(manifest.heads),
    )


def _row(row: Any) -> rules.Row:
    subjects = {
        name: rules.Subject(one.attempt_id, one.state, one.points, one.version)
        for name, one in row.subjects.items()
    }
    return rules.Row(row.ticket, row.status, row.sum, subjects)
