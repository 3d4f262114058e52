"""The table before/after of a correction, of everybody whose score is made anew, as csv."""

from __future__ import annotations

import csv
from decimal import Decimal
from io import StringIO

from sqlalchemy.orm import Session

from exam_server.desk.tables import Candidate
from exam_server.results.correction_effects import tried_rows
from exam_server.results.corrections import found_correction
from exam_server.results.export import neutral
from exam_server.results.rules.standing import plain_decimal

_HEAD = ("准考证号 Ticket", "姓名 Name", "城市 City", "单位 Unit", "工种 Trade", "等级 Level",
         "科目 Subject", "更正前 Before", "更正后 After", "差 Difference", "过线 Line")  # fmt: skip


def correction_csv(session: Session, correction_id: str) -> bytes:
    """UTF-8 with a byte order mark. ``not_found`` 404; only the head before the first trial."""
    row = found_correction(session, correction_id)
    crossing = {one[0]: "+" if one[2] else "−" for one in row.effects.get("crossing", [])}
    text = StringIO(newline="")
    out = csv.writer(text)
    out.writerow(_HEAD)
    for one in tried_rows(session, correction_id):
        person = session.get_one(Candidate, one.candidate_id)
        cells = (person.ticket or "", person.name, person.city, person.unit, person.trade)
        difference = plain_decimal(Decimal(one.after) - Decimal(one.before))
        out.writerow(
            [
                *(neutral(cell) for cell in cells),
                person.level,
                one.subject,
                one.before,
                one.after,
                difference,
                crossing.get(one.candidate_id, ""),
            ]
        )
    return text.getvalue().encode("utf-8-sig")
