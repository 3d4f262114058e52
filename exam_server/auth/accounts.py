"""Accounts are looked after by somebody else than their owner, and each time with a reason.

A centre's admin looks after the accounts of the centre, the authority after the authority's:
neither can make the other's its own (invariant 10). The province's authority looks after the
cities' too, a city's only after its own. Whatever ends an account's trust ends its
logins in the same transaction.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from exam_server.auth.actions import NEEDS_FACTOR, create_staff
from exam_server.auth.factor import take_away
from exam_server.auth.identity import Role, Staff, require
from exam_server.auth.passwords import (
    good_enough,
    hash_password,
    password_matches,
    temporary_password,
)
from exam_server.auth.tables import Staff as StaffRow
from exam_server.auth.tables import StaffLogin
from exam_server.desk.rules import written
from exam_server.errors import Refusal, forbidden, not_found
from exam_server.storage.acts import record
from exam_server.storage.tx import Tx

MANAGERS = (Role.CENTRE_ADMIN, Role.AUTHORITY)
LONGEST_NAME = 60
_LOGIN = re.compile(r"[A-Za-z0-9._-]{1,40}", re.ASCII)
_LOOKS_AFTER = {
    Role.CENTRE_ADMIN: (Role.PROCTOR, Role.CHIEF_PROCTOR, Role.CENTRE_ADMIN),
    Role.AUTHORITY: (Role.AUTHORITY,),
}


@dataclass(frozen=True, slots=True)
class Account:
    """One line of the list. ``factor``: whether a second factor is set up; ``open_logins``:
    browsers that are logged in."""

    id: str
    login: str
    name: str
    role: Role
    disabled: bool
    must_change: bool
    factor: bool
    needs_factor: bool
    open_logins: int
    city: str | None


def accounts(session: Session, *, viewer: Staff) -> list[Account]:
    """The accounts ``viewer`` looks after, by role and login."""
    require(viewer, *MANAGERS, action="manage_staff", of_city=True)
    logins = dict(
        session.execute(
            select(StaffLogin.staff_id, func.count())
            .where(StaffLogin.ended_ms.is_(None), StaffLogin.complete)
            .group_by(StaffLogin.staff_id)
        ).all()
    )
    roles = _LOOKS_AFTER[viewer.role]
    wanted = select(StaffRow).where(StaffRow.role.in_([role.value for role in roles]))
    seen = (row for row in session.scalars(wanted) if viewer.city in (None, row.city))
    rows = sorted(seen, key=lambda row: (roles.index(Role(row.role)), row.login))
    return [
        Account(
            id=row.id,
            login=row.login,
            name=row.name,
            role=Role(row.role),
            disabled=row.disabled,
            must_change=row.must_change,
            factor=row.totp is not None,
            needs_factor=Role(row.role) in NEEDS_FACTOR,
            open_logins=logins.get(row.id, 0),
            city=row.city,
        )
        for row in rows
    ]


def add(
    tx: Tx, *, login: str, name: str, role: str, actor: Staff, city: str = ""
) -> tuple[str, str]:
    """新建: an account of one's own office; (its id, a temporary password, told once).

    ``city``: whose authority it is, as rosters write it; "" is the province's, or the city of
    ``actor``. Refusals: ``forbidden`` (403), ``login_taken`` (409), ``account_malformed`` (422)."""
    require(actor, *MANAGERS, action="manage_staff", of_city=True)
    login, name = login.strip(), name.strip()
    if role not in {one.value for one in _LOOKS_AFTER[actor.role]}:
        raise forbidden("manage_staff")
    city = city.strip() or actor.city or ""
    if actor.city not in (None, city):
        raise forbidden("manage_staff")
    if _LOGIN.fullmatch(login) is None or not 0 < len(name) <= LONGEST_NAME >= len(city):
        raise Refusal("account_malformed", 422, {"login": login[:40]})
    password = temporary_password()
    made = create_staff(
        tx,
        login=login,
        name=name,
        role=Role(role),
        password=password,
        city=city or None,
        actor=actor.actor,
    )
    tx.session.get_one(StaffRow, made.id).must_change = True
    return made.id, password


def roles_looked_after(viewer: Staff) -> list[Role]:
    """The roles whose accounts ``viewer`` makes and looks after."""
    return list(_LOOKS_AFTER[viewer.role])


def disable(tx: Tx, *, staff_id: str, actor: Staff, reason: str) -> None:
    """停用: no login any more, and those that are open end now."""
    row = _somebody_elses(tx, staff_id, actor)
    row.disabled = True
    _end_logins(tx, row)
    _record(tx, "staff_disabled", row, actor.actor, reason)


def enable(tx: Tx, *, staff_id: str, actor: Staff, reason: str) -> None:
    """启用: the account may log in again."""
    row = _somebody_elses(tx, staff_id, actor)
    row.disabled = False
    _record(tx, "staff_enabled", row, actor.actor, reason)


def reset_password(tx: Tx, *, staff_id: str, actor: Staff, reason: str) -> str:
    """A temporary password, told once; its owner must choose another at the first login."""
    row = _somebody_elses(tx, staff_id, actor)
    return _new_password(tx, row, actor.actor, reason)


def reset_factor(tx: Tx, *, staff_id: str, actor: Staff, reason: str) -> None:
    """The phone is lost: the next login sets up another second factor. Never one's own."""
    row = _somebody_elses(tx, staff_id, actor)
    take_away(tx, row=row)
    _end_logins(tx, row)
    _record(tx, "staff_factor_reset", row, actor.actor, reason)


def restore_access(tx: Tx, *, login: str, actor: str, reason: str) -> str:
    """From the machine itself, when no second person is left who could: a temporary password,
    no second factor, the account enabled. The password."""
    row = tx.session.scalar(select(StaffRow).where(StaffRow.login == login))
    if row is None:
        raise not_found("staff", login[:40])
    row.disabled = False
    take_away(tx, row=row)
    _record(tx, "staff_factor_reset", row, actor, reason)
    return _new_password(tx, row, actor, reason)


def change_own_password(
    tx: Tx, *, staff_id: str, password: str, present: str | None = None, keep: str = ""
) -> None:
    """A password of one's own. ``present``: the one before, checked unless the login itself is
    this step; ``keep``: hash of the login's token that stays open, all others end.

    Refusals: ``staff_login_wrong`` (401), those of :func:`good_enough`, ``password_same``."""
    row = tx.session.get_one(StaffRow, staff_id)
    if present is not None and not password_matches(present[:1000], row.password):
        raise Refusal("staff_login_wrong", 401)
    good_enough(password, row.login, row.name)
    if password_matches(password, row.password):
        raise Refusal("password_same", 422)
    row.password, row.must_change = hash_password(password), False
    _end_logins(tx, row, keep=keep)
    record(tx, kind="staff_password_changed", actor=f"staff:{row.id}")


def _new_password(tx: Tx, row: StaffRow, actor: str, reason: str) -> str:
    password = temporary_password()
    row.password, row.must_change = hash_password(password), True
    _end_logins(tx, row)
    _record(tx, "staff_password_reset", row, actor, reason)
    return password


def _somebody_elses(tx: Tx, staff_id: str, actor: Staff) -> StaffRow:
    """An account that ``actor`` looks after; Refusals ``forbidden``, ``own_account`` (403)."""
    require(actor, *MANAGERS, action="manage_staff", of_city=True)
    row = tx.session.get(StaffRow, staff_id)
    if row is None:
        raise not_found("staff", staff_id)
    if Role(row.role) not in _LOOKS_AFTER[actor.role] or actor.city not in (None, row.city):
        raise forbidden("manage_staff")
    if row.id == actor.id:
        raise Refusal("own_account", 403)
    return row


def _end_logins(tx: Tx, row: StaffRow, *, keep: str = "") -> None:
    tx.session.execute(
        update(StaffLogin)
        .where(
            StaffLogin.staff_id == row.id,
            StaffLogin.ended_ms.is_(None),
            StaffLogin.token_hash != keep,
        )
        .values(ended_ms=tx.now.wall_ms)
    )


def _record(tx: Tx, kind: str, row: StaffRow, actor: str, reason: str) -> None:
    facts = {"staff": row.id, "login": row.login, "reason": written.reason(reason, kind)}
    record(tx, kind=kind, actor=actor, data=facts)
