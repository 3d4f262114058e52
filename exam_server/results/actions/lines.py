"""A pass line 合格线 from its proposal to its effect (DOMAIN C10, D16).

Every step is one person's of the right office, with its place in the order, on the scores as
they were when the line was proposed; what is proposed is never changed, only followed by
another version. Trying a line out changes nothing: that is
:func:`exam_server.results.views.groups.group_detail`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import select

from exam_server.auth.identity import Role, Staff, require
from exam_server.desk.rules import written
from exam_server.errors import Refusal, not_found
from exam_server.ids import new_id
from exam_server.profiles.profile import Profile
from exam_server.results.group_state import counts_of, outcome_of, snapshot_digest
from exam_server.results.late import late_people
from exam_server.results.missing import MissingCentre, missing_centres, missing_people
from exam_server.results.panels import panel_of
from exam_server.results.people import group_people
from exam_server.results.records import exam_and_profile, params_of
from exam_server.results.rules.entries import Entry, Standing
from exam_server.results.rules.group import parts_of
from exam_server.results.rules.line_life import (
    OPEN,
    LineState,
    drawing_of,
    is_next,
    may_act,
)
from exam_server.results.rules.params import LineParams, eased
from exam_server.results.rules.standing import plain_decimal
from exam_server.results.tables import CutScore, LineStep
from exam_server.results.turn import take_turn
from exam_server.storage.acts import record
from exam_server.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class _Words:
    """What a person writes beside a step: why, and for a filing the number of the document."""

    reason: str = ""
    document: str = ""

    def checked(self, kind: str) -> _Words:
        """As they are written down; ``text_too_long``, ``id_number_in_text`` 422."""
        return _Words(written.words(self.reason, kind), written.words(self.document, kind))


def propose_line(
    tx: Tx,
    *,
    exam_id: str,
    group: str,
    params: LineParams,
    reason: str,
    actor: Staff,
    missing_reason: str = "",
) -> str:
    """拟定: put a line forward for a group; its id. Nobody's result changes.

    What was under way for the group is superseded, a line in effect is not. While announced
    packages of the group are missing, ``missing_reason`` says why it goes ahead without them.
    Refusals: ``forbidden``, ``line_wrong_office`` 403; ``reason_required``, ``line_params``,
    ``id_number_in_text`` 422, ``line_below_minimum`` 422 for less than the notice asks of a
    subject; ``not_found``, ``group_unknown`` 404; ``line_no_valid`` 409 for a group without a
    valid score, ``line_packages_missing``, ``scores_late`` 409.
    """
    require(actor, Role.AUTHORITY, action="propose_line", of_city=True)
    words = _Words(written.reason(reason, "line_proposed"))
    excuse = written.words(missing_reason, "line_proposed")
    take_turn(tx, exam_id)
    _, profile = exam_and_profile(tx.session, exam_id)
    members = group_people(tx.session, profile, exam_id, group)
    entries = [person.entry for person in members]
    drawing = drawing_of(parts_of(group), profile.line_authority)
    _refuse_other_office(drawing.city, actor)
    _refuse_late(tx, entries)
    outcome = outcome_of(entries, params, panel_of(tx.session, exam_id, group, params))
    _keep_minimums(params, profile)
    if outcome.counts.valid == 0:
        raise Refusal("line_no_valid", 409, {"group": group})
    without = _without(missing_centres(tx.session, exam_id, members), excuse)
    earlier = _locked(tx, exam_id, group)
    line = CutScore(
        id=new_id(),
        exam_id=exam_id,
        group_key=group,
        version=1 + max((one.version for one in earlier), default=0),
        params=msgspec.to_builtins(params),
        line=None if outcome.line is None else plain_decimal(outcome.line),
        counts=counts_of(outcome),
        snapshot_digest=snapshot_digest(entries),
        state=LineState.PROPOSED.value,
        without=without,
    )
    _supersede(earlier, OPEN)
    tx.session.add(line)
    tx.session.flush()
    _write(tx, line, LineState.PROPOSED, actor, words)
    return line.id


def _keep_minimums(params: LineParams, profile: Profile) -> None:
    """What the notice asks of each subject is not for an office to ease (DOMAIN A5, D13)."""
    below = eased(params, params_of(profile).minimum)
    if below:
        asked = "、".join(f"{profile.subjects[one].name} {points}" for one, points in below.items())
        raise Refusal("line_below_minimum", 422, {"subjects": asked})


def approve_line(tx: Tx, *, line_id: str, actor: Staff, reason: str = "") -> None:
    """核准: by another person than the one who proposed it, of the same office.

    Refusals: those of every step, and ``line_same_person`` 409.
    """
    _step(tx, line_id, LineState.APPROVED, actor, _Words(reason))


def file_line(tx: Tx, *, line_id: str, document: str, actor: Staff, reason: str = "") -> None:
    """备案: the province takes note of a city's line; ``document``: the filing's number.

    Refusals: those of every step, and ``line_document_required`` 422.
    """
    if not document.strip():
        raise Refusal("line_document_required", 422)
    _step(tx, line_id, LineState.FILED, actor, _Words(reason, document))


def put_into_effect(tx: Tx, *, line_id: str, actor: Staff, reason: str = "") -> None:
    """生效: from now on this is the group's line; the one before it is superseded."""
    _step(tx, line_id, LineState.EFFECTIVE, actor, _Words(reason))


def return_line(tx: Tx, *, line_id: str, reason: str, actor: Staff) -> None:
    """退回: the line goes no further, and why. Refusal ``reason_required`` 422."""
    said = written.reason(reason, "line_returned")
    _step(tx, line_id, LineState.RETURNED, actor, _Words(said))


def _step(tx: Tx, line_id: str, to: LineState, actor: Staff, words: _Words) -> None:
    """One step of a line's life.

    Refusals: ``forbidden``, ``line_wrong_office`` 403; ``not_found`` 404; ``line_step`` 409 out
    of order; ``line_pending``, ``scores_late`` 409 while somebody of the group has not finished,
    has no score, or one by a key that was corrected since;
    ``line_scores_changed`` 409 when the scores are no longer those of the proposal.
    """
    require(actor, Role.AUTHORITY, action=f"line_{to}", of_city=True)
    words = words.checked(f"line_{to}")
    found = tx.session.get(CutScore, line_id)
    if found is None:
        raise not_found("cut_score", line_id)
    take_turn(tx, found.exam_id)
    group = _locked(tx, found.exam_id, found.group_key)
    line = next(one for one in group if one.id == line_id)
    _, profile = exam_and_profile(tx.session, line.exam_id)
    drawing = drawing_of(parts_of(line.group_key), profile.line_authority)
    state = LineState(line.state)
    if not may_act(to, state, drawing, actor.city):
        _refuse_other_office(None if to is LineState.FILED else drawing.city, actor)
    if not is_next(state, to, drawing):
        raise Refusal("line_step", 409, {"state": line.state, "wanted": to.value})
    if to is LineState.APPROVED and _proposer(tx, line) == actor.id:
        raise Refusal("line_same_person", 409)
    if to is not LineState.RETURNED:
        members = group_people(tx.session, profile, line.exam_id, line.group_key)
        excused = missing_people(tx.session, line.exam_id, members) if line.without else frozenset()
        entries = [person.entry for person in members]
        _refuse_late(tx, entries)
        _refuse_other_scores(entries, line, excused)
    if to is LineState.EFFECTIVE:
        _supersede(group, (LineState.EFFECTIVE,))
    line.state = to.value
    tx.session.flush()
    _write(tx, line, to, actor, words)


def _without(missing: Sequence[MissingCentre], excuse: str) -> dict[str, Any] | None:
    """What a line goes ahead without; refused where nobody says why."""
    if not missing:
        return None
    if not excuse:
        centres = "、".join(f"{one.centre}（{one.people}）" for one in missing)
        count = sum(one.people for one in missing)
        raise Refusal("line_packages_missing", 409, {"centres": centres, "count": count})
    return {"reason": excuse, "centres": msgspec.to_builtins(missing)}


def _locked(tx: Tx, exam_id: str, group: str) -> list[CutScore]:
    """The group's lines, for this command alone."""
    query = select(CutScore).where(CutScore.exam_id == exam_id, CutScore.group_key == group)
    return list(tx.lock(query.order_by(CutScore.id)))


def _proposer(tx: Tx, line: CutScore) -> str:
    steps = select(LineStep.staff_id).where(
        LineStep.cut_score_id == line.id, LineStep.step == LineState.PROPOSED.value
    )
    return tx.session.scalars(steps).one()


def _supersede(lines: list[CutScore], states: tuple[LineState, ...]) -> None:
    for line in lines:
        if line.state in states:
            line.state = LineState.SUPERSEDED.value


def _refuse_other_office(city: str | None, actor: Staff) -> None:
    """``city``: whose line it is, None for the province's."""
    if actor.city != city:
        raise Refusal("line_wrong_office_city" if city else "line_wrong_office", 403,
                      {"city": city} if city else {})  # fmt: skip


def _refuse_late(tx: Tx, entries: list[Entry]) -> None:
    """One group's scores are all by the same key."""
    if late := late_people(tx.session, {entry.candidate_id for entry in entries}):
        raise Refusal("scores_late", 409, {"count": len(late)})


def _refuse_other_scores(entries: list[Entry], line: CutScore, excused: frozenset[str]) -> None:
    """``excused``: who waits for a package that the line openly goes ahead without."""
    pending = sum(
        entry.standing is Standing.PENDING and entry.candidate_id not in excused
        for entry in entries
    )
    if pending:
        raise Refusal("line_pending", 409, {"count": pending})
    if snapshot_digest(entries) != line.snapshot_digest:
        raise Refusal("line_scores_changed", 409)


def _write(tx: Tx, line: CutScore, step: LineState, actor: Staff, words: _Words) -> None:
    """The step beside the line, and in the office's own record."""
    tx.session.add(
        LineStep(
            id=new_id(),
            cut_score_id=line.id,
            step=step.value,
            staff_id=actor.id,
            at_ms=tx.now.wall_ms,
            reason=words.reason,
            document=words.document,
        )
    )
    facts = {
        "line": line.id,
        "exam": line.exam_id,
        "group": line.group_key,
        "version": line.version,
        "points": line.line,
        "snapshot": line.snapshot_digest,
    }
    said = {"reason": words.reason, "document": words.document}
    facts |= {name: text for name, text in said.items() if text}
    if line.without is not None:
        facts["without"] = line.without
    record(tx, kind=f"line_{step}", actor=actor.actor, data=facts)
