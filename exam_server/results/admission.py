"""Whether a package belongs to this hub: its exam, its people, its history. Refusals only."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import select

from exam_server.desk.tables import Exam
from exam_server.errors import Refusal
from exam_server.profiles.profile import Profile
from exam_server.results.merging import Here, here_of, roster_of
from exam_server.results.merging_practical import Brought, brought_by
from exam_server.results.package_file import ResultFile
from exam_server.results.packed import named_in, sat_in, versions_in
from exam_server.results.packed_practical import problems
from exam_server.results.records import exam_and_profile
from exam_server.results.rules.announced import Problem
from exam_server.results.rules.merging import (
    Conflict,
    PackageState,
    Registered,
    conflicts,
    rewritten,
    strangers,
)
from exam_server.results.tables import Announcement, ImportedResults
from exam_server.results.views.table import columns_of
from exam_server.storage.tx import Tx


class Admitted(msgspec.Struct, frozen=True):
    """A package that belongs here: its exam, the hub's own candidates in it by ticket, what
    counts of them already, and where that contradicts or repeats it. ``practical``: the
    practical results that it brings."""

    exam_id: str
    roster: dict[str, Registered]
    here: Here
    against: list[Conflict]
    practical: Brought


def admitted(tx: Tx, file: ResultFile, where: Announcement) -> Admitted:
    """Refusals 422: ``result_package_other_exam``, ``…_stranger``, ``…_other_person``,
    ``…_practical``, ``…_rewrites``; 409: ``result_package_announce_again``."""
    if where.exam_id is None:
        raise Refusal("result_package_announce_again", 409, {"centre": where.centre})
    exam, profile = exam_and_profile(tx.session, where.exam_id)
    _refuse_other_exam(file, exam, profile)
    people = named_in(file)
    roster = roster_of(tx.session, exam.id, [one.ticket for one in people])
    if found := list(strangers(people, roster)):
        raise refusal([one for one in found if one.code == found[0].code])
    if wrong := list(problems(file.results.practical, roster, profile, exam.year)):
        raise refusal(wrong)
    here = here_of(tx.session, roster)
    if changed := rewritten(versions_in(file), here.versions):
        raise refusal([Problem("result_package_rewrites", one) for one in changed])
    against = [one for one in conflicts(sat_in(file), here.sat) if one.imported or not one.alike]
    practical = brought_by(tx.session, exam.id, file, roster)
    return Admitted(exam.id, roster, here, against, practical)


def earlier_of(
    tx: Tx, file: ResultFile, where: Announcement, states: Collection[PackageState]
) -> list[ImportedResults]:
    """The centre's packages of the same sittings in one of ``states``; Refusal
    ``result_package_older`` 409 where one of them is the later one."""
    mine = {sitting.id for sitting in file.manifest.sittings}
    rows = tx.session.scalars(
        select(ImportedResults).where(
            ImportedResults.announcement_id == where.id,
            ImportedResults.state.in_([state.value for state in states]),
        )
    )
    found = [row for row in rows if mine & set(row.sittings)]
    if not all(_goes_on(file, row) for row in found):
        raise Refusal("result_package_older", 409)
    return found


def _goes_on(file: ResultFile, old: ImportedResults) -> bool:
    """Of chains that have only grown, and made later: as the chains tell, and where they are the
    same the clock, which may have been set back."""
    heads, before = file.manifest.heads, old.manifest["heads"]
    common = [(heads[name], tuple(before[name])) for name in before if name in heads]
    grown = any(head[0] > was[0] for head, was in common)
    later = grown or file.manifest.created_ms > old.created_ms
    return later and all(head[0] > was[0] or head == was for head, was in common)


def refusal(found: Sequence[Problem]) -> Refusal:
    """All problems of one kind, by place."""
    rows: list[dict[str, object]] = [
        {"row": at, "column": one.who, "code": one.code, "facts": {"who": one.who}}
        for at, one in enumerate(found, start=1)
    ]
    told = ", ".join(one.who for one in found[:5]) + (" …" if len(found) > 5 else "")
    return Refusal(found[0].code, 422, {"who": told, "count": len(found)}, rows)


def _refuse_other_exam(file: ResultFile, exam: Exam, profile: Profile) -> None:
    """Other subjects or full marks than those of the exam that the results are to count in, or a
    rehearsal's results for an exam that counts."""
    brought = [(column.id, column.full) for column in file.results.table.columns]
    expected = [(column.id, column.full) for column in columns_of(profile)]
    if brought != expected or (exam.mode == "formal") != (file.manifest.mode == "formal"):
        raise Refusal("result_package_other_exam", 422, {"who": file.manifest.exam_name})
