"""Staff log in and out; accounts are made.

Logging in is one or more steps: the password; the code of the second factor where there is one;
a password of one's own after somebody else has set it; and a second factor where the role needs
one and there is none yet. Until the last step is done the login opens nothing else, and with it
the token changes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.auth.identity import Role, Staff
from exam_server.auth.passwords import (
    LONGEST_PASSWORD,
    good_enough,
    hash_password,
    nobodys,
    password_matches,
)
from exam_server.auth.tables import Staff as StaffRow
from exam_server.auth.tables import StaffLogin
from exam_server.errors import Refusal
from exam_server.ids import new_id, new_token
from exam_server.storage.acts import record
from exam_server.storage.tx import Tx

STAFF_LOGIN_LIFE_MS = 14 * 3_600_000  # one exam day with its evening
STEPS_LIFE_MS = 15 * 60_000  # from the password to the last step
NEEDS_FACTOR = frozenset({Role.CENTRE_ADMIN, Role.AUTHORITY})


class Step(StrEnum):
    """What is still to be done before a login is complete."""

    CODE = "code"
    PASSWORD = "password"  # noqa: S105  the name of a step
    ENROL = "enrol"


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A login on its way: who, the CSRF token of its forms, and what comes next."""

    staff: Staff
    csrf: str
    step: Step


def create_staff(
    tx: Tx,
    *,
    login: str,
    name: str,
    role: Role,
    password: str,
    city: str | None = None,
    actor: str = "system",
) -> Staff:
    """A new account; ``city``: of a city's authority; ``actor``: who makes it.

    Refusals: ``login_taken``, ``city_without_authority``, ``password_short``,
    ``password_long``, ``password_weak``."""
    good_enough(password, login, name)
    if tx.session.scalar(select(StaffRow).where(StaffRow.login == login)) is not None:
        raise Refusal("login_taken", 409, {"login": login})
    if city is not None and role is not Role.AUTHORITY:
        raise Refusal("city_without_authority", 422)
    row = StaffRow(
        id=new_id(),
        login=login,
        name=name,
        role=role.value,
        city=city,
        password=hash_password(password),
    )
    tx.session.add(row)
    facts = {"staff": row.id, "login": login, "role": role.value}
    if city is not None:
        facts["city"] = city
    record(tx, kind="staff_created", actor=actor, data=facts)
    return as_staff(row)


def check_password(session: Session, *, login: str, password: str) -> Staff:
    """The member of staff behind login and password, or Refusal ``staff_login_wrong`` (401)."""
    row = session.scalar(select(StaffRow).where(StaffRow.login == login))
    if len(password) > LONGEST_PASSWORD:
        password = ""
    right = password_matches(password, row.password if row else nobodys())
    if row is None or not right or row.disabled:
        raise Refusal("staff_login_wrong", 401)
    return as_staff(row)


def begin_login(tx: Tx, *, staff: Staff) -> tuple[str, Step | None]:
    """A login for a checked password: (cookie token, what is to be done next)."""
    row = tx.session.get_one(StaffRow, staff.id)
    step = _next_step(row, code_given=False)
    if step is None:
        return log_in(tx, staff=staff)[0], None
    token = new_token()
    tx.session.add(_login(tx, token, row.id, complete=False))
    return token, step


def log_in(tx: Tx, *, staff: Staff) -> tuple[str, str]:
    """Start a complete login for a checked member of staff: (cookie token, CSRF token)."""
    token = new_token()
    login = _login(tx, token, staff.id, complete=True)
    tx.session.add(login)
    record(tx, kind="staff_logged_in", actor=staff.actor)
    return token, login.csrf


def go_on(tx: Tx, *, login: StaffLogin) -> tuple[str, Step] | tuple[str, None]:
    """After a step: ("", the next one), or (a fresh token, None) when the login is complete."""
    row = tx.session.get_one(StaffRow, login.staff_id)
    step = _next_step(row, code_given=login.code_given)
    if step is not None:
        return "", step
    login.ended_ms = tx.now.wall_ms
    return log_in(tx, staff=as_staff(row))[0], None


def log_out(tx: Tx, *, token: str) -> None:
    """End this browser's login; nothing happens if it has ended already."""
    row = tx.session.get(StaffLogin, token_hash(token))
    if row is not None and row.ended_ms is None:
        row.ended_ms = tx.now.wall_ms
        if row.complete:
            record(tx, kind="staff_logged_out", actor=f"staff:{row.staff_id}")


def staff_of(session: Session, *, token: str, now_wall_ms: int) -> tuple[Staff, str] | None:
    """The member of staff and CSRF token behind a complete login, or None."""
    row, found = _live(session, token, now_wall_ms, STAFF_LOGIN_LIFE_MS)
    return (as_staff(found), row.csrf) if row and found and row.complete else None


def unfinished_of(session: Session, *, token: str, now_wall_ms: int) -> Unfinished | None:
    """The login on its way behind a cookie token, or None."""
    row, found = _live(session, token, now_wall_ms, STEPS_LIFE_MS)
    if row is None or found is None or row.complete:
        return None
    step = _next_step(found, code_given=row.code_given)
    return Unfinished(as_staff(found), row.csrf, step) if step else None


def token_hash(token: str) -> str:
    """What is stored of a bearer token."""
    return hashlib.sha256(token.encode()).hexdigest()


def as_staff(row: StaffRow) -> Staff:
    """The row as who is acting."""
    return Staff(row.id, row.login, row.name, Role(row.role), row.city)


def _live(
    session: Session, token: str, now_wall_ms: int, life_ms: int
) -> tuple[StaffLogin, StaffRow] | tuple[None, None]:
    row = session.get(StaffLogin, token_hash(token))
    if row is None or row.ended_ms is not None or now_wall_ms - row.since_ms > life_ms:
        return None, None
    found = session.get(StaffRow, row.staff_id)
    return (row, found) if found is not None and not found.disabled else (None, None)


def _next_step(row: StaffRow, *, code_given: bool) -> Step | None:
    if row.totp is not None and not code_given:
        return Step.CODE
    if row.must_change:
        return Step.PASSWORD
    return Step.ENROL if row.totp is None and Role(row.role) in NEEDS_FACTOR else None


def _login(tx: Tx, token: str, staff_id: str, *, complete: bool) -> StaffLogin:
    return StaffLogin(
        token_hash=token_hash(token),
        staff_id=staff_id,
        csrf=new_token(),
        since_ms=tx.now.wall_ms,
        complete=complete,
        code_given=False,
    )
