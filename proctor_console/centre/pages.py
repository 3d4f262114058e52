"""The results of a sitting, provisional until the authority releases them, and their exports."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, make_response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from exam_server.auth.identity import ROOM_STAFF, Role, require
from exam_server.context import centre
from exam_server.errors import Refusal
from exam_server.results.actions.recovered import score_recovered
from exam_server.results.export import results_csv, results_xlsx
from exam_server.results.package import result_package
from exam_server.results.views.outcome_words import decided
from exam_server.results.views.pending import recovered_without_key
from exam_server.results.views.table import ResultsTable, results_table
from exam_server.room import views
from exam_server.upkeep.exporting import Export, announce_export
from exam_server.upkeep.journal_export import journal_file
from exam_server.words import refusal_text
from proctor_console.frame.access import checked_second, staff
from proctor_console.frame.answers import XLSX, guarded, handed_over
from proctor_console.frame.pages import language, page

blueprint = guarded(
    Blueprint("console_results", __name__, url_prefix="/console/sitting/<sitting_id>")
)

_HANDS_OVER = (Role.CHIEF_PROCTOR, Role.CENTRE_ADMIN, Role.AUTHORITY)


@blueprint.get("/results")
def results(sitting_id: str) -> str:
    """现场成绩: per subject, sum, status, cause."""
    return _results(sitting_id)


@blueprint.post("/score-recovered")
def scored_again(sitting_id: str) -> Response:
    """补评: two persons bring the bell code again, and the sweep scores what was recovered."""
    first, here, typed = staff(), centre(), request.form
    require(first, *ROOM_STAFF, action="unseal")
    try:
        second = checked_second(*(typed.get(name, "") for name in ("login", "password", "digits")))
        here.store.write(
            lambda tx: score_recovered(
                tx,
                sitting_id=sitting_id,
                code=typed.get("code", ""),
                first=first,
                second=second,
                keys=here.keys,
                data=here.settings.data,
            ),
            sittings=[sitting_id],
        )
    except Refusal as refusal:
        told = refusal_text(refusal.code, refusal.facts, language())
        return make_response(_results(sitting_id, told), refusal.status)
    return redirect(url_for("console_results.results", sitting_id=sitting_id), 303)


def _results(sitting_id: str, problem: str = "") -> str:
    require(staff(), *Role, action="see_results")
    now = centre().now()
    board = centre().store.read(lambda session: views.board(session, sitting_id, now))
    table = _table(sitting_id)
    return page(
        "results.html",
        decided=decided,
        recovered=len(_waiting(sitting_id)) if staff().role in ROOM_STAFF else 0,
        problem=problem,
        sitting=board.sitting,
        counts=board.counts,
        table=table,
        exports=staff().role in _HANDS_OVER,
    )


@blueprint.get("/results.xlsx")
def workbook(sitting_id: str) -> Response:
    """The table as a workbook; ID numbers stay masked."""
    _announce(sitting_id, "xlsx")
    return _file(sitting_id, "xlsx", XLSX, results_xlsx(_table(sitting_id), language()))


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


def _waiting(sitting_id: str) -> dict[str, str]:
    return centre().store.read(lambda session: recovered_without_key(session, sitting_id))


def _table(sitting_id: str) -> ResultsTable:
    return centre().store.read(lambda session: results_table(session, sitting_id=sitting_id))


def _read(query: Callable[[Session], bytes]) -> bytes:
    return centre().store.read(query)


def _file(
    sitting_id: str, ending: str, media_type: str, content: bytes, prefix: str = "results"
) -> Response:
    return handed_over(f"{prefix}-{sitting_id}.{ending}", media_type, content)
