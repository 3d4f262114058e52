"""The centre's own keys: made once at ``init``, kept outside the data folder.

* an X25519 key that packages are sealed to (HPKE),
* an Ed25519 key that signs heads and result packages,
* a wrapping key for form secrets between the bell and the end of scoring,
* a field key for ID numbers and photos at rest, and a lookup key for finding a person
  by ID number without storing it in clear.

The folder is in no backup of the data (DESIGN §6). All primitives are ``cryptography``'s.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from exam_server.errors import Refusal

_FILES = ("hpke.key", "signing.key", "wrap.key", "field.key", "lookup.key")
_NONCE = 12
_CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base32: no I, L, O, U
_CODE_CHARACTERS = 20  # 100 bits


@dataclass(frozen=True, slots=True)
class FieldCipher:
    """Encrypts single fields (AES-256-GCM) and makes keyed lookups (HMAC-SHA-256)."""

    field_key: bytes = field(repr=False)
    lookup_key: bytes = field(repr=False)

    def seal(self, plain: bytes, context: str) -> bytes:
        """nonce ‖ ciphertext; ``context`` (table, column, row id) is authenticated."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self.field_key).encrypt(nonce, plain, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """The plain bytes; ``cryptography.exceptions.InvalidTag`` if altered or moved."""
        return AESGCM(self.field_key).decrypt(sealed[:_NONCE], sealed[_NONCE:], context.encode())

    def lookup(self, id_number: str) -> str:
        """Keyed hash (hex) of a normalised ID number."""
        return hmac.new(self.lookup_key, id_number.upper().encode(), hashlib.sha256).hexdigest()

    def carry_key(self, candidate_id: str, terminal_id: str, fence: int) -> bytes:
        """32 bytes that one terminal is given at its login: they seal what it holds as a file."""
        info = "\n".join(("kaochang/outbox/1", candidate_id, terminal_id, str(fence)))
        hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=info.encode())
        return hkdf.derive(self.field_key)

    def code_of(self, content: bytes, purpose: str) -> str:
        """``7KQ2-94DX-…``: 100 bits of HMAC-SHA-256 over ``content``, for a paper that is checked
        by asking back. ``purpose`` keeps the codes of different papers apart."""
        hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode())
        digest = hmac.new(hkdf.derive(self.lookup_key), content, hashlib.sha256).digest()
        bits = int.from_bytes(digest, "big") >> (256 - 5 * _CODE_CHARACTERS)
        text = "".join(
            _CODE_ALPHABET[bits >> (5 * place) & 31] for place in reversed(range(_CODE_CHARACTERS))
        )
        return "-".join(text[at : at + 4] for at in range(0, _CODE_CHARACTERS, 4))


@dataclass(frozen=True, slots=True)
class CentreKeys:
    """All keys of one centre, in memory."""

    hpke: X25519PrivateKey
    signing: Ed25519PrivateKey
    wrap_key: bytes = field(repr=False)
    fields: FieldCipher

    @property
    def signing_public(self) -> str:
        """The public signing key, base64: what ``verify --key`` and the authority take."""
        return base64.b64encode(self.signing.public_key().public_bytes_raw()).decode()

    def wrap(self, secret: bytes, context: str) -> bytes:
        """``secret`` under the wrapping key, bound to ``context``."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self.wrap_key).encrypt(nonce, secret, context.encode())

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """Inverse of :meth:`wrap`; InvalidTag if altered."""
        return AESGCM(self.wrap_key).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], context.encode())


def create(folder: Path) -> CentreKeys:
    """Make the keys in ``folder`` (mode 700, files 600). Refusal if any is there already."""
    if not folder.parent.exists():
        folder.parent.mkdir(parents=True, mode=0o700)  # the centre's home
    folder.mkdir(exist_ok=True, mode=0o700)
    os.chmod(folder, 0o700)
    present = [name for name in _FILES if (folder / name).exists()]
    if present:
        raise Refusal("keys_exist", facts={"folder": str(folder)})
    for name in _FILES:
        handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(secrets.token_bytes(32))  # X25519 and Ed25519 private keys are 32 bytes
            out.flush()
            os.fsync(out.fileno())
    return load(folder)


def load(folder: Path) -> CentreKeys:
    """Read the keys; Refusal ``keys_missing`` names the folder and what is not there."""
    missing = [name for name in _FILES if not (folder / name).is_file()]
    if missing:
        raise Refusal("keys_missing", facts={"folder": str(folder), "files": ", ".join(missing)})
    hpke, signing, wrap, field, lookup = ((folder / name).read_bytes() for name in _FILES)
    return CentreKeys(
        X25519PrivateKey.from_private_bytes(hpke),
        Ed25519PrivateKey.from_private_bytes(signing),
        wrap,
        FieldCipher(field, lookup),
    )
