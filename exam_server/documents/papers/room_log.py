"""What the room keeps of the day: 考场情况记录单, 缺考违纪登记表, 考场成绩单."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exam_server.desk.tables import Exam, Sitting
from exam_server.documents.paper import Paper
from exam_server.documents.papers.rooms import heading, room_facts
from exam_server.documents.papers.tickets import MODES
from exam_server.documents.table import Table
from exam_server.documents.times import clock_words, day_words
from exam_server.results.views.room_sheet import RoomSheet, SheetNote, SheetRow
from exam_server.results.views.table import ResultsTable, SubjectResult
from exam_server.words import state_word

INCIDENTS = {
    "equipment": "设备故障",
    "health": "身体不适",
    "violation": "违纪违规",
    "other": "其他情况",
}
_WITHOUT = "—"


def room_log(sheet: RoomSheet, now_ms: int) -> Paper:
    """The room sheet with each receipt and the signed head that anchors the record."""
    head = sheet.head
    data: dict[str, Any] = {
        "exam": sheet.exam,
        "mode": MODES[sheet.mode],
        "centre": sheet.centre,
        "room": sheet.room,
        "sitting": sheet.sitting,
        "planned": f"{day_words(sheet.planned_start_ms)} {clock_words(sheet.planned_start_ms)}",
        "bell": clock_words(sheet.bell_ms, seconds=True) or _WITHOUT,
        "closed": clock_words(sheet.closed_ms, seconds=True) or state_word("sitting", sheet.state),
        "expected": len(sheet.rows),
        "came": sheet.came,
        "absent": sheet.absent,
        "subjects": [column.name for column in sheet.columns],
        "people": [_person(row, sheet) for row in sheet.rows],
        "notes": [_note(note) for note in sheet.notes],
        "head": None
        if head is None
        else {
            "seq": str(head.seq),
            "at": f"{day_words(head.at)} {clock_words(head.at, seconds=True)}",
            "check": head.check_code,
            "digest": head.grouped,
        },
        "printed": f"{day_words(now_ms)} {clock_words(now_ms, seconds=True)}",
    }
    return Paper("room_log", data)


def exceptions(sheet: RoomSheet, exam: Exam, sitting: Sitting) -> Table:
    """Who was absent, and every violation and incident recorded: facts and words as they were
    written down; what follows from them is decided elsewhere (DOMAIN D37)."""
    absent = [
        (*_whose(row), "、".join(missed), state_word("attempt", "absent"), "", "")
        for row in sheet.rows
        if (missed := _missed(row, sheet))
    ]
    tickets = {row.result.seat: row.result.ticket or "" for row in sheet.rows}
    noted = [
        (
            "" if note.seat is None else f"{note.seat:02d}",
            tickets.get(note.seat, "") if note.seat is not None else "",
            note.name or "全场",
            "",
            INCIDENTS[note.incident],
            f"{clock_words(note.at_ms, seconds=True)} {note.words or ''}",
            note.staff or "",
        )
        for note in sheet.notes
        if note.incident is not None
    ]
    return Table(
        title="缺考违纪登记表",
        above=heading(exam),
        facts=room_facts(sitting, len(sheet.rows)),
        columns=("机位", "准考证号", "姓名", "科目", "类别", "时间和情况", "经办", "本人签名"),
        widths=(11, 29, 20, 26, 20, 0, 18, 22),
        rows=tuple((*row, "") for row in (*absent, *noted)),
        left=(5,),
        row_mm=10,
        size_pt=9.5,
        stand_in="无缺考，无违纪违规和异常情况。",
        notes=(
            "违纪违规只记事实；本人拒绝签名的，由两名监考员注明并签名。成绩是否无效由主管机构决定。",
        ),
        signed=("监考员（签名）", "监考员（签名）", "主考（签名）"),
    )


def room_scores(found: ResultsTable, exam: Exam, sitting: Sitting) -> Table:
    """Provisional scores on the spot; official by release (DOMAIN D9)."""
    sums = ("合计",) if found.show_sum else ()
    return Table(
        title="考场成绩单",
        above=heading(exam),
        facts=room_facts(sitting, len(found.rows)),
        columns=(
            "机位", "准考证号", "姓名", "工种等级",
            *(column.name for column in found.columns), *sums, "状态", "考生签名",
        ),
        widths=(11, 28, 20, 0, *(18.0 for _ in found.columns), *(14.0 for _ in sums), 18, 24),
        rows=tuple(
            (
                f"{row.seat:02d}" if row.seat else "",
                row.ticket or "",
                row.name,
                f"{row.trade} {row.level_name}",
                *(_points(row.subjects, column.id) for column in found.columns),
                *([row.sum or _WITHOUT] if sums else []),
                state_word("standing", row.status),
                "",
            )
            for row in found.rows
        ),
        left=(3,),
        row_mm=9,
        size_pt=9.5,
        notes=("本单为现场成绩，以正式公布的成绩为准；不代表是否合格。",),
        signed=("监考员（签名）", "监考员（签名）", "主考（签名）"),
    )  # fmt: skip


def _person(row: SheetRow, sheet: RoomSheet) -> dict[str, Any]:
    found = row.result
    return {
        "seat": f"{found.seat:02d}" if found.seat else _WITHOUT,
        "ticket": found.ticket or _WITHOUT,
        "name": found.name,
        "subjects": [_course(found.subjects.get(column.id)) for column in sheet.columns],
        "receipt": row.receipt or _WITHOUT,
    }


def _course(found: SubjectResult | None) -> dict[str, str]:
    if found is None:
        return {"how": _WITHOUT, "when": ""}
    how = state_word("cause", found.cause) if found.cause else state_word("attempt", found.state)
    if found.started_ms is None:
        return {"how": how, "when": ""}
    times = f"{clock_words(found.started_ms)}–{clock_words(found.submitted_ms)}"
    return {"how": how, "when": f"{times} 答 {found.answered} 题"}


def _note(note: SheetNote) -> dict[str, Any]:
    seconds = "" if not note.ms else f" {note.ms // 60_000} 分 {note.ms // 1000 % 60} 秒"
    seat = "" if note.seat is None else f"{note.seat:02d} "
    return {
        "at": clock_words(note.at_ms, seconds=True),
        "whom": f"{seat}{note.name}" if note.name else "全场",
        "what": (note.text if note.incident is None else INCIDENTS[note.incident]) + seconds,
        "words": note.words or "",
        "staff": note.staff or _WITHOUT,
    }


def _whose(row: SheetRow) -> tuple[str, str, str]:
    found = row.result
    return (f"{found.seat:02d}" if found.seat else "", found.ticket or "", found.name)


def _missed(row: SheetRow, sheet: RoomSheet) -> list[str]:
    subjects = row.result.subjects
    return [
        column.name
        for column in sheet.columns
        if column.id in subjects and subjects[column.id].state == "absent"
    ]


def _points(subjects: Mapping[str, SubjectResult], ident: str) -> str:
    found = subjects.get(ident)
    if found is None:
        return _WITHOUT
    if found.state in ("absent", "voided"):
        return state_word("attempt", found.state)
    return found.points or _WITHOUT
