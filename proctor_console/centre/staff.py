"""The accounts somebody looks after: disable, enable, a new password, a lost phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from exam_server.auth import accounts
from exam_server.auth.identity import Staff
from exam_server.context import centre
from exam_server.errors import Refusal
from exam_server.storage.tx import Tx
from exam_server.words import refusal_text
from proctor_console.frame.access import staff
from proctor_console.frame.answers import guarded
from proctor_console.frame.pages import language, page

T = TypeVar("T")
blueprint = guarded(Blueprint("console_staff", __name__, url_prefix="/console/staff"))


@blueprint.get("")
def show() -> Response:
    """人员: every account one looks after."""
    return _list(None)


@blueprint.post("")
def add() -> Response:
    """新建账号: its temporary password is shown this once."""
    actor, role = staff(), request.form.get("role", "")
    login, name = request.form.get("login", ""), request.form.get("name", "")
    city = request.form.get("city", "")
    return _told(
        lambda: centre().store.write(
            lambda tx: accounts.add(tx, login=login, name=name, role=role, city=city, actor=actor)
        ),
        lambda made: _list(None, given=made),
    )


@blueprint.post("/<staff_id>/disable")
def disable(staff_id: str) -> Response:
    """停用: open logins end at once."""
    return _act(staff_id, accounts.disable, request.form.get("reason", ""))


@blueprint.post("/<staff_id>/enable")
def enable(staff_id: str) -> Response:
    """启用."""
    return _act(staff_id, accounts.enable, request.form.get("reason", ""))


@blueprint.post("/<staff_id>/factor")
def reset_factor(staff_id: str) -> Response:
    """The phone is lost: the next login sets up another authenticator."""
    return _act(staff_id, accounts.reset_factor, request.form.get("reason", ""))


@blueprint.post("/<staff_id>/password")
def reset_password(staff_id: str) -> Response:
    """A temporary password, shown this once."""
    actor, reason = staff(), request.form.get("reason", "")
    return _told(
        lambda: centre().store.write(
            lambda tx: accounts.reset_password(tx, staff_id=staff_id, actor=actor, reason=reason)
        ),
        lambda password: _list(None, given=(staff_id, password)),
    )


def _act(staff_id: str, use_case: Callable[..., None], reason: str) -> Response:
    actor: Staff = staff()

    def command(tx: Tx) -> None:
        use_case(tx, staff_id=staff_id, actor=actor, reason=reason)

    return _told(
        lambda: centre().store.write(command),
        lambda _: redirect(url_for("console_staff.show"), 303),
    )


def _told(act: Callable[[], T], then: Callable[[T], Response]) -> Response:
    try:
        done = act()
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return _list(refusal)
    return then(done)


def _list(refusal: Refusal | None, given: tuple[str, str] = ("", "")) -> Response:
    viewer = staff()
    rows = centre().store.read(lambda session: accounts.accounts(session, viewer=viewer))
    problem = refusal and refusal_text(refusal.code, refusal.facts, language())
    body = page(
        "staff.html",
        accounts=rows,
        roles=accounts.roles_looked_after(viewer),
        problem=problem,
        given_to=given[0],
        given=given[1],
    )
    return make_response(body, refusal.status if refusal else 200)
