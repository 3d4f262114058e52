"""Tables of the authority's bank. No word of an item is in clear.

Ids, types, subjects, trades, levels and topics are, for listing and blueprints. Times are
integer milliseconds (wall, UTC).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, LargeBinary
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Base of the bank's own tables; they share nothing with the exam server's."""

    type_annotation_map = {int: BigInteger, dict[str, Any]: JSON, list[Any]: JSON}


class KeyCheck(Base):
    """One row that only the right key opens, so that wrong keys are told at once."""

    __tablename__ = "key_check"

    id: Mapped[int] = mapped_column(primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class ImportedFile(Base):
    """A file that was imported, whole."""

    __tablename__ = "imported_file"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    bank: Mapped[str] = mapped_column(primary_key=True)
    items: Mapped[int]
    imported_ms: Mapped[int]
    actor: Mapped[str]


class StoredItem(Base):
    """The newest version of an item with its key, sealed. ``id``: ``<bank>/<item id>``."""

    __tablename__ = "stored_item"

    id: Mapped[str] = mapped_column(primary_key=True)
    bank: Mapped[str] = mapped_column(index=True)
    version: Mapped[str]
    type: Mapped[str]
    subject: Mapped[str]
    trade: Mapped[str]
    level: Mapped[str]
    topic: Mapped[str]
    fingerprint: Mapped[str]  # keyed digest of the content, to tell a change
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class SealedPackageRow(Base):
    """A package that left the authority. Its bell code is kept nowhere."""

    __tablename__ = "sealed_package"

    id: Mapped[str] = mapped_column(primary_key=True)
    exam: Mapped[str]
    created_ms: Mapped[int]
    actor: Mapped[str]
    manifest_digest: Mapped[str]
    recipients: Mapped[list[Any]]  # key ids
    approvals: Mapped[list[Any]]
    seeds: Mapped[bytes] = mapped_column(LargeBinary)  # assembly ‖ sealing, sealed


class SealedFormRow(Base):
    """A form of a package. ``item_set``: digest of its bank ids, whatever their order.

    ``key``: the scoring key, sealed.
    """

    __tablename__ = "sealed_form"

    id: Mapped[str] = mapped_column(primary_key=True)
    package_id: Mapped[str] = mapped_column(ForeignKey("sealed_package.id"))
    subject: Mapped[str]
    trade: Mapped[str]
    level: Mapped[str]
    item_set: Mapped[str] = mapped_column(index=True)
    key: Mapped[bytes] = mapped_column(LargeBinary)


class SealedFormItem(Base):
    """Which bank item an opaque id of a form stands for."""

    __tablename__ = "sealed_form_item"

    form_id: Mapped[str] = mapped_column(ForeignKey("sealed_form.id"), primary_key=True)
    opaque_id: Mapped[str] = mapped_column(primary_key=True)
    item_id: Mapped[str] = mapped_column(index=True)
