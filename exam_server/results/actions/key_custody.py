"""启用评分密钥: a scoring key that was put away when scoring had ended is opened by two persons.

With the bell code of the sealed package, at a machine that the package was sealed for, or with the
authority's own scoring key file. Only the scorer process reads the key.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.auth.identity import Role, Staff, require
from exam_server.errors import Refusal
from exam_server.keys import CentreKeys
from exam_server.vault.actions.packages import read_package, refusal_of
from exam_server.vault.tables import Form, Package
from question_bank.errors import BankError
from question_bank.sealing import opening

_CUSTODIANS = (Role.AUTHORITY, Role.CENTRE_ADMIN, Role.CHIEF_PROCTOR)


@dataclass(frozen=True, slots=True)
class KeySource:
    """Where the scorer finds the sealed key of each form: package and secret, or a file.

    ``secrets``: form id → (package file, scoring secret); ``file``: ``scoring.json``.
    """

    secrets: Mapping[str, tuple[Path, bytes]]
    file: Path | None = None

    def place(self, form_id: str) -> dict[str, Any]:
        """As :meth:`ScorerClient.score` takes it."""
        if self.file is not None:
            return {"key_path": self.file}
        path, secret = self.secrets[form_id]
        return {"package_path": path, "scoring_secret": secret}


def open_keys(
    session: Session,
    *,
    form_ids: Collection[str],
    codes: Sequence[str],
    keys: CentreKeys,
    data: Path,
    actor: Staff,
    second: Staff,
) -> KeySource:
    """The scoring secrets of these forms. ``codes``: the bell codes of the packages, in any order.

    Refusals: ``forbidden``, ``second_person_required`` 403; ``correction_code`` and the package's
    own 422.
    """
    refuse_custodians(actor, second)
    rows = session.execute(
        select(Form.id, Package.path)
        .join(Package, Package.id == Form.package_id)
        .where(Form.id.in_(form_ids))
    ).all()
    secrets: dict[str, tuple[Path, bytes]] = {}
    for path in sorted({row.path for row in rows}):
        secret = _scoring_secret(data / path, codes, keys)
        secrets |= {row.id: (data / path, secret) for row in rows if row.path == path}
    return KeySource(secrets)


def refuse_custodians(actor: Staff, second: Staff) -> None:
    """Two different persons, the first of the authority (invariant 10)."""
    require(actor, Role.AUTHORITY, action="open_scoring_key")
    require(second, *_CUSTODIANS, action="open_scoring_key")
    if actor.id == second.id:
        raise Refusal("second_person_required", 403, {})


def _scoring_secret(path: Path, codes: Sequence[str], keys: CentreKeys) -> bytes:
    """By whichever of the codes is this package's; the last refusal when none is."""
    package = read_package(path)
    refused = Refusal("correction_code", 422, {"package": package.id})
    for code in codes:
        try:
            return opening.open_content_keys(package, keys.hpke, code).scoring_secret
        except BankError as error:
            refused = refusal_of(error)
    raise refused
