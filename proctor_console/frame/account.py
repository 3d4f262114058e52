"""One's own account: a new password."""

from __future__ import annotations

from flask import Blueprint, make_response, request
from werkzeug.wrappers import Response

from exam_server.auth.accounts import change_own_password
from exam_server.auth.actions import token_hash
from exam_server.context import centre
from exam_server.errors import Refusal
from exam_server.words import refusal_text
from proctor_console.frame.access import CODE_DOOR, brought, guessing, staff
from proctor_console.frame.answers import guarded
from proctor_console.frame.pages import language, page

blueprint = guarded(Blueprint("console_account", __name__, url_prefix="/console/account"))


@blueprint.get("")
def show() -> Response:
    """The form."""
    return make_response(page("account.html", problem=None, done=False))


@blueprint.post("/password")
def change_password() -> Response:
    """The present password and twice the new one; every other login of the account ends."""
    who, keep = staff(), token_hash(brought())
    present, wanted = request.form.get("present", ""), request.form.get("password", "")
    try:
        if wanted != request.form.get("again", ""):
            raise Refusal("password_differs", 422)
        with guessing(CODE_DOOR, who.login):
            centre().store.write(
                lambda tx: change_own_password(
                    tx, staff_id=who.id, password=wanted, present=present, keep=keep
                )
            )
    except Refusal as refusal:
        problem = refusal_text(refusal.code, refusal.facts, language())
        return make_response(page("account.html", problem=problem, done=False), refusal.status)
    return make_response(page("account.html", problem=None, done=True))
