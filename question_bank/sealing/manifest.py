"""Header and manifest of a package: what may be known before the bell (DESIGN §6)."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from question_bank.canonical import canonical
from question_bank.errors import BankError
from question_bank.items.shape import Shape

FORMAT = "kaochang/package/1"
_Kind = TypeVar("_Kind", "Header", "Manifest")


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``suite`` is fixed here and signed; ``signer``: the authority's raw Ed25519 key, base64."""

    format: str
    suite: str
    package: str
    signer: str


class Recipient(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One centre: the digest of its public key, and the package secret sealed to it (base64)."""

    key_id: str
    secret: str


class SealedForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A form as seen from outside.

    ``content``, ``scoring``: names of the blobs, the SHA-256 of each ciphertext.
    ``scoring_digest``: salted digest of the scoring key (``items.key.digest``).
    """

    shape: Shape
    content: str
    content_bytes: int
    scoring: str
    scoring_bytes: int
    scoring_digest: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``commitment``: binds package secret and bell code, so that a wrong code is told from
    an altered package. ``approvals``: who allowed a spent form to be sealed again; empty
    as a rule. ``created_ms``: wall time of sealing."""

    package: str
    exam: str
    created_ms: int
    commitment: str
    recipients: tuple[Recipient, ...]
    forms: tuple[SealedForm, ...]
    probe: SealedForm
    approvals: tuple[str, ...] = ()


def encode(value: Header | Manifest) -> bytes:
    """The canonical bytes that are signed."""
    return canonical(msgspec.to_builtins(value))


def decode_header(raw: bytes) -> Header:
    """BankError ``package_altered`` unless the bytes are a canonical header."""
    return _decoded(raw, Header, "header")


def decode_manifest(raw: bytes) -> Manifest:
    """BankError ``package_altered`` unless the bytes are a canonical manifest."""
    return _decoded(raw, Manifest, "manifest")


def _decoded(raw: bytes, kind: type[_Kind], part: str) -> _Kind:
    try:
        value = msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BankError("package_altered", {"part": part}) from error
    if encode(value) != raw:
        raise BankError("package_altered", {"part": part})
    return value
