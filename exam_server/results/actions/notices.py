"""公示: that a public notice was put up, where and since when, by the office whose it is to say."""

from __future__ import annotations

from datetime import date

import msgspec
from sqlalchemy import select

from exam_server.auth.identity import Role, Staff, require
from exam_server.clock import china_day
from exam_server.desk.rules.written import words
from exam_server.desk.tables import Exam
from exam_server.errors import Refusal
from exam_server.ids import new_id
from exam_server.profiles.office import Notice
from exam_server.results.records import exam_and_profile
from exam_server.results.rules.notices import Place, may_record
from exam_server.results.tables import NoticeStart
from exam_server.results.turn import take_turn
from exam_server.results.views.notices import posted_places
from exam_server.storage.acts import record
from exam_server.storage.tx import Tx


class Posted(msgspec.Struct, frozen=True):
    """What a person says about a notice. ``at``: the unit or city as
    :func:`exam_server.results.views.notices.posted_places` names it, "" for the province's own;
    ``on``: the day it was put up; ``document``: its number, or where it hangs."""

    at: str
    on: date
    document: str
    reason: str = ""


def start_notice(tx: Tx, *, exam_id: str, notice: str, posted: Posted, actor: Staff) -> None:
    """The notice was put up there on that day; its period runs from the day after.

    Said again it is a correction, with a reason. Refusals: ``forbidden``,
    ``notice_wrong_office`` 403; ``not_found``, ``notice_unknown``, ``notice_place`` 404;
    ``notice_date``, ``notice_date_to_come``, ``notice_document``, ``id_number_in_text`` 422;
    ``notice_same``, ``notice_reason`` 409.
    """
    require(actor, Role.AUTHORITY, action="start_notice", of_city=True)
    said = _checked(posted)
    take_turn(tx, exam_id)
    exam, profile = exam_and_profile(tx.session, exam_id)
    meaning = profile.publish.notices.get(notice)
    if meaning is None:
        raise Refusal("notice_unknown", 404, {"notice": notice})
    _refuse_day(tx, exam, said.on)
    place = _place(tx, exam_id, meaning, said.at, actor)
    before = _newest(tx, exam_id, notice, place)
    if before is not None:
        if (before.begun_on, before.document) == (said.on.isoformat(), said.document):
            raise Refusal("notice_same", 409, {"day": before.begun_on})
        if not said.reason:
            raise Refusal("notice_reason", 409, {"day": before.begun_on})
    row = NoticeStart(
        id=new_id(),
        exam_id=exam_id,
        notice=notice,
        city=place.city,
        unit=place.unit,
        version=1 if before is None else before.version + 1,
        begun_on=said.on.isoformat(),
        document=said.document,
        reason="" if before is None else said.reason,
        at_ms=tx.now.wall_ms,
        staff_id=actor.id,
    )
    tx.session.add(row)
    tx.session.flush()
    named = ("notice", "city", "unit", "version", "begun_on", "document", "reason")
    facts = {name: value for name in named if (value := getattr(row, name))}
    record(tx, kind="notice_started", actor=actor.actor, data={"exam": exam_id, **facts})


def _checked(posted: Posted) -> Posted:
    document, reason = (words(one, "notice_started") for one in (posted.document, posted.reason))
    if not document:
        raise Refusal("notice_document", 422)
    return Posted(posted.at.strip(), posted.on, document, reason)


def _refuse_day(tx: Tx, exam: Exam, day: date) -> None:
    """A notice of an exam is put up in its year, the year before or later, and not tomorrow."""
    if day.year < exam.year - 1:
        raise Refusal("notice_date", 422, {"given": day.isoformat()})
    if day > china_day(tx.now.wall_ms):
        raise Refusal("notice_date_to_come", 422, {"day": day.isoformat()})


def _place(tx: Tx, exam_id: str, notice: Notice, at: str, actor: Staff) -> Place:
    place = posted_places(tx.session, exam_id, notice).get(at)
    if place is None:
        raise Refusal("notice_place", 404, {"place": at or "—"})
    if not may_record(notice.posted_by, place, actor.city):
        raise Refusal("notice_wrong_office", 403, {"notice": notice.name})
    return place


def _newest(tx: Tx, exam_id: str, notice: str, place: Place) -> NoticeStart | None:
    query = select(NoticeStart).where(
        NoticeStart.exam_id == exam_id,
        NoticeStart.notice == notice,
        NoticeStart.city == place.city,
        NoticeStart.unit == place.unit,
    )
    return tx.session.scalars(query.order_by(NoticeStart.version.desc()).limit(1)).first()
