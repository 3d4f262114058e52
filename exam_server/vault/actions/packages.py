"""A package comes in, is checked, and is unsealed by two persons and the bell code."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select

from exam_server.auth.identity import ROOM_STAFF, Staff, require
from exam_server.errors import Refusal
from exam_server.keys import CentreKeys
from exam_server.storage.acts import record
from exam_server.storage.tx import Tx
from exam_server.vault.opened import OpenedVault
from exam_server.vault.tables import Form, Package
from question_bank.errors import BankError
from question_bank.sealing import opening
from question_bank.sealing import package as sealed

PACKAGES, BLOBS = "packages", "blobs"


def refusal_of(error: BankError) -> Refusal:
    """The question bank's refusal in the server's wire shape."""
    return Refusal(error.code, 422, dict(error.facts), list(error.rows))


def read_package(path: Path) -> sealed.SealedPackage:
    """Read and check a package file; Refusal 422 with the package's own code."""
    try:
        return sealed.read(path)
    except BankError as error:
        raise refusal_of(error) from error


def import_package(
    tx: Tx, *, package: sealed.SealedPackage, file: bytes, data: Path, actor: str = "system"
) -> list[str]:
    """Keep a checked package: file and blobs on disk (sealed as they came), shapes in tables.

    Importing the same package again changes nothing. Returns the form ids.
    """
    form_ids = sorted(package.shapes)
    if tx.session.get(Package, package.id) is not None:
        return form_ids
    name = f"{PACKAGES}/{package.id}.kcp"
    _write(data / name, file)
    tx.session.add(
        Package(
            id=package.id,
            exam_name=package.manifest.exam,
            manifest=msgspec.to_builtins(package.manifest),
            manifest_digest=package.digest,
            path=name,
            imported_ms=tx.now.wall_ms,
            preflight=None,
        )
    )
    tx.session.flush()
    for form_id in form_ids:
        form = package.form(form_id)
        _write(data / BLOBS / form.content, package.content_blob(form_id))
        tx.session.add(_form_row(package, form_id))
    facts = {"package": package.id, "manifest": package.digest}
    record(tx, kind="package_imported", actor=actor, data=facts)
    return form_ids


def note_preflight(tx: Tx, *, package_id: str, report: dict[str, Any]) -> None:
    """Keep the last pre-flight report beside the package."""
    row = tx.session.get(Package, package_id)
    if row is None:
        raise Refusal("not_found", 404, {"what": "package", "id": package_id})
    row.preflight = report


def unseal(
    tx: Tx,
    *,
    form_ids: set[str],
    code: str,
    first: Staff,
    second: Staff,
    keys: CentreKeys,
    data: Path,
    vault: OpenedVault,
) -> list[str]:
    """启封: open the packages of these forms into memory; the package ids.

    Two different persons (invariant 10). Refusals: ``second_person_required``, and the
    package's own: ``wrong_bell_code``, ``bell_code_mistyped``, ``package_altered`` …
    """
    require(first, *ROOM_STAFF, action="unseal")
    require(second, *ROOM_STAFF, action="unseal")
    if first.id == second.id:
        raise Refusal("second_person_required", 403, {})
    packages = tx.session.scalars(
        select(Package).join(Form, Form.package_id == Package.id).where(Form.id.in_(form_ids))
    ).unique()
    opened = []
    for row in sorted(packages, key=lambda package: package.id):
        package = read_package(data / row.path)
        if package.digest != row.manifest_digest:
            raise Refusal("package_altered", 422, {"part": "manifest"})
        try:
            content = opening.open_content_keys(package, keys.hpke, code)
        except BankError as error:
            raise refusal_of(error) from error
        secrets = dict.fromkeys(content.content_keys, content.scoring_secret)
        vault.hold(content.content_keys, secrets)
        opened.append(row.id)
    return opened


def _form_row(package: sealed.SealedPackage, form_id: str) -> Form:
    form = package.form(form_id)
    return Form(
        id=form_id,
        package_id=package.id,
        subject=form.shape.subject,
        trade=form.shape.trade,
        level=form.shape.level,
        shape=msgspec.to_builtins(form.shape),
        blob_digest=form.content,
        scoring_digest=form.scoring_digest,
    )


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing, and on the disk before the row that names it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)
