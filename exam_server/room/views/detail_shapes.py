"""What the drawer of one candidate is told: shapes as in the console's ``types.ts``.

Times end in ``_ms``: wall clock where something happened, else a duration.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from exam_server.room.rules.suggestion import Suggested


class DetailCandidate(msgspec.Struct, frozen=True):
    """Who it is. ``photo``: its address, if there is one."""

    id: str
    name: str
    seat: int | None
    ticket: str | None
    id_masked: str
    photo: str | None
    trade: str
    level_name: str
    city: str
    unit: str


class AttemptTime(msgspec.Struct, frozen=True):
    """Durations. ``lost_ms``: the terminal was silent; ``proposed_ms``: lost at machine changes,
    neither granted nor declined."""

    allotted_ms: int
    granted_ms: int
    spent_ms: int
    left_ms: int
    lost_ms: int
    proposed_ms: int


class AttemptDetail(msgspec.Struct, frozen=True):
    """One subject. ``per_minute``: answers saved in each minute since the start; ``gaps``: from
    when to when the terminal was silent; ``head``: of the attempt's chain."""

    id: str
    ordinal: int
    subject: str
    name: str
    name_en: str
    state: str
    cause: str | None
    answered: int
    marked: int
    count: int
    started_ms: int | None
    submitted_ms: int | None
    time: AttemptTime
    per_minute: list[int]
    gaps: list[tuple[int, int]]
    last_saved_ms: int | None
    head: str


class TimelineEntry(msgspec.Struct, frozen=True):
    """A fact of the journal. ``sort``: what stands out is unusual, or was done by staff."""

    at_ms: int
    kind: str
    sort: Literal["alert", "staff", "plain"]
    text_zh: str
    text_en: str
    actor_name: str | None
    reason: str | None


class IncidentNote(msgspec.Struct, frozen=True):
    """An incident as it was recorded, and by whom."""

    at_ms: int
    kind: str
    text: str
    staff_name: str


class CaseCard(msgspec.Struct, frozen=True):
    """A case of late evidence: how many answers, and who has proposed something."""

    id: str
    state: str
    count: int
    first_staff_name: str | None


class Detail(msgspec.Struct, frozen=True):
    """Facts, time, events of one candidate; ``suggest``: the recommended act, and its seconds."""

    candidate: DetailCandidate
    attempts: list[AttemptDetail]
    timeline: list[TimelineEntry]
    incidents: list[IncidentNote]
    recovery: list[CaseCard]
    suggest: Suggested
    suggest_seconds: int
