"""Who sends this request, and may it write.

A member of staff is known by the cookie ``kc_staff`` (HttpOnly, SameSite=Strict). Every
write also carries the login's own CSRF token: programs in the header ``X-CSRF-Token``,
plain forms in the field ``csrf``.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from flask import g, request

from exam_server import cookies
from exam_server.auth.actions import check_password, staff_of
from exam_server.auth.factor import use_as_second
from exam_server.auth.identity import Staff
from exam_server.context import centre
from exam_server.errors import Refusal
from exam_server.logs import events

log = events(__name__)

STAFF_COOKIE = "kc_staff"
DOOR, CODE_DOOR = "staff", "code"  # the limiter's
LONGEST_TYPED = 200  # of a login or password; what is longer is nobody's
_GUESSES = frozenset({"staff_login_wrong", "code_wrong"})
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Visit:
    """A logged-in member of staff and the token their writes must carry."""

    staff: Staff
    csrf: str


def visit_of(token: str | None) -> Visit | None:
    """The live login behind a cookie's ``token``, or None."""
    if not token:
        return None
    here = centre()
    wall_ms = here.now().wall_ms
    found = here.store.read(lambda session: staff_of(session, token=token, now_wall_ms=wall_ms))
    return Visit(*found) if found else None


def brought() -> str:
    """The token that this request's browser keeps, or ``""``."""
    return cookies.kept(request.environ, STAFF_COOKIE)


def admit() -> None:
    """Before each request of a guarded page: 401 without a login, 403 without the token."""
    found = visit_of(brought())
    if found is None:
        raise Refusal("not_logged_in", 401)
    g.visit = found
    if request.method not in _READS and not same(token_given(), found.csrf):
        raise Refusal("csrf", 403)


def token_given() -> str:
    """The CSRF token of this request: a program's header or a form's field."""
    return request.headers.get("X-CSRF-Token") or request.form.get("csrf", "")


def staff() -> Staff:
    """Who is acting in this request."""
    return cast(Visit, g.visit).staff


def checked_staff(login: str, password: str) -> Staff:
    """The member of staff behind login and password.

    Refusals: ``login_wait`` (429) while this account at this address has to wait after
    wrong tries, ``staff_login_wrong`` (401). Nobody else is slowed.
    """
    if max(len(login), len(password)) > LONGEST_TYPED or not login.isprintable():
        login = password = ""
    with guessing(DOOR, login):
        return centre().store.read(
            lambda session: check_password(session, login=login, password=password)
        )


def checked_second(login: str, password: str, code: str) -> Staff:
    """The second person of an act: password, and a code where their account has one.

    Refusals: those of :func:`checked_staff`; ``code_wrong``, ``code_used`` (401),
    ``factor_missing`` (403)."""
    found, here = checked_staff(login, password), centre()
    with guessing(CODE_DOOR, found.login):
        here.store.write(
            lambda tx: use_as_second(tx, staff=found, typed=code, fields=here.keys.fields)
        )
    return found


@contextmanager
def guessing(door: str, account: str) -> Iterator[None]:
    """What is tried inside can be guessed at: wrong ones make this account wait, here only."""
    here, address = centre(), request.remote_addr or "unknown"
    now = here.now()
    here.limiter.check(door, account, address, now)
    try:
        yield
    except Refusal as refusal:
        if refusal.code in _GUESSES:
            here.limiter.failed(door, account, address, now)
            log.warning("wrong_guess", code=refusal.code, door=door)
        raise
    here.limiter.succeeded(door, account, address)


def same(given: str, kept: str) -> bool:
    """Whether two secrets are equal, in constant time."""
    return secrets.compare_digest(given.encode(), kept.encode())
