"""The steps between the password and a login: a code, a password of one's own, an authenticator.

Their pages are for a browser whose login is on its way, and for nobody else.
"""

from __future__ import annotations

from collections.abc import Callable

import segno
from flask import Blueprint, Response, g, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from exam_server import cookies
from exam_server.auth import totp
from exam_server.auth.accounts import change_own_password
from exam_server.auth.actions import Step, Unfinished, go_on, unfinished_of
from exam_server.auth.factor import confirm_offer, give_code, login_on_its_way, offer
from exam_server.context import centre
from exam_server.errors import Refusal
from exam_server.storage.tx import Tx
from exam_server.words import refusal_text
from proctor_console.frame.access import (
    CODE_DOOR,
    STAFF_COOKIE,
    brought,
    guessing,
    same,
    token_given,
)
from proctor_console.frame.login import own_address
from proctor_console.frame.pages import language, page

blueprint = Blueprint("console_steps", __name__, url_prefix="/console/login")
_QR_SCALE = 5
_Next = tuple[str, Step | None]  # a fresh token when the login is complete


@blueprint.before_request
def _on_its_way() -> BaseResponse | None:
    """Only who has given the right password; a write carries the login's own token."""
    here, token = centre(), brought()
    wall_ms = here.now().wall_ms
    found = here.store.read(
        lambda session: unfinished_of(session, token=token, now_wall_ms=wall_ms)
    )
    if found is None:
        return redirect(url_for("console_login.show", next=_wanted()))
    g.unfinished = found
    if request.method == "POST" and not same(token_given(), found.csrf):
        return _shown(Refusal("csrf", 403))
    return None


@blueprint.get("/step")
def show() -> BaseResponse:
    """What is to be done next."""
    return _shown(None)


@blueprint.post("/code")
def code() -> BaseResponse:
    """The six digits, or a recovery code."""
    typed, fields, token = request.form.get("code", ""), centre().keys.fields, brought()

    def command(tx: Tx) -> _Next:
        return go_on(tx, login=give_code(tx, token=token, typed=typed, fields=fields))

    return _done(Step.CODE, lambda: centre().store.write(command))


@blueprint.post("/password")
def password() -> BaseResponse:
    """A password of one's own."""
    wanted, again = request.form.get("password", ""), request.form.get("again", "")
    token, who = brought(), _who().staff

    def command(tx: Tx) -> _Next:
        if wanted != again:
            raise Refusal("password_differs", 422)
        login = login_on_its_way(tx, token=token)
        change_own_password(tx, staff_id=who.id, password=wanted, keep=login.token_hash)
        return go_on(tx, login=login)

    return _done(Step.PASSWORD, lambda: centre().store.write(command))


@blueprint.post("/enrol")
def enrol() -> BaseResponse:
    """The authenticator shows the right code; the recovery codes, this once."""
    typed, fields, token = request.form.get("code", ""), centre().keys.fields, brought()
    shown: list[str] = []

    def command(tx: Tx) -> _Next:
        shown[:] = confirm_offer(tx, token=token, typed=typed, fields=fields)
        return go_on(tx, login=login_on_its_way(tx, token=token))

    return _done(
        Step.ENROL,
        lambda: centre().store.write(command),
        lambda: make_response(page("recovery.html", codes=shown, next=_wanted())),
    )


def _done(
    step: Step, act: Callable[[], _Next], then: Callable[[], Response] | None = None
) -> BaseResponse:
    """Carry a step out: the next one, or in; what was wrong, on the same page."""
    if _who().step is not step:
        return _shown(None)
    try:
        with guessing(CODE_DOOR, _who().staff.login):
            token, left = act()
    except Refusal as refusal:
        return _shown(refusal)
    if left is not None:
        return redirect(url_for("console_steps.show", next=_wanted()), 303)
    response = then() if then else redirect(_wanted(), 303)
    cookies.keep(response, STAFF_COOKIE, token, secure=request.is_secure)
    return response


def _shown(refusal: Refusal | None) -> Response:
    who = _who()
    problem = refusal and refusal_text(refusal.code, refusal.facts, language())
    facts: dict[str, object] = {}
    if who.step is Step.ENROL:
        fields, token = centre().keys.fields, brought()
        secret = centre().store.write(lambda tx: offer(tx, token=token, fields=fields))
        drawn = segno.make_qr(totp.address(secret, who.staff.login))
        facts = {
            "secret": totp.secret_text(secret),
            "qr": drawn.svg_data_uri(scale=_QR_SCALE, border=2),
        }
    body = page(
        f"step_{who.step}.html",
        problem=problem,
        who=who.staff,
        csrf=who.csrf,
        next=_wanted(),
        **facts,
    )
    return make_response(body, refusal.status if refusal else 200)


def _who() -> Unfinished:
    found = g.unfinished
    assert isinstance(found, Unfinished)
    return found


def _wanted() -> str:
    return own_address(request.values.get("next"))
