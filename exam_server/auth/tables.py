"""Staff accounts and their logins."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from exam_server.storage.base import Base


class Staff(Base):
    """A member of staff. ``role``: proctor | chief_proctor | centre_admin | authority."""

    __tablename__ = "staff"

    id: Mapped[str] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    password: Mapped[str]  # Argon2id PHC string
    disabled: Mapped[bool] = mapped_column(default=False)


class StaffLogin(Base):
    """A logged-in browser of a member of staff; the cookie holds the token."""

    __tablename__ = "staff_login"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    csrf: Mapped[str]
    since_ms: Mapped[int]
    ended_ms: Mapped[int | None]
