"""From an order to people and from people to paper: what knows which module says what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy.orm import Session

from exam_server.desk.tables import Exam, Sitting
from exam_server.desk.views import whole_rules
from exam_server.documents.catalogue import By, Document
from exam_server.documents.office_file import OfficeWords
from exam_server.documents.paper import Paper, Shelf
from exam_server.documents.papers import outcomes, room_log, rooms, rosters, tickets
from exam_server.documents.scope import Member, Scope, members, members_named
from exam_server.documents.table import Table
from exam_server.errors import Refusal, not_found
from exam_server.keys import FieldCipher
from exam_server.profiles.office import Form
from exam_server.profiles.profile import Profile
from exam_server.results.reviews import votes_of
from exam_server.results.rules.group import key_of, line_city
from exam_server.results.rules.official import WITHDRAWN
from exam_server.results.rules.outcome import Status
from exam_server.results.views.room_sheet import RoomSheet, room_sheet
from exam_server.results.views.table import results_table
from exam_server.results.views.transcript import group_transcripts
from exam_server.room.views.heads import HeadSigner


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asks for. ``boxes``: a box to write into for a character without a glyph.
    ``form``: of a roster, its id in the profile, "" for the first."""

    document: str
    scope: Scope
    by: By | None = None
    format: str = "pdf"
    boxes: bool = False
    form: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """What printing stands on."""

    fields: FieldCipher
    heads: HeadSigner
    shelf: Shelf
    words: OfficeWords
    now_ms: int


@dataclass(frozen=True, slots=True)
class _Job:
    session: Session
    exam: Exam
    found: list[Member]
    order: Order
    desk: Desk

    @property
    def sitting(self) -> Sitting:
        """Of a document about a room."""
        sitting = self.found[0].sitting
        assert sitting is not None
        return sitting

    @property
    def sheet(self) -> RoomSheet:
        """The room's record."""
        return room_sheet(self.session, self.sitting.id, self.desk.heads)


def chosen(session: Session, document: Document, order: Order, scope: Scope) -> list[Member]:
    """Whom the document is about, of the scope.

    Refusals: ``nobody_to_print`` 404, ``nothing_released`` 409, ``nobody_passed`` 404,
    ``form_unknown`` 404.
    """
    found = members(session, scope)
    if document.of_room or document.id == "ticket":
        return _some(
            [one for one in found if one.sitting is not None and one.person.ticket],
            "nobody_to_print",
        )
    profile = whole_rules(session, scope.exam_id)
    if document.id == "roster":
        form = _roster_form(profile, order.form)
        return _some(
            [one for one in found if rosters.on_roster(form, profile, one)], "nobody_to_print"
        )
    results = outcomes.official_results(session, [one.person.id for one in found])
    released = [
        one
        for one in found
        if one.person.id in results and results[one.person.id].status != WITHDRAWN
    ]
    if not released:
        raise Refusal("nothing_released", 409)
    if document.id == "transcript":
        return released
    passed = [one for one in released if results[one.person.id].status == Status.PASS]
    if document.id == "passed":
        forms = outcomes.passed_forms_of(profile)
        if not forms:
            raise Refusal("form_unknown", 404, {"form": document.zh, "known": "—"})
        passed = [one for one in passed if one.person.level in forms]
    return _some(passed, "nobody_passed")


def make(session: Session, order: Order, ids: Sequence[str], desk: Desk) -> Paper | Table:
    """The paper of these people, as :func:`chosen` found them."""
    exam = session.get(Exam, order.scope.exam_id)
    if exam is None:
        raise not_found("exam", order.scope.exam_id)
    return _MAKERS[order.document](_Job(session, exam, members_named(session, ids), order, desk))


def _some(found: list[Member], code: str) -> list[Member]:
    if not found:
        raise Refusal(code, 404)
    return found


def _roster_form(profile: Profile, wanted: str) -> Form:
    forms = rosters.roster_forms(profile)
    name = wanted or next(iter(forms), "")
    if name not in forms:
        raise Refusal("form_unknown", 404, {"form": name or "名册", "known": "、".join(forms)})
    return forms[name]


def _ticket(job: _Job) -> Paper:
    return tickets.tickets(job.exam, job.found, fields=job.desk.fields, words=job.desk.words)


def _door(job: _Job) -> Paper:
    return rooms.door(job.session, job.exam, job.sitting, job.found, job.desk.words)


def _desk(job: _Job) -> Paper:
    return rooms.desk(job.exam, job.sitting, job.found, job.desk.words)


def _sign_in(job: _Job) -> Table:
    return rooms.sign_in(job.exam, job.sitting, job.found)


def _room_log(job: _Job) -> Paper:
    return room_log.room_log(job.sheet, job.desk.now_ms)


def _exceptions(job: _Job) -> Table:
    return room_log.exceptions(job.sheet, job.exam, job.sitting)


def _room_scores(job: _Job) -> Table:
    table = results_table(job.session, sitting_id=job.sitting.id)
    return room_log.room_scores(table, job.exam, job.sitting)


def _roster(job: _Job) -> Table:
    profile = whole_rules(job.session, job.exam.id)
    form = _roster_form(profile, job.order.form)
    return rosters.roster(job.exam, profile, form, job.found, fields=job.desk.fields)


def _transcript(job: _Job) -> Paper:
    profile = whole_rules(job.session, job.exam.id)
    people = [one.person for one in job.found]
    own = {person.ticket for person in people}
    groups = {
        key_of(line_city(one.city), one.trade, one.level, profile.line_group_by) for one in people
    }
    found = group_transcripts(job.session, job.desk.fields, job.exam.id, groups)
    return outcomes.transcripts([one for _, one in found if one.ticket in own])


def _passed_list(job: _Job) -> Table:
    profile = whole_rules(job.session, job.exam.id)
    results = outcomes.official_results(job.session, [one.person.id for one in job.found])
    return outcomes.passed_list(job.exam, profile, job.found, results)


def _passed(job: _Job) -> Paper:
    ids = [one.person.id for one in job.found]
    return outcomes.passed_forms(
        whole_rules(job.session, job.exam.id),
        job.found,
        outcomes.official_results(job.session, ids),
        fields=job.desk.fields,
        votes=votes_of(job.session, ids),
    )


_MAKERS: dict[str, Callable[[_Job], Paper | Table]] = {
    "ticket": _ticket,
    "door": _door,
    "desk": _desk,
    "sign_in": _sign_in,
    "room_log": _room_log,
    "exceptions": _exceptions,
    "room_scores": _room_scores,
    "roster": _roster,
    "transcript": _transcript,
    "passed_list": _passed_list,
    "passed": _passed,
}
