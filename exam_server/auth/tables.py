"""Staff accounts, their second factors and their logins."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, false, true
from sqlalchemy.orm import Mapped, mapped_column

from exam_server.storage.base import Base


class Staff(Base):
    """A member of staff. ``role``: proctor | chief_proctor | centre_admin | authority.

    ``city``: of a city's authority; null for the province's and for a centre's staff.
    """

    __tablename__ = "staff"

    id: Mapped[str] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    city: Mapped[str | None]
    password: Mapped[str]  # Argon2id PHC string
    disabled: Mapped[bool] = mapped_column(default=False)
    # the password was set by somebody else
    must_change: Mapped[bool] = mapped_column(default=False, server_default=false())
    totp: Mapped[bytes | None]  # the authenticator's secret, sealed with the centre's field key
    totp_step: Mapped[int] = mapped_column(
        default=0, server_default="0"
    )  # of the last code that was used


class StaffRecoveryCode(Base):
    """A code for the day the phone is lost: good once. Kept as a keyed hash."""

    __tablename__ = "staff_recovery_code"

    code_hash: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    used_ms: Mapped[int | None]


class StaffLogin(Base):
    """A browser of a member of staff; the cookie holds the token.

    Until it is ``complete`` it opens nothing but the next step of logging in. ``offered``: a
    sealed secret that is not confirmed by a code yet.
    """

    __tablename__ = "staff_login"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    csrf: Mapped[str]
    since_ms: Mapped[int]
    ended_ms: Mapped[int | None]
    complete: Mapped[bool] = mapped_column(default=True, server_default=true())
    code_given: Mapped[bool] = mapped_column(default=False, server_default=false())
    offered: Mapped[bytes | None]


class ApiToken(Base):
    """What another system shows instead of a login. Only its hash is kept.

    ``city``: of a token that a city's authority gave out; null for the province's.
    """

    __tablename__ = "api_token"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]  # of the system that holds it
    token_hash: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[Any]]  # auth.tokens.Scope values
    city: Mapped[str | None]
    issued_by: Mapped[str]
    issued_ms: Mapped[int]
    expires_ms: Mapped[int]
    last_used_ms: Mapped[int | None]
    revoked_by: Mapped[str | None]
    revoked_ms: Mapped[int | None]
    revoke_reason: Mapped[str | None]


class ApiReceipt(Base):
    """What a call that changed something was answered: the same call again is told the same."""

    __tablename__ = "api_receipt"

    token_id: Mapped[str] = mapped_column(ForeignKey("api_token.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)  # Idempotency-Key, chosen by the caller
    request_digest: Mapped[str]  # sha256 of address and body
    receipt: Mapped[dict[str, Any]]
    at_ms: Mapped[int]
