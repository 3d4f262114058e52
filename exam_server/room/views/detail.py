"""One candidate for the proctor's drawer: facts, time, events. Never an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.auth.tables import Staff
from exam_server.auth.views import staff_names
from exam_server.clock import Instant
from exam_server.desk.tables import Candidate, Exam, Sitting
from exam_server.desk.views import photo_url_of
from exam_server.errors import not_found
from exam_server.keys import FieldCipher
from exam_server.profiles.profile import Profile, of_exam
from exam_server.room.rules.catalogue import KINDS
from exam_server.room.rules.lifecycle import UNDER_WAY, AttemptState
from exam_server.room.rules.seating import silence_ms
from exam_server.room.rules.suggestion import Loss, suggestion
from exam_server.room.tables import Attempt, Incident, JournalEntry, Presence, RecoveryCase
from exam_server.room.views.detail_shapes import (
    AttemptDetail,
    AttemptTime,
    CaseCard,
    Detail,
    DetailCandidate,
    IncidentNote,
    TimelineEntry,
)

_MINUTE_MS = 60_000
# answers are drawn per minute, not listed one by one
_NOT_LISTED = frozenset({"response", "superseded", "assigned", "scored"})


def candidate_detail(
    session: Session, candidate_id: str, now: Instant, fields: FieldCipher
) -> Detail:
    """The Detail of one candidate, or Refusal 404."""
    person = session.get(Candidate, candidate_id)
    if person is None or person.sitting_id is None:
        raise not_found("candidate", candidate_id)
    where = session.get(Sitting, person.sitting_id)
    assert where is not None
    exam = session.get(Exam, where.exam_id)
    assert exam is not None
    rules = of_exam(exam)
    attempts = list(
        session.scalars(
            select(Attempt).where(Attempt.candidate_id == candidate_id).order_by(Attempt.ordinal)
        )
    )
    chains = [attempt.id for attempt in attempts]
    entries = list(
        session.scalars(
            select(JournalEntry).where(JournalEntry.chain.in_(chains)).order_by(JournalEntry.id)
        )
    )
    presence = session.get(Presence, candidate_id)
    silent_ms = _silent_ms(presence, attempts, now)
    suggest, seconds = suggestion(
        [_loss(one, entries) for one in attempts],
        silent_ms,
        rules.room.continuation_minutes * _MINUTE_MS,
    )
    return Detail(
        candidate=_person(person, rules, fields),
        attempts=[_attempt(one, entries, rules, silent_ms, now) for one in attempts],
        timeline=_timeline(session, entries),
        incidents=_incidents(session, candidate_id),
        recovery=_recovery(session, chains),
        suggest=suggest,
        suggest_seconds=seconds,
    )


def _person(person: Candidate, rules: Profile, fields: FieldCipher) -> DetailCandidate:
    return DetailCandidate(
        id=person.id,
        name=person.name,
        seat=person.seat,
        ticket=person.ticket,
        id_masked=person.id_masked,
        photo=photo_url_of(person, fields),
        trade=person.trade,
        level_name=rules.level_name(person.level),
        city=person.city,
        unit=person.unit,
    )


def _attempt(
    attempt: Attempt,
    entries: Sequence[JournalEntry],
    rules: Profile,
    silent_ms: int,
    now: Instant,
) -> AttemptDetail:
    timing = attempt.timing
    mine = [entry for entry in entries if entry.chain == attempt.id]
    gaps = _gaps(mine)
    if silent_ms and AttemptState(attempt.state) in UNDER_WAY:
        gaps.append((now.wall_ms - silent_ms, now.wall_ms))
    subject = rules.subjects[attempt.subject]
    return AttemptDetail(
        id=attempt.id,
        ordinal=attempt.ordinal,
        subject=attempt.subject,
        name=subject.name,
        name_en=subject.name_en,
        state=attempt.state,
        cause=attempt.cause,
        answered=attempt.answered,
        marked=attempt.marked,
        count=subject.count,
        started_ms=attempt.started_ms,
        submitted_ms=attempt.submitted_ms,
        time=AttemptTime(
            allotted_ms=attempt.limit_ms,
            granted_ms=attempt.granted_ms,
            spent_ms=timing.spent(now),
            left_ms=max(0, timing.left(now)),
            lost_ms=sum(end - begin for begin, end in gaps),
            proposed_ms=attempt.proposed_ms,
        ),
        per_minute=_per_minute(attempt, mine),
        gaps=gaps,
        last_saved_ms=attempt.last_saved_ms,
        head=attempt.head,
    )


def _per_minute(attempt: Attempt, entries: Sequence[JournalEntry]) -> list[int]:
    """Answers saved in each minute since the start."""
    if attempt.started_ms is None:
        return []
    counts: list[int] = []
    for entry in entries:
        if entry.kind == "response":
            minute = max(0, (entry.at_ms - attempt.started_ms) // _MINUTE_MS)
            counts.extend([0] * (minute + 1 - len(counts)))
            counts[minute] += 1
    return counts


def _gaps(entries: Sequence[JournalEntry]) -> list[tuple[int, int]]:
    """When the terminal was silent, as the server measured it."""
    return [
        (entry.at_ms - entry.data["silent_ms"], entry.at_ms)
        for entry in entries
        if entry.kind == "reconnected" and entry.data.get("silent_ms")
    ]


def _silent_ms(presence: Presence | None, attempts: Sequence[Attempt], now: Instant) -> int:
    under_way = any(AttemptState(attempt.state) in UNDER_WAY for attempt in attempts)
    if presence is None or not under_way:
        return 0
    return silence_ms(presence.connected, presence.heard_ms, now.wall_ms)


def _loss(attempt: Attempt, entries: Sequence[JournalEntry]) -> Loss:
    mine = [entry for entry in entries if entry.chain == attempt.id]
    return Loss(
        under_way=AttemptState(attempt.state) in UNDER_WAY,
        proposed_ms=attempt.proposed_ms,
        gaps_ms=sum(end - begin for begin, end in _gaps(mine)),
        granted_ms=attempt.granted_ms,
    )


def _timeline(session: Session, entries: Sequence[JournalEntry]) -> list[TimelineEntry]:
    """Newest first. What was written for several subjects at one moment happened once."""
    listed = [entry for entry in entries if entry.kind not in _NOT_LISTED]
    first: dict[tuple[int, str, str], str] = {}
    for entry in listed:
        first.setdefault((entry.at_ms, entry.kind, entry.actor), entry.chain)
    names = staff_names(session, (entry.actor for entry in listed))
    return [
        TimelineEntry(
            at_ms=entry.at_ms,
            kind=entry.kind,
            sort=_sort(entry),
            text_zh=KINDS[entry.kind].zh,
            text_en=KINDS[entry.kind].en,
            actor_name=names.get(entry.actor),
            reason=entry.data.get("reason") or entry.data.get("text"),
        )
        for entry in reversed(listed)
        if first[entry.at_ms, entry.kind, entry.actor] == entry.chain
    ]


def _sort(entry: JournalEntry) -> Literal["alert", "staff", "plain"]:
    """What stands out in the timeline: what the catalogue calls unusual, and what staff did."""
    if KINDS[entry.kind].unusual:
        return "alert"
    return "staff" if entry.actor.startswith("staff:") else "plain"


def _incidents(session: Session, candidate_id: str) -> list[IncidentNote]:
    rows = session.execute(
        select(Incident, Staff.name)
        .join(Staff, Staff.id == Incident.staff_id)
        .where(Incident.candidate_id == candidate_id)
        .order_by(Incident.at_ms)
    )
    return [IncidentNote(row.at_ms, row.kind, row.text, name) for row, name in rows]


def _recovery(session: Session, chains: Sequence[str]) -> list[CaseCard]:
    rows = session.execute(
        select(RecoveryCase, Staff.name)
        .outerjoin(Staff, Staff.id == RecoveryCase.first_staff_id)
        .where(RecoveryCase.attempt_id.in_(chains))
        .order_by(RecoveryCase.opened_ms)
    )
    return [CaseCard(row.id, row.state, len(row.seqs), name) for row, name in rows]
