"""What hangs on a room's door, lies on its desks, and is signed: 座次表, 桌贴, 签到表."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.desk.tables import Exam, Seat, Sitting
from exam_server.documents.office_file import OfficeWords
from exam_server.documents.paper import Paper
from exam_server.documents.papers.tickets import MODES, timetable, where, who
from exam_server.documents.scope import Member
from exam_server.documents.table import Table
from exam_server.documents.times import clock_words, day_words
from exam_server.profiles.profile import Profile, of_exam

SEAT_USES = {"spare": "备用机", "out_of_use": "停用"}


def door(
    session: Session, exam: Exam, sitting: Sitting, found: Sequence[Member], words: OfficeWords
) -> Paper:
    """门贴 and 座次表 on one sheet: the plan as one looks from the door, then who sits where."""
    profile = of_exam(exam)
    uses = dict(
        session.execute(select(Seat.number, Seat.use).where(Seat.sitting_id == sitting.id)).all()
    )
    by_seat = {one.person.seat: who(one.person, profile) for one in found}
    seats = [
        {
            "number": number,
            "use": SEAT_USES.get(uses.get(number, ""), ""),
            "name": by_seat[number]["name"] if number in by_seat else "",
            "ticket": by_seat[number]["ticket"] if number in by_seat else "",
        }
        for number in range(1, sitting.rows * sitting.columns + 1)
    ]
    tickets = sorted(one.person.ticket for one in found if one.person.ticket)
    return Paper(
        "door",
        {
            **_room(exam, sitting, profile, words),
            "columns": sitting.columns,
            "aisle": sitting.aisle_after,
            "seats": seats,
            "count": len(found),
            "first": tickets[0],
            "last": tickets[-1],
            "people": [{**who(one.person, profile), "seat": one.person.seat} for one in found],
        },
    )


def desk(exam: Exam, sitting: Sitting, found: Sequence[Member], words: OfficeWords) -> Paper:
    """桌贴: a label for each desk, to be cut apart; the ID number masked."""
    profile = of_exam(exam)
    return Paper(
        "desk",
        {
            **_room(exam, sitting, profile, words),
            "people": [{**who(one.person, profile), "seat": one.person.seat} for one in found],
        },
    )


def sign_in(exam: Exam, sitting: Sitting, found: Sequence[Member]) -> Table:
    """签到表: each signs once, a proctor for each page."""
    profile = of_exam(exam)
    return Table(
        title="考生签到表",
        above=heading(exam),
        facts=room_facts(sitting, len(found)),
        columns=("机位", "准考证号", "姓名", "性别", "身份证号", "工种等级", "考生签名", "备注"),
        widths=(11, 28, 20, 10, 36, 0, 28, 13),
        rows=tuple((seat_words(one), *_of(one, profile), "", "") for one in found),
        left=(5,),
        row_mm=9.5,
        size_pt=9.5,
        notes=("缺考的在签名栏写“缺考”；人证不符的不得入场，并报告主考。",),
        signed=("监考员（签名）", "监考员（签名）", "主考（签名）"),
    )


def heading(exam: Exam) -> str:
    """The exam as sheets name it; a rehearsal says so."""
    return exam.name + (f"（{MODES[exam.mode]}）" if MODES[exam.mode] else "")


def room_facts(sitting: Sitting, count: int) -> tuple[tuple[str, str], ...]:
    """What stands above every list of a room."""
    start = sitting.planned_start_ms
    return (
        ("考点", sitting.centre),
        ("考场", sitting.room),
        ("时间", f"{day_words(start)} {clock_words(start)}"),
        ("应到", f"{count} 人"),
    )


def seat_words(one: Member) -> str:
    """``07``; "" without a seat."""
    return "" if one.person.seat is None else f"{one.person.seat:02d}"


def _of(one: Member, profile: Profile) -> tuple[str, ...]:
    found = who(one.person, profile)
    return (
        *(str(found[name]) for name in ("ticket", "name", "sex", "id")),
        f"{found['trade']} {found['level']}",
    )


def _room(exam: Exam, sitting: Sitting, profile: Profile, words: OfficeWords) -> dict[str, Any]:
    return {
        "exam": exam.name,
        "mode": MODES[exam.mode],
        **where(sitting, words),
        "day": day_words(sitting.planned_start_ms, weekday=True),
        "start": clock_words(sitting.planned_start_ms),
        "subjects": timetable(profile, sitting.planned_start_ms),
    }
