"""The authority's keys: one encrypts the bank, one signs packages.

Made once in a folder of their own, which lies outside the bank's folder and in no backup
of it (DESIGN §6). Files are raw 32-byte keys, mode 600.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from question_bank.errors import BankError
from question_bank.sealing.recipient import fingerprint

_STORE, _SIGNING = "bank.key", "package-signing.key"
_BYTES = 32


@dataclass(frozen=True, slots=True)
class AuthorityKeys:
    """``store``: 32 bytes for AES-256-GCM; ``signing``: signs packages."""

    store: bytes = field(repr=False)
    signing: Ed25519PrivateKey = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """What a centre compares before it trusts this authority."""
        return fingerprint(self.signing.public_key().public_bytes_raw())


def create(folder: Path) -> AuthorityKeys:
    """Make both keys; an existing file is never overwritten (FileExistsError is a bug)."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in (_STORE, _SIGNING):
        handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(secrets.token_bytes(_BYTES))
            out.flush()
            os.fsync(out.fileno())
    return load(folder)


def load(folder: Path) -> AuthorityKeys:
    """BankError ``bank_keys_missing`` names the folder and what is not in it."""
    missing = [name for name in (_STORE, _SIGNING) if not (folder / name).is_file()]
    if missing:
        facts: dict[str, object] = {"folder": str(folder), "files": "、".join(missing)}
        raise BankError("bank_keys_missing", facts)
    store, signing = ((folder / name).read_bytes() for name in (_STORE, _SIGNING))
    return AuthorityKeys(store, Ed25519PrivateKey.from_private_bytes(signing))


def load_or_create(folder: Path) -> AuthorityKeys:
    """The keys, made on first use; half a set is refused, never completed."""
    exists = any((folder / name).exists() for name in (_STORE, _SIGNING))
    return load(folder) if exists else create(folder)
