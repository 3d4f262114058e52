"""Log in, log out, change the language."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from exam_server import cookies
from exam_server.auth.actions import Step, begin_login, log_out
from exam_server.context import centre
from exam_server.errors import Refusal
from exam_server.storage.tx import Tx
from exam_server.words import as_language, refusal_text
from proctor_console.frame.access import STAFF_COOKIE, brought, checked_staff, same, visit_of
from proctor_console.frame.pages import LANGUAGE_COOKIE, language, page

blueprint = Blueprint("console_login", __name__, url_prefix="/console")
LOGIN_COOKIE = "kc_login"  # ties the login form to the browser that asked for it
_LANGUAGE_SECONDS = 365 * 24 * 3600


def own_address(wanted: str | None) -> str:
    """``wanted`` if it is a page of this console, else its first page (no open redirect)."""
    wanted = wanted or ""
    parts = urlsplit(wanted)
    inside = not parts.scheme and not parts.netloc and parts.path.startswith("/console/")
    return wanted if inside and wanted.isprintable() else "/console/"


@blueprint.get("/login")
def show() -> BaseResponse:
    """The login form; who is logged in already goes on."""
    if visit_of(brought()):
        return redirect(own_address(request.args.get("next")))
    return _form(200, "", None)


@blueprint.post("/login")
def enter() -> BaseResponse:
    """Check login and password; the cookie is the only thing the browser keeps. Where more is
    needed, the login is on its way and opens nothing but its next step."""
    login = request.form.get("login", "").strip()
    try:
        _same_browser()
        who = checked_staff(login, request.form.get("password", ""))
    except Refusal as refusal:
        return _form(refusal.status, login, refusal)
    before = brought()

    def command(tx: Tx) -> tuple[str, Step | None]:
        log_out(tx, token=before)  # whoever was logged in here has left
        return begin_login(tx, staff=who)

    token, step = centre().store.write(command)
    wanted = own_address(request.form.get("next"))
    response = redirect(url_for("console_steps.show", next=wanted) if step else wanted, 303)
    cookies.keep(response, STAFF_COOKIE, token, secure=request.is_secure)
    cookies.forget(response, LOGIN_COOKIE, secure=request.is_secure)
    return response


@blueprint.post("/logout")
def leave() -> BaseResponse:
    """End this login on the server and in the browser."""
    visit = visit_of(brought())
    response = redirect(url_for("console_login.show"), 303)
    given = request.form.get("csrf", "")
    if visit and same(given, visit.csrf):
        token = brought()
        centre().store.write(lambda tx: log_out(tx, token=token))
        cookies.forget(response, STAFF_COOKIE, secure=request.is_secure)
    return response


@blueprint.get("/language/<tongue>")
def speak(tongue: str) -> BaseResponse:
    """Remember the reader's language and go back to the page they were on."""
    response = redirect(own_address(request.args.get("back")))
    cookies.keep(
        response,
        LANGUAGE_COOKIE,
        as_language(tongue),
        secure=request.is_secure,
        seconds=_LANGUAGE_SECONDS,
        samesite="Lax",
    )
    return response


def _same_browser() -> None:
    """The form was fetched by this browser, not planted by a foreign page."""
    kept = cookies.kept(request.environ, LOGIN_COOKIE)
    given = request.form.get("ticket", "")
    if not kept or not same(kept, given):
        raise Refusal("login_form_stale", 403)


def _form(status: int, login: str, refusal: Refusal | None) -> Response:
    ticket = secrets.token_urlsafe(16)
    problem = refusal and refusal_text(refusal.code, refusal.facts, language())
    wanted = own_address(request.values.get("next"))
    body = page("login.html", problem=problem, login=login, ticket=ticket, next=wanted)
    response = make_response(body, status)
    cookies.keep(response, LOGIN_COOKIE, ticket, secure=request.is_secure)
    return response
