"""Sealed packages and the forms in them. No plaintext item is ever in a table."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from exam_server.storage.base import Base


class Package(Base):
    """An imported package 试卷包; the file itself lies in the data folder's ``packages/``."""

    __tablename__ = "package"

    id: Mapped[str] = mapped_column(primary_key=True)
    exam_name: Mapped[str]
    manifest: Mapped[dict[str, Any]]
    manifest_digest: Mapped[str]
    path: Mapped[str]  # relative to the data folder
    imported_ms: Mapped[int]
    preflight: Mapped[dict[str, Any] | None]  # last report of `kaochang preflight`


class Form(Base):
    """A sealed form 加密试卷: its shape is known, its content is not."""

    __tablename__ = "form"

    id: Mapped[str] = mapped_column(primary_key=True)
    package_id: Mapped[str] = mapped_column(ForeignKey("package.id"))
    subject: Mapped[str]
    trade: Mapped[str]  # "*" = every trade (DOMAIN D23)
    level: Mapped[str]  # "*" = every level
    shape: Mapped[dict[str, Any]]  # question_bank.items.shape.Shape as builtins
    blob_digest: Mapped[str]  # sha256 of the ciphertext = its name on the wire
    scoring_digest: Mapped[str]
    spent_ms: Mapped[int | None]  # when the content key was first released
    spent_sitting_id: Mapped[str | None]


class HeldSecret(Base):
    """A form's content key or scoring secret, wrapped by the centre key.

    Exists from the bell to the end of scoring only (DESIGN §6); before the bell the
    secrets are in memory.
    """

    __tablename__ = "held_secret"

    form_id: Mapped[str] = mapped_column(ForeignKey("form.id"), primary_key=True)
    purpose: Mapped[str] = mapped_column(primary_key=True)  # content | scoring
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
