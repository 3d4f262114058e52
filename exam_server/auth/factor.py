"""The second factor of an account: offered, confirmed, asked for, used up, taken away."""

from __future__ import annotations

from sqlalchemy import delete, select

from exam_server.auth import totp
from exam_server.auth.actions import NEEDS_FACTOR, token_hash
from exam_server.auth.identity import Staff
from exam_server.auth.tables import Staff as StaffRow
from exam_server.auth.tables import StaffLogin, StaffRecoveryCode
from exam_server.errors import Refusal
from exam_server.keys import FieldCipher
from exam_server.storage.acts import record
from exam_server.storage.tx import Tx


def login_on_its_way(tx: Tx, *, token: str) -> StaffLogin:
    """The row of an unfinished login, or Refusal ``not_logged_in`` (401)."""
    row = tx.session.get(StaffLogin, token_hash(token))
    if row is None or row.complete or row.ended_ms is not None:
        raise Refusal("not_logged_in", 401)
    return row


def offer(tx: Tx, *, token: str, fields: FieldCipher) -> bytes:
    """The secret that this login offers its owner, the same until it is confirmed."""
    login = login_on_its_way(tx, token=token)
    if login.offered is None:
        login.offered = fields.seal(totp.new_secret(), _context(login.staff_id))
    return fields.open(login.offered, _context(login.staff_id))


def confirm_offer(tx: Tx, *, token: str, typed: str, fields: FieldCipher) -> list[str]:
    """The app shows the right code: the offered secret becomes the account's. Its recovery
    codes, shown this once. Refusals: ``code_wrong`` (401), ``factor_there`` (409)."""
    login = login_on_its_way(tx, token=token)
    row = tx.session.get_one(StaffRow, login.staff_id)
    if row.totp is not None or login.offered is None:
        raise Refusal("factor_there", 409)
    secret = fields.open(login.offered, _context(row.id))
    row.totp_step = totp.accepted_step(secret, typed, wall_ms=tx.now.wall_ms, last_step=0)
    row.totp, login.offered, login.code_given = login.offered, None, True
    record(tx, kind="staff_factor_enrolled", actor=f"staff:{row.id}")
    return _new_codes(tx, row.id, fields)


def give_factor(tx: Tx, *, staff_id: str, secret: bytes, fields: FieldCipher) -> None:
    """An account whose secret is known beforehand: a demo's, a test's."""
    row = tx.session.get_one(StaffRow, staff_id)
    row.totp = fields.seal(secret, _context(row.id))
    record(tx, kind="staff_factor_enrolled", actor="system", data={"staff": row.id})


def use_code(tx: Tx, *, staff_id: str, typed: str, fields: FieldCipher) -> None:
    """Six digits, or a recovery code. Refusals (401): ``code_wrong``, ``code_used``."""
    row = tx.session.get_one(StaffRow, staff_id)
    if row.totp is None:
        raise Refusal("factor_missing", 403)
    if totp.looks_like_recovery(typed):
        _use_recovery(tx, row.id, typed, fields)
        return
    secret = fields.open(row.totp, _context(row.id))
    row.totp_step = totp.accepted_step(
        secret, typed, wall_ms=tx.now.wall_ms, last_step=row.totp_step
    )


def give_code(tx: Tx, *, token: str, typed: str, fields: FieldCipher) -> StaffLogin:
    """The code of a login on its way; refusals of :func:`use_code`."""
    login = login_on_its_way(tx, token=token)
    use_code(tx, staff_id=login.staff_id, typed=typed, fields=fields)
    login.code_given = True
    return login


def use_as_second(tx: Tx, *, staff: Staff, typed: str, fields: FieldCipher) -> None:
    """The second person of an act gives a code too, where their role or account has one."""
    row = tx.session.get_one(StaffRow, staff.id)
    if row.totp is not None or staff.role in NEEDS_FACTOR:
        use_code(tx, staff_id=staff.id, typed=typed, fields=fields)


def take_away(tx: Tx, *, row: StaffRow) -> None:
    """The account has no second factor any more, nor codes for one."""
    row.totp, row.totp_step = None, 0
    tx.session.execute(delete(StaffRecoveryCode).where(StaffRecoveryCode.staff_id == row.id))


def _use_recovery(tx: Tx, staff_id: str, typed: str, fields: FieldCipher) -> None:
    code = tx.session.get(StaffRecoveryCode, _code_hash(staff_id, typed, fields))
    if code is None or code.staff_id != staff_id:
        raise Refusal("code_wrong", 401)
    if code.used_ms is not None:
        raise Refusal("code_used", 401, {"seconds": totp.STEP_SECONDS})
    code.used_ms = tx.now.wall_ms
    unused = select(StaffRecoveryCode).where(
        StaffRecoveryCode.staff_id == staff_id, StaffRecoveryCode.used_ms.is_(None)
    )
    left = len(tx.session.scalars(unused).all())
    record(tx, kind="staff_recovery_code_used", actor=f"staff:{staff_id}", data={"left": left})


def _new_codes(tx: Tx, staff_id: str, fields: FieldCipher) -> list[str]:
    tx.session.execute(delete(StaffRecoveryCode).where(StaffRecoveryCode.staff_id == staff_id))
    codes = [totp.new_recovery_code() for _ in range(totp.RECOVERY_CODES)]
    tx.session.add_all(
        StaffRecoveryCode(code_hash=_code_hash(staff_id, code, fields), staff_id=staff_id)
        for code in codes
    )
    return codes


def _code_hash(staff_id: str, typed: str, fields: FieldCipher) -> str:
    """Keyed with the centre's lookup key: the database alone does not let anybody guess."""
    return fields.lookup(f"recovery:{staff_id}:{totp.normal_recovery(typed)}")


def _context(staff_id: str) -> str:
    return f"staff.totp:{staff_id}"
