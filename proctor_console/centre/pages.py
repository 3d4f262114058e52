"""The results of a sitting, provisional until the authority releases them, and their exports."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response
from sqlalchemy.orm import Session

from exam_server.auth.identity import Role, require
from exam_server.context import centre
from exam_server.results.export import results_csv, results_xlsx
from exam_server.results.package import result_package
from exam_server.results.views.outcome_words import decided
from exam_server.results.views.table import ResultsTable, results_table
from exam_server.room import views
from exam_server.upkeep.exporting import Export, announce_export
from exam_server.upkeep.journal_export import journal_file
from proctor_console.frame.access import staff
from proctor_console.frame.answers import guarded, handed_over
from proctor_console.frame.pages import language, page

blueprint = guarded(
    Blueprint("console_results", __name__, url_prefix="/console/sitting/<sitting_id>")
)

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_HANDS_OVER = (Role.CHIEF_PROCTOR, Role.CENTRE_ADMIN, Role.AUTHORITY)


@blueprint.get("/results")
def results(sitting_id: str) -> str:
    """现场成绩: per subject, sum, status, cause."""
    require(staff(), *Role, action="see_results")
    now = centre().now()
    board = centre().store.read(lambda session: views.board(session, sitting_id, now))
    table = _table(sitting_id)
    return page(
        "results.html",
        decided=decided,
        sitting=board.sitting,
        counts=board.counts,
        table=table,
        exports=staff().role in _HANDS_OVER,
    )


@blueprint.get("/results.xlsx")
def workbook(sitting_id: str) -> Response:
    """The table as a workbook; ID numbers stay masked."""
    _announce(sitting_id, "xlsx")
    return _file(sitting_id, "xlsx", _XLSX, results_xlsx(_table(sitting_id), language()))


@blueprint.get("/results.csv")
def comma_separated(sitting_id: str) -> Response:
    """The same as UTF-8 text with a byte order mark."""
    _announce(sitting_id, "csv")
    return _file(sitting_id, "csv", "text/csv", results_csv(_table(sitting_id), language()))


@blueprint.get("/result-package")
def package(sitting_id: str) -> Response:
    """The signed result package of this sitting, for the authority."""
    _announce(sitting_id, "result_package")
    here = centre()
    now = here.now()
    exam_id = _table(sitting_id).exam_id
    made = _read(
        lambda session: result_package(
            session, exam_id=exam_id, signing=here.keys.signing, now=now, sitting_id=sitting_id
        )
    )
    return _file(sitting_id, "zip", "application/zip", made, prefix="result-package")


@blueprint.get("/journal")
def journal(sitting_id: str) -> Response:
    """The sitting's journal, its head signed: what `kaochang verify` reads."""
    _announce(sitting_id, "journal")
    here = centre()
    now = here.now()
    made = _read(
        lambda session: journal_file(
            session, sitting_id=sitting_id, signing=here.keys.signing, now=now
        )
    )
    return _file(sitting_id, "zip", "application/zip", made, prefix="journal")


def _announce(sitting_id: str, what: Export) -> None:
    """Who takes what out of the centre is recorded before it leaves."""
    actor = staff()
    require(actor, *_HANDS_OVER, action="export_results")
    centre().store.write(
        lambda tx: announce_export(tx, sitting_id=sitting_id, what=what, actor=actor.actor),
        sittings=[sitting_id],
    )


def _table(sitting_id: str) -> ResultsTable:
    return centre().store.read(lambda session: results_table(session, sitting_id=sitting_id))


def _read(query: Callable[[Session], bytes]) -> bytes:
    return centre().store.read(query)


def _file(
    sitting_id: str, ending: str, media_type: str, content: bytes, prefix: str = "results"
) -> Response:
    return handed_over(f"{prefix}-{sitting_id}.{ending}", media_type, content)
