"""发布: results become official, by group, by the office whose act it is (DOMAIN A4, D9, D16).

A release names the group, the line in effect, the digest of the scores and of what is published.
It is never changed: a correction is another version, and everything that is not as it was, or as
the machine showed it, has its reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import insert, select

from exam_server.auth.identity import Role, Staff, require
from exam_server.clock import china_day
from exam_server.desk.rules.changes import Registration
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.rules.written import words
from exam_server.desk.tables import Candidate, Exam, Sitting
from exam_server.errors import Refusal
from exam_server.ids import new_id
from exam_server.profiles.profile import Profile
from exam_server.results.actions.scoring import release as release_sitting
from exam_server.results.group_state import in_effect, snapshot_digest
from exam_server.results.official import (
    Ready,
    as_published,
    digest_of,
    newest_release,
    ready_results,
    released_in,
)
from exam_server.results.people import Person, alike, by_group, people
from exam_server.results.records import exam_and_profile
from exam_server.results.rules.entries import Standing
from exam_server.results.rules.group import parts_of
from exam_server.results.rules.official import (
    WITHDRAWN,
    Change,
    Official,
    changes,
    explained,
    provisional_changes,
    publisher_of,
)
from exam_server.results.tables import CutScore, ReleasedResult, ResultsRelease
from exam_server.results.turn import take_turn
from exam_server.storage.acts import record
from exam_server.storage.tx import Tx


def release_groups(
    tx: Tx, *, exam_id: str, groups: Sequence[str], actor: Staff, reason: str = ""
) -> list[str]:
    """Publish the results of these groups, all or none; the ids of the releases.

    ``reason``: for what is not as it was published or shown before and has no reason in the
    record. Refusals: ``forbidden``, ``release_wrong_office`` 403; ``not_found``,
    ``group_unknown`` 404; ``release_trial``, ``release_no_line``, ``line_pending``,
    ``release_other_scores``, ``release_same`` 409; ``release_nothing``,
    ``release_unexplained``, ``id_number_in_text`` 422, the last but one with a row per person.
    """
    require(actor, Role.AUTHORITY, action="release", of_city=True)
    if not groups:
        raise Refusal("release_nothing", 422)
    reason = words(reason, "results_released")
    take_turn(tx, exam_id)
    exam, profile = exam_and_profile(tx.session, exam_id)
    if exam.mode != "formal":
        raise Refusal("release_trial", 409)
    wanted = sorted(set(groups))
    members = _members(tx, profile, exam_id, wanted)
    for group in wanted:
        _refuse_other_office(group, profile, actor)
    ready = ready_results(tx.session, exam_id, wanted, china_day(tx.now.wall_ms))
    made = [
        _release(tx, exam, group, members[group], ready[group], actor, reason) for group in wanted
    ]
    _release_sittings(tx, exam_id, profile, actor)
    return made


def _members(
    tx: Tx, profile: Profile, exam_id: str, groups: Sequence[str]
) -> dict[str, list[Person]]:
    """The people of each group; all are read at once where there are several groups. Nobody, where
    everybody whose results were published has left the group since."""
    if len(groups) == 1:
        some = alike(tx.session, profile, exam_id, groups[0])
    else:
        some = people(tx.session, profile, exam_id=exam_id)
    found = by_group(some, profile)
    for group in groups:
        if group not in found and newest_release(tx.session, exam_id, group) is None:
            raise Refusal("group_unknown", 404, {"group": group})
    return {group: found.get(group, []) for group in groups}


def _release(
    tx: Tx,
    exam: Exam,
    group: str,
    members: Sequence[Person],
    ready: Mapping[str, Ready],
    actor: Staff,
    reason: str,
) -> str:
    line = _line(tx, exam.id, group, members)
    earlier = newest_release(tx.session, exam.id, group)
    before = {} if earlier is None else released_in(tx.session, earlier)
    found = as_published(before, ready)
    if before == found:
        raise Refusal("release_same", 409, {"group": group})
    told = _told(found, ready, before, reason)
    made = ResultsRelease(
        id=new_id(),
        exam_id=exam.id,
        group_key=group,
        version=1 if earlier is None else earlier.version + 1,
        cut_score_id=None if line is None else line.id,
        snapshot_digest=snapshot_digest(person.entry for person in members),
        digest=digest_of(found),
        people=sum(one.status != WITHDRAWN for one in found.values()),
        changed=sum(bool(one) for one in told.values()),
        reason=reason,
        released_by=actor.id,
        released_ms=tx.now.wall_ms,
    )
    tx.session.add(made)
    tx.session.flush()
    rows = [
        {
            "release_id": made.id,
            "candidate_id": ident,
            "official": msgspec.to_builtins(one),
            "changes": msgspec.to_builtins(told[ident]),
        }
        for ident, one in found.items()
    ]
    tx.session.execute(insert(ReleasedResult), rows)
    _record(tx, made, actor)
    return made.id


def _line(tx: Tx, exam_id: str, group: str, members: Sequence[Person]) -> CutScore | None:
    """The group's line in effect, for this command alone, drawn on the scores as they are. Where
    nobody has a valid score, or nobody any more, no line can be drawn and none is asked for."""
    query = select(CutScore).where(CutScore.exam_id == exam_id, CutScore.group_key == group)
    line = in_effect(tx.lock(query.order_by(CutScore.id)))
    entries = [person.entry for person in members]
    pending = sum(entry.standing is Standing.PENDING for entry in entries)
    if pending:
        raise Refusal("line_pending", 409, {"count": pending})
    if not any(entry.standing is Standing.VALID for entry in entries):
        return line
    if line is None:
        raise Refusal("release_no_line", 409, {"group": group})
    if snapshot_digest(entries) != line.snapshot_digest:
        raise Refusal("release_other_scores", 409, {"group": group})
    return line


def _told(
    found: Mapping[str, Official],
    ready: Mapping[str, Ready],
    before: Mapping[str, Official],
    reason: str,
) -> dict[str, tuple[Change, ...]]:
    """Every person's changes with their reasons; ``release_unexplained`` 422."""
    told: dict[str, tuple[Change, ...]] = {}
    rows: list[dict[str, object]] = []
    for ident, official in found.items():
        now = ready.get(ident)
        if ident in before:
            differing = changes(before[ident], official)
        else:
            differing = provisional_changes(now.shown if now else {}, official)
        with_reasons = explained(differing, now.reasons if now else {}, reason)
        if with_reasons is None:
            rows.append(_row(now, differing))
        told[ident] = with_reasons or ()
    if rows:
        raise Refusal("release_unexplained", 422, {"count": len(rows)}, rows)
    return told


def _row(who: Ready | None, differing: Sequence[Change]) -> dict[str, object]:
    """Who is not as before, by ticket, and the first figure that differs."""
    first = differing[0]
    facts = {"before": first.before or "—", "after": first.after or "—", "field": first.field}
    ticket = who.ticket if who is not None else None
    return {"row": 0, "column": ticket or "", "code": "release_differs", "facts": facts}


def _release_sittings(tx: Tx, exam_id: str, profile: Profile, actor: Staff) -> None:
    """A sitting is released once everybody of it who sits has an official result."""
    scored = select(Sitting).where(
        Sitting.exam_id == exam_id, Sitting.state == SittingState.SCORED.value
    )
    sittings = tx.lock(scored.order_by(Sitting.id))
    if not sittings:
        return
    official = set(
        tx.session.scalars(
            select(ReleasedResult.candidate_id)
            .join(ResultsRelease, ResultsRelease.id == ReleasedResult.release_id)
            .where(ResultsRelease.exam_id == exam_id)
        )
    )
    seated: dict[str, set[str]] = {}
    people = tx.session.execute(
        select(Candidate.id, Candidate.sitting_id, Candidate.route).where(
            Candidate.exam_id == exam_id,
            Candidate.sitting_id.is_not(None),
            Candidate.paid,
            Candidate.registration == Registration.IN_FORCE.value,
        )
    )
    for ident, sitting_id, route in people:
        if profile.sits(route):
            seated.setdefault(str(sitting_id), set()).add(ident)
    for sitting in sittings:
        if seated.get(sitting.id, set()) <= official:
            release_sitting(tx, sitting_id=sitting.id, actor=actor)


def _refuse_other_office(group: str, profile: Profile, actor: Staff) -> None:
    city = publisher_of(parts_of(group), profile.publish.authority)
    if actor.city == city:
        return
    if city is None:
        raise Refusal("release_wrong_office", 403)
    raise Refusal("release_wrong_office_city", 403, {"city": city})


def _record(tx: Tx, made: ResultsRelease, actor: Staff) -> None:
    facts = {
        "release": made.id,
        "exam": made.exam_id,
        "group": made.group_key,
        "version": made.version,
        "line": made.cut_score_id or "",
        "snapshot": made.snapshot_digest,
        "results": made.digest,
        "people": made.people,
        "changed": made.changed,
    }
    if made.reason:
        facts["reason"] = made.reason
    record(tx, kind="results_released", actor=actor.actor, data=facts)
