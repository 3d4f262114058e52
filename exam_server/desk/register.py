"""The register 报名册: who is registered, how each registration stands, and what became of it.

Names and masked ID numbers only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Literal

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.auth.views import staff_names
from exam_server.desk.rules.changes import CHANGES, EFFECTS, STAGES, Change, Effect, Stage
from exam_server.desk.rules.changes import kept_from_seat as reason_unseated
from exam_server.desk.rules.needs import Needs, needs_of
from exam_server.desk.tables import Candidate, Sitting
from exam_server.errors import Refusal, not_found
from exam_server.profiles.profile import Profile
from exam_server.storage.acts import Act

Show = Literal["all", "unseated", "doubts", "conditional", "unpaid", "out", "needs"]
SHOWN: tuple[Show, ...] = ("all", "unseated", "doubts", "conditional", "unpaid", "out", "needs")
MOST_LINES = 200


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One registration. ``kept_from``: why the person is given no seat (withdrawn |
    disqualified | route | unpaid), None for who sits. ``place``: room and seat in words."""

    id: str
    exam_id: str
    name: str
    sex: str
    id_masked: str
    city: str
    unit: str
    trade: str
    level: str
    level_name: str
    route: str
    registration: str
    conditional: bool
    paid: bool
    needs: Needs
    doubts: str
    ticket: str | None
    room: str | None
    seat: int | None
    kept_from: str | None


class RegisterPage(msgspec.Struct, frozen=True):
    """``found``: how many fit the search; ``entries``: the first of them. ``counts``: by what is
    shown, of the whole register."""

    entries: list[Entry]
    found: int
    counts: dict[Show, int]


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """A change that was made. ``change``, ``stage``, ``effect``: Chinese and English."""

    at_ms: int
    who: str
    change: tuple[str, str]
    stage: tuple[str, str]
    effect: tuple[str, str]
    reason: str


def register_page(
    session: Session, profile: Profile, *, exam_id: str, show: Show = "all", search: str = ""
) -> RegisterPage:
    """The exam's register by unit and name, narrowed to what is ``show``-n and to a ``search``
    in name, unit or ticket number."""
    every = list(_entries(session, profile, exam_id))
    counts = Counter(kind for entry in every for kind in SHOWN if _shown(entry, kind))
    word = search.strip()
    fitting = [
        entry
        for entry in every
        if _shown(entry, show)
        and (not word or word in f"{entry.name}\n{entry.unit}\n{entry.ticket or ''}")
    ]
    return RegisterPage(fitting[:MOST_LINES], len(fitting), {kind: counts[kind] for kind in SHOWN})


def register_entry(session: Session, profile: Profile, candidate_id: str) -> Entry:
    """One registration; ``not_found`` 404."""
    row = session.execute(
        select(Candidate, Sitting.room)
        .outerjoin(Sitting, Sitting.id == Candidate.sitting_id)
        .where(Candidate.id == candidate_id)
    ).one_or_none()
    if row is None:
        raise not_found("candidate", candidate_id)
    return _entry(row[0], row[1], profile)


def exam_of(session: Session, candidate_id: str) -> str:
    """The exam a candidate is registered in; ``not_found`` 404."""
    found = session.scalar(select(Candidate.exam_id).where(Candidate.id == candidate_id))
    if found is None:
        raise not_found("candidate", candidate_id)
    return found


def candidate_named(session: Session, exam_id: str, name: str) -> str:
    """The id of the one candidate of this id, ticket number or name.

    Refusals: ``not_found`` 404; ``candidate_several`` 409 for a name that several have.
    """
    query = select(Candidate.id).where(
        Candidate.exam_id == exam_id,
        (Candidate.id == name) | (Candidate.ticket == name) | (Candidate.name == name),
    )
    found = session.scalars(query.limit(2)).all()
    if not found:
        raise not_found("candidate", name)
    if len(found) > 1:
        raise Refusal("candidate_several", 409, {"name": name})
    return found[0]


def words_of(change: Change, effect: Effect) -> tuple[tuple[str, str], tuple[str, str]]:
    """A change and what it did, each in Chinese and English."""
    return CHANGES[change], EFFECTS[effect]


def history(session: Session, candidate_id: str) -> list[Past]:
    """What was changed about a registration, newest first, from the record of acts."""
    mine = Act.data["candidate"].as_string() == candidate_id
    acts = session.scalars(
        select(Act).where(Act.kind == "registration_changed", mine).order_by(Act.seq.desc())
    ).all()
    names = staff_names(session, (act.actor for act in acts))
    return [_past(act.at_ms, act.data, names.get(act.actor, act.actor)) for act in acts]


def _past(at_ms: int, data: dict[str, Any], who: str) -> Past:
    return Past(
        at_ms=at_ms,
        who=who,
        change=CHANGES[Change(data["change"])],
        stage=STAGES[Stage(data["stage"])],
        effect=EFFECTS[Effect(data["effect"])],
        reason=str(data["reason"]),
    )


def _entries(session: Session, profile: Profile, exam_id: str) -> Iterable[Entry]:
    rows = session.execute(
        select(Candidate, Sitting.room)
        .outerjoin(Sitting, Sitting.id == Candidate.sitting_id)
        .where(Candidate.exam_id == exam_id)
        .order_by(Candidate.unit, Candidate.name, Candidate.id)
    )
    return (_entry(person, room, profile) for person, room in rows)


def _entry(person: Candidate, room: str | None, profile: Profile) -> Entry:
    return Entry(
        id=person.id,
        exam_id=person.exam_id,
        name=person.name,
        sex=person.sex,
        id_masked=person.id_masked,
        city=person.city,
        unit=person.unit,
        trade=person.trade,
        level=person.level,
        level_name=profile.level_name(person.level),
        route=person.route,
        registration=person.registration,
        conditional=person.conditional,
        paid=person.paid,
        needs=needs_of(person.needs),
        doubts=str(person.details.get("doubts", "")),
        ticket=person.ticket,
        room=room,
        seat=person.seat,
        kept_from=reason_unseated(
            profile, route=person.route, paid=person.paid, registration=person.registration
        ),
    )


def _shown(entry: Entry, show: Show) -> bool:
    fits: dict[Show, bool] = {
        "all": True,
        "unseated": entry.kept_from is None and entry.seat is None,
        "doubts": bool(entry.doubts),
        "conditional": entry.conditional,
        "unpaid": not entry.paid,
        "out": entry.kept_from not in (None, "unpaid"),
        "needs": entry.needs != Needs(),
    }
    return fits[show]
