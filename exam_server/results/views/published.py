"""Published results for other systems: by group, page by page; only what a release has made so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.auth.identity import Staff
from exam_server.desk.tables import Candidate, Exam
from exam_server.desk.views import id_number_of
from exam_server.errors import not_found
from exam_server.keys import FieldCipher
from exam_server.results.rules.group import parts_of
from exam_server.results.rules.line_life import may_see
from exam_server.results.rules.official import Official
from exam_server.results.tables import ReleasedResult, ResultsRelease

MOST = 1000


class PublishedGroup(msgspec.Struct, frozen=True):
    """A group's release that counts. ``digest``: of the results it published."""

    group: str
    city: str
    trade: str
    level: str
    version: int
    people: int
    released_ms: int
    digest: str


class PublishedResult(msgspec.Struct, frozen=True):
    """One person's official result. ``id_number``: masked, unless whole ones were asked for;
    ``official``: see :class:`exam_server.results.rules.official.Official`."""

    candidate: str
    ticket: str | None
    name: str
    id_number: str
    city: str
    unit: str
    trade: str
    level: str
    group: str
    version: int
    official: Official


class PublishedPage(msgspec.Struct, frozen=True):
    """``next``: what to give as ``after`` for the next page, None on the last."""

    results: tuple[PublishedResult, ...]
    next: str | None


def published_groups(session: Session, exam_id: str, *, viewer: Staff) -> list[PublishedGroup]:
    """The groups of the exam with a release, those of the viewer's office; ``not_found`` 404."""
    return [
        PublishedGroup(
            group=one.group_key,
            **parts_of(one.group_key),
            version=one.version,
            people=one.people,
            released_ms=one.released_ms,
            digest=one.digest,
        )
        for one in newest_releases(session, exam_id, viewer)
    ]


def published_page(
    session: Session,
    exam_id: str,
    *,
    viewer: Staff,
    group: str | None = None,
    passed: bool = False,
    after: str = "",
    limit: int = MOST,
    whole: FieldCipher | None = None,
) -> PublishedPage:
    """One page, in an order that stays the same.

    ``passed``: only who is qualified without anything left to come (no review). ``after``: the
    last page's ``next``. ``whole``: opens ID numbers; whoever gives it has recorded the call.
    """
    counting = {
        one.id: one
        for one in newest_releases(session, exam_id, viewer)
        if group is None or one.group_key == group
    }
    limit = max(1, min(limit, MOST))
    query = (
        select(ReleasedResult, Candidate)
        .join(Candidate, Candidate.id == ReleasedResult.candidate_id)
        .where(ReleasedResult.release_id.in_(counting), ReleasedResult.candidate_id > after)
        .order_by(ReleasedResult.candidate_id)
    )
    if passed:
        status = ReleasedResult.official["status"].as_string()
        query = query.where(status == "pass")
    rows = session.execute(query.limit(limit + 1)).all()
    found = [_result(row, counting, whole) for row in rows[:limit]]
    if passed:
        found = [one for one in found if not one.official.reasons]
    more = len(rows) > limit
    return PublishedPage(tuple(found), rows[limit - 1].Candidate.id if more else None)


def newest_releases(session: Session, exam_id: str, viewer: Staff) -> Sequence[ResultsRelease]:
    """The release that counts of each group of the viewer's office; ``not_found`` 404."""
    if session.get(Exam, exam_id) is None:
        raise not_found("exam", exam_id)
    rows = session.scalars(
        select(ResultsRelease)
        .where(ResultsRelease.exam_id == exam_id)
        .order_by(ResultsRelease.group_key, ResultsRelease.version)
    )
    last = {row.group_key: row for row in rows}
    return [row for key, row in last.items() if may_see(viewer.city, parts_of(key)["city"])]


def _result(
    row: Any, counting: dict[str, ResultsRelease], whole: FieldCipher | None
) -> PublishedResult:
    person, release = row.Candidate, counting[row.ReleasedResult.release_id]
    return PublishedResult(
        candidate=person.id,
        ticket=person.ticket,
        name=person.name,
        id_number=person.id_masked if whole is None else id_number_of(person, whole),
        city=person.city,
        unit=person.unit,
        trade=person.trade,
        level=person.level,
        group=release.group_key,
        version=release.version,
        official=msgspec.convert(row.ReleasedResult.official, Official),
    )
