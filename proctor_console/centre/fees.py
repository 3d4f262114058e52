"""费用: the profile's table, and who owes what by city and unit."""

from __future__ import annotations

from flask import Blueprint, Response

from exam_server.auth.identity import OFFICE, require
from exam_server.context import centre
from exam_server.desk.actions.fees import announce_fees
from exam_server.desk.fees import Fees, fees, yuan
from exam_server.desk.fees_file import fees_xlsx
from exam_server.desk.views import find_exam, whole_rules
from proctor_console.frame.access import staff
from proctor_console.frame.answers import XLSX, guarded, handed_over
from proctor_console.frame.pages import language, page

blueprint = guarded(Blueprint("console_fees", __name__, url_prefix="/console/exam/<exam_id>"))
MOST_UNITS = 300


@blueprint.before_request
def office_only() -> None:
    """Fees are the office's: who runs the centre, and the authority."""
    require(staff(), *OFFICE, action="see_fees")


@blueprint.get("/fees")
def show(exam_id: str) -> str:
    """The table of the notice, totals by city, and the units, those that owe most first."""
    exam = centre().store.read(lambda session: find_exam(session, exam_id))
    found = _fees(exam.id)
    units = sorted(found.units, key=lambda one: (-one.owed, one.city, one.unit))
    return page("fees.html", exam=exam, fees=found, units=units[:MOST_UNITS], yuan=yuan)


@blueprint.get("/fees.xlsx")
def workbook(exam_id: str) -> Response:
    """Everything as a workbook; that it left is recorded."""
    actor = staff()
    found = _fees(exam_id)
    centre().store.write(lambda tx: announce_fees(tx, exam_id=exam_id, actor=actor))
    return handed_over("fees.xlsx", XLSX, fees_xlsx(found, language()))


def _fees(exam_id: str) -> Fees:
    store = centre().store
    rules = store.read(lambda session: whole_rules(session, exam_id))
    return store.read(lambda session: fees(session, rules, exam_id))
