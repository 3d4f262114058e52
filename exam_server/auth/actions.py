"""Staff log in and out; accounts are made."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from functools import cache

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.auth.identity import Role, Staff
from exam_server.auth.tables import Staff as StaffRow
from exam_server.auth.tables import StaffLogin
from exam_server.errors import Refusal
from exam_server.ids import new_id, new_token
from exam_server.storage.acts import record
from exam_server.storage.tx import Tx

SHORTEST_PASSWORD = 8
STAFF_LOGIN_LIFE_MS = 14 * 3_600_000  # one exam day with its evening

# OWASP's floor for Argon2id: 19 MiB, two passes, one lane
_MEMORY_KIB, _PASSES, _LANES = 19_456, 2, 1


def hash_password(password: str) -> str:
    """Argon2id PHC string of a password (normalised NFKC)."""
    kdf = Argon2id(
        salt=secrets.token_bytes(16),
        length=32,
        iterations=_PASSES,
        lanes=_LANES,
        memory_cost=_MEMORY_KIB,
    )
    return kdf.derive_phc_encoded(_normal(password))


def password_matches(password: str, phc: str) -> bool:
    """Whether ``password`` is the one behind ``phc``."""
    try:
        Argon2id.verify_phc_encoded(_normal(password), phc)
    except InvalidKey:
        return False
    return True


@cache
def _nobody() -> str:
    """Checked when no such account exists, so that the answer takes as long."""
    return hash_password(secrets.token_hex(16))


def create_staff(
    tx: Tx, *, login: str, name: str, role: Role, password: str, actor: str = "system"
) -> Staff:
    """A new account; ``actor``: who makes it.

    Refusals: ``login_taken``, ``password_short`` (fewer than 8)."""
    if len(password) < SHORTEST_PASSWORD:
        raise Refusal("password_short", 422, {"least": SHORTEST_PASSWORD})
    if tx.session.scalar(select(StaffRow).where(StaffRow.login == login)) is not None:
        raise Refusal("login_taken", 409, {"login": login})
    row = StaffRow(
        id=new_id(), login=login, name=name, role=role.value, password=hash_password(password)
    )
    tx.session.add(row)
    facts = {"staff": row.id, "login": login, "role": role.value}
    record(tx, kind="staff_created", actor=actor, data=facts)
    return _staff(row)


def check_password(session: Session, *, login: str, password: str) -> Staff:
    """The member of staff behind login and password, or Refusal ``staff_login_wrong`` (401)."""
    row = session.scalar(select(StaffRow).where(StaffRow.login == login))
    right = password_matches(password, row.password if row else _nobody())
    if row is None or not right or row.disabled:
        raise Refusal("staff_login_wrong", 401)
    return _staff(row)


def log_in(tx: Tx, *, staff: Staff) -> tuple[str, str]:
    """Start a login for a checked member of staff: (cookie token, CSRF token)."""
    token, csrf = new_token(), new_token()
    tx.session.add(
        StaffLogin(
            token_hash=token_hash(token), staff_id=staff.id, csrf=csrf, since_ms=tx.now.wall_ms
        )
    )
    record(tx, kind="staff_logged_in", actor=staff.actor)
    return token, csrf


def log_out(tx: Tx, *, token: str) -> None:
    """End this browser's login; nothing happens if it has ended already."""
    row = tx.session.get(StaffLogin, token_hash(token))
    if row is not None and row.ended_ms is None:
        row.ended_ms = tx.now.wall_ms
        record(tx, kind="staff_logged_out", actor=f"staff:{row.staff_id}")


def staff_of(session: Session, *, token: str, now_wall_ms: int) -> tuple[Staff, str] | None:
    """The member of staff and CSRF token behind a cookie token, or None."""
    row = session.get(StaffLogin, token_hash(token))
    if row is None or row.ended_ms is not None:
        return None
    if now_wall_ms - row.since_ms > STAFF_LOGIN_LIFE_MS:
        return None
    staff = session.get(StaffRow, row.staff_id)
    if staff is None or staff.disabled:
        return None
    return _staff(staff), row.csrf


def token_hash(token: str) -> str:
    """What is stored of a bearer token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _staff(row: StaffRow) -> Staff:
    return Staff(row.id, row.login, row.name, Role(row.role))


def _normal(password: str) -> bytes:
    return unicodedata.normalize("NFKC", password).encode()
