"""What stands to be published and what is: by group, with the last day for it (DOMAIN A6, D42)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_server.auth.identity import Staff
from exam_server.auth.views import staff_names
from exam_server.clock import china_day
from exam_server.desk.tables import Candidate, Sitting
from exam_server.errors import not_found
from exam_server.profiles.profile import Profile
from exam_server.profiles.working_days import Calendar
from exam_server.results.group_state import in_effect, lines_of, snapshot_digest, under_way
from exam_server.results.official import as_published, ready_results, released_in
from exam_server.results.people import by_group, people
from exam_server.results.records import exam_and_profile
from exam_server.results.rules.entries import Counts, Entry, count
from exam_server.results.rules.group import key_of, parts_of
from exam_server.results.rules.line_life import may_see
from exam_server.results.rules.official import publisher_of
from exam_server.results.tables import CutScore, MergedAttempt, ReleasedResult, ResultsRelease
from exam_server.storage.act_kinds import may_change_results
from exam_server.storage.acts import Act


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
    """``days``, ``fee_days``: the profile's periods, None where it states none; ``ratio``: how
    many a unit may put forward per vacancy, None where it puts nobody forward."""

    exam_id: str
    exam: str
    formal: bool
    days: int | None
    fee_days: int | None
    ratio: str | None
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
    periods = _Periods(calendar, today)
    moved = _moved(session, exam_id, [those[-1] for those in releases.values()], lines, today)
    found = by_group(people(session, profile, exam_id=exam_id), profile)
    # who has left a group since its results were published is still in them
    found |= {key: [] for key in releases.keys() - found.keys()}
    cards = [
        _card(
            key,
            [person.entry for person in members],
            profile,
            lines.get(key, []),
            releases.get(key, []),
            ended.get(key),
            viewer,
            periods,
            moved=key in moved,
        )
        for key, members in sorted(found.items())
        if may_see(viewer.city, parts_of(key)["city"])
    ]
    return ReleaseList(
        exam_id=exam_id,
        exam=exam.name,
        formal=exam.mode == "formal",
        days=profile.publish.working_days,
        fee_days=profile.publish.review_fee_working_days,
        ratio=profile.publish.recommend_ratio,
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
    names = staff_names(session, (one.released_by for one in found))
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


def _moved(
    session: Session,
    exam_id: str,
    newest: Sequence[ResultsRelease],
    lines: Mapping[str, Sequence[CutScore]],
    today: date,
) -> set[str]:
    """Groups whose results are no longer those of their release: by a ruling, a practical result,
    a registration, another line … Looked into only where something was done since that can change
    a result."""
    doubtful = newest if _touched(session, newest) else [
        one for one in newest if one.cut_score_id != _id_of(in_effect(lines.get(one.group_key, [])))
    ]  # fmt: skip
    if not doubtful:
        return set()
    ready = ready_results(session, exam_id, [one.group_key for one in doubtful], today)
    befores = ((one.group_key, released_in(session, one)) for one in doubtful)
    return {key for key, before in befores if as_published(before, ready[key]) != before}


def _touched(session: Session, newest: Sequence[ResultsRelease]) -> bool:
    """Whether any act that may change a result comes after the first of these, in the record's
    own order: a clock may have been set back."""
    ids = {one.id for one in newest}
    published = select(Act.seq, Act.data).where(Act.kind == "results_released")
    first = min(
        (seq for seq, data in session.execute(published) if data["release"] in ids), default=0
    )
    kinds = session.scalars(select(Act.kind).where(Act.seq > first).distinct())
    return bool(ids) and any(map(may_change_results, kinds))


def _id_of(line: CutScore | None) -> str | None:
    return None if line is None else line.id


def _ended(session: Session, exam_id: str, profile: Profile) -> Mapping[str, date]:
    """The last day on which somebody of the group sat, here or at a centre: from then the
    publication is counted."""
    group = (Candidate.city, Candidate.trade, Candidate.level)
    last = func.max(func.coalesce(Sitting.bell_ms, Sitting.planned_start_ms))
    here = select(*group, last).join(Sitting, Sitting.id == Candidate.sitting_id)
    there = select(*group, func.max(MergedAttempt.submitted_ms)).join(
        MergedAttempt, MergedAttempt.candidate_id == Candidate.id
    )
    found: dict[str, date] = {}
    for query in (here, there):
        rows = session.execute(query.where(Candidate.exam_id == exam_id).group_by(*group))
        for city, trade, level, at_ms in rows:
            if at_ms is not None:
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
    periods: _Periods,
    *,
    moved: bool,
) -> ReleaseCard:
    parts, counts, line = parts_of(key), count(entries), in_effect(lines)
    shown = line or under_way(lines)
    # what nobody asks about is not worked out for 71,000 people
    snapshot = snapshot_digest(entries) if line or releases else ""
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
        publish=periods.of(ended, profile.publish.working_days, first_day),
        fee=periods.of(
            first_day if reviewed else None, profile.publish.review_fee_working_days, None
        ),
        version=newest.version if newest else 0,
        released_ms=newest.released_ms if newest else None,
        newer=newest is not None and (moved or newest.snapshot_digest != snapshot),
    )


def _why_not(counts: Counts, line: CutScore | None, snapshot: str) -> str | None:
    if counts.pending:
        return "pending"
    if not counts.valid:
        return None
    if line is None:
        return "line"
    return None if line.snapshot_digest == snapshot else "scores"


class _Periods:
    """Periods as they stand today; groups that sat on one day share theirs."""

    def __init__(self, calendar: Calendar, today: date) -> None:
        self._calendar, self._today = calendar, today
        self._known: dict[tuple[date, int, date | None], Period] = {}

    def of(self, start: date | None, days: int | None, done: date | None) -> Period | None:
        """``done``: the day on which what it is for was done, None while it was not."""
        if start is None or days is None:
            return None
        key = (start, days, done)
        if key not in self._known:
            due = self._calendar.due(start, days)
            self._known[key] = Period(
                last=due.day.isoformat(),
                left=None if done else self._calendar.days_left(self._today, due.day),
                kept=None if done is None else done <= due.day,
                missing=due.missing,
            )
        return self._known[key]
