"""What stands to be published and what is: by group, with the last day for it (DOMAIN A6, D42)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_server.auth.identity import Staff
from exam_server.auth.tables import Staff as StaffRow
from exam_server.clock import china_day
from exam_server.desk.tables import Candidate, Sitting
from exam_server.errors import not_found
from exam_server.profiles.profile import Profile
from exam_server.profiles.working_days import Calendar
from exam_server.results.group_state import in_effect, lines_of, snapshot_digest, under_way
from exam_server.results.people import by_group, people
from exam_server.results.records import exam_and_profile
from exam_server.results.rules.entries import Counts, Entry, count
from exam_server.results.rules.group import key_of, parts_of
from exam_server.results.rules.line_life import may_see
from exam_server.results.rules.official import publisher_of
from exam_server.results.tables import CutScore, ReleasedResult, ResultsRelease


class Period(msgspec.Struct, frozen=True):
    """A period that runs or has run. ``left``: working days to its last day, negative when that
    is past; None once what it was for is done. ``kept``: whether it was done in time, None while
    it runs. ``missing``: years whose holidays are not known."""

    last: str
    left: int | None
    kept: bool | None
    missing: tuple[int, ...]


class ReleaseCard(msgspec.Struct, frozen=True):
    """One group. ``office``: whose act its release is, "" for the province's. ``ready``: none,
    or why it cannot be published now: ``line`` (none in effect), ``pending`` (somebody has no
    result yet), ``scores`` (not those of the line). ``published``: Period of the release itself;
    ``fee``: of the review fee, from the first release. ``newer``: the results are no longer those
    of the last release."""

    key: str
    city: str
    trade: str
    level_name: str
    counts: Counts
    line: str | None
    line_state: str
    office: str
    may: bool
    ready: str | None
    ended_on: str | None
    publish: Period | None
    fee: Period | None
    version: int
    released_ms: int | None
    newer: bool


class ReleaseList(msgspec.Struct, frozen=True):
    """``days``, ``fee_days``: the profile's periods, None where it states none."""

    exam_id: str
    exam: str
    formal: bool
    days: int | None
    fee_days: int | None
    cards: tuple[ReleaseCard, ...]


class ReleaseVersion(msgspec.Struct, frozen=True):
    """One publication of a group, and whom it changed."""

    version: int
    released_ms: int
    by: str
    people: int
    reason: str
    digest: str
    snapshot: str
    changed: tuple[ChangedPerson, ...]


class ChangedPerson(msgspec.Struct, frozen=True):
    """Somebody whose result is not as it was shown or published before."""

    ticket: str | None
    name: str
    changes: tuple[dict[str, Any], ...]


def release_list(
    session: Session, exam_id: str, *, viewer: Staff, calendar: Calendar, today: date
) -> ReleaseList:
    """Every group the viewer's office may see, with what is due. ``not_found`` 404."""
    exam, profile = exam_and_profile(session, exam_id)
    lines: dict[str, list[CutScore]] = {}
    for line in lines_of(session, exam_id):
        lines.setdefault(line.group_key, []).append(line)
    releases: dict[str, list[ResultsRelease]] = {}
    for release in _releases(session, exam_id):
        releases.setdefault(release.group_key, []).append(release)
    ended = _ended(session, exam_id, profile)
    found = by_group(people(session, profile, exam_id=exam_id), profile)
    cards = [
        _card(
            key,
            [person.entry for person in members],
            profile,
            lines.get(key, []),
            releases.get(key, []),
            ended.get(key),
            viewer,
            calendar,
            today,
        )
        for key, members in found.items()
        if may_see(viewer.city, parts_of(key)["city"])
    ]
    return ReleaseList(
        exam_id=exam_id,
        exam=exam.name,
        formal=exam.mode == "formal",
        days=profile.publish.working_days,
        fee_days=profile.publish.review_fee_working_days,
        cards=tuple(cards),
    )


def release_versions(
    session: Session, exam_id: str, group: str, *, viewer: Staff
) -> tuple[ReleaseVersion, ...]:
    """Every publication of a group, the newest first; ``not_found`` 404 where there is none or
    the group is another city's."""
    found = [one for one in _releases(session, exam_id) if one.group_key == group]
    if not found or not may_see(viewer.city, parts_of(group)["city"]):
        raise not_found("release", "")
    names = dict(session.execute(select(StaffRow.id, StaffRow.name)).all())
    return tuple(
        ReleaseVersion(
            version=one.version,
            released_ms=one.released_ms,
            by=names.get(one.released_by, one.released_by),
            people=one.people,
            reason=one.reason,
            digest=one.digest,
            snapshot=one.snapshot_digest,
            changed=_changed(session, one.id),
        )
        for one in reversed(found)
    )


def _changed(session: Session, release_id: str) -> tuple[ChangedPerson, ...]:
    rows = session.execute(
        select(Candidate.ticket, Candidate.name, ReleasedResult.changes)
        .join(Candidate, Candidate.id == ReleasedResult.candidate_id)
        .where(ReleasedResult.release_id == release_id)
        .order_by(Candidate.ticket)
    )
    return tuple(
        ChangedPerson(ticket, name, tuple(changes)) for ticket, name, changes in rows if changes
    )


def _releases(session: Session, exam_id: str) -> Sequence[ResultsRelease]:
    return session.scalars(
        select(ResultsRelease)
        .where(ResultsRelease.exam_id == exam_id)
        .order_by(ResultsRelease.group_key, ResultsRelease.version)
    ).all()


def _ended(session: Session, exam_id: str, profile: Profile) -> Mapping[str, date]:
    """The last day on which somebody of the group sat: from then the publication is counted."""
    rows = session.execute(
        select(
            Candidate.city,
            Candidate.trade,
            Candidate.level,
            func.max(func.coalesce(Sitting.bell_ms, Sitting.planned_start_ms)),
        )
        .join(Sitting, Sitting.id == Candidate.sitting_id)
        .where(Candidate.exam_id == exam_id)
        .group_by(Candidate.city, Candidate.trade, Candidate.level)
    )
    found: dict[str, date] = {}
    for city, trade, level, at_ms in rows:
        key, day = key_of(city, trade, level, profile.line_group_by), china_day(at_ms)
        found[key] = max(day, found.get(key, day))
    return found


def _card(
    key: str,
    entries: Sequence[Entry],
    profile: Profile,
    lines: Sequence[CutScore],
    releases: Sequence[ResultsRelease],
    ended: date | None,
    viewer: Staff,
    calendar: Calendar,
    today: date,
) -> ReleaseCard:
    parts, counts, line = parts_of(key), count(entries), in_effect(lines)
    shown = line or under_way(lines)
    snapshot = snapshot_digest(entries)
    office = publisher_of(parts, profile.publish.authority)
    newest = releases[-1] if releases else None
    first_day = china_day(releases[0].released_ms) if releases else None
    reviewed = parts["level"] in profile.pass_rule.review_levels
    return ReleaseCard(
        key=key,
        city=parts["city"],
        trade=parts["trade"],
        level_name=profile.level_name(parts["level"]),
        counts=counts,
        line=shown.line if shown else None,
        line_state=shown.state if shown else "none",
        office=office or "",
        may=viewer.city == office,
        ready=_why_not(counts, line, snapshot),
        ended_on=ended.isoformat() if ended else None,
        publish=_period(calendar, ended, profile.publish.working_days, first_day, today),
        fee=_period(
            calendar,
            first_day if reviewed else None,
            profile.publish.review_fee_working_days,
            None,
            today,
        ),
        version=newest.version if newest else 0,
        released_ms=newest.released_ms if newest else None,
        newer=newest is not None
        and (
            newest.snapshot_digest != snapshot or newest.cut_score_id != (line.id if line else None)
        ),
    )


def _why_not(counts: Counts, line: CutScore | None, snapshot: str) -> str | None:
    if counts.pending:
        return "pending"
    if line is None:
        return "line" if counts.valid else None
    return None if line.snapshot_digest == snapshot else "scores"


def _period(
    calendar: Calendar, start: date | None, days: int | None, done: date | None, today: date
) -> Period | None:
    if start is None or days is None:
        return None
    due = calendar.due(start, days)
    return Period(
        last=due.day.isoformat(),
        left=None if done else calendar.days_left(today, due.day),
        kept=None if done is None else done <= due.day,
        missing=due.missing,
    )
