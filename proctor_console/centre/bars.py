"""禁考名单: who may not register, entered by list, lifted one by one."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, url_for
from werkzeug.wrappers import Response

from exam_server.auth.identity import OFFICE, require
from exam_server.clock import china_day
from exam_server.context import centre
from exam_server.desk.actions.bars import enter_bars, lift_bar
from exam_server.desk.bar_file import read_bars
from exam_server.desk.views import bars
from exam_server.errors import Refusal
from exam_server.words import refusal_text
from proctor_console.frame.access import staff
from proctor_console.frame.answers import guarded
from proctor_console.frame.pages import language, page
from proctor_console.frame.uploads import takes_files, told, typed, uploaded

_YEARS = {str(number) for number in range(1, 100)}
blueprint = guarded(takes_files(Blueprint("console_bars", __name__, url_prefix="/console/bars")))


@blueprint.before_request
def office_only() -> None:
    """The list is the office's."""
    require(staff(), *OFFICE, action="see_bars")


@blueprint.get("")
def show() -> Response:
    """The list, ID numbers masked."""
    return _list()


@blueprint.post("")
def enter() -> Response:
    """Enter the persons of a file; who is on the list already is not entered twice."""
    here, actor, years = centre(), staff(), typed("years").strip()
    try:
        rows = read_bars(
            uploaded("file"),
            years=int(years) if years in _YEARS else None,
            today=china_day(here.now().wall_ms),
        )
        new = here.store.write(
            lambda tx: enter_bars(tx, rows=rows, fields=here.keys.fields, actor=actor)
        )
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return _list(refusal)
    return _list(entered=(len(rows), new))


@blueprint.post("/<bar_id>/lift")
def lift(bar_id: str) -> Response:
    """End a bar before its time, with a reason."""
    actor, reason = staff(), typed("reason")
    try:
        centre().store.write(lambda tx: lift_bar(tx, bar_id=bar_id, reason=reason, actor=actor))
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return _list(refusal)
    return redirect(url_for("console_bars.show"), 303)


def _list(refusal: Refusal | None = None, entered: tuple[int, int] | None = None) -> Response:
    here = centre()
    body = page(
        "bars.html",
        bars=here.store.read(bars),
        today=china_day(here.now().wall_ms).isoformat(),
        entered=entered,
        problem=refusal and refusal_text(refusal.code, refusal.facts, language()),
        problems=told(refusal.rows) if refusal else [],
    )
    return make_response(body, refusal.status if refusal else 200)
