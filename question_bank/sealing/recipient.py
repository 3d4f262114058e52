"""A centre's public key as text: what a centre hands to the authority before packing."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from question_bank.errors import BankError
from question_bank.sealing.suite import SECRET_BYTES, from_base64, sha256, to_base64

_PREFIX = "kaochang-centre:"


def public_text(key: X25519PublicKey) -> str:
    """One line: ``kaochang-centre:`` and the raw key in base64."""
    return _PREFIX + to_base64(key.public_bytes_raw())


def parse_public(text: str) -> X25519PublicKey:
    """Inverse of :func:`public_text`. BankError ``recipient_malformed``."""
    line = text.strip()
    raw = from_base64(line.removeprefix(_PREFIX))
    if not line.startswith(_PREFIX) or raw is None or len(raw) != SECRET_BYTES:
        raise BankError("recipient_malformed", {"expected": _PREFIX + "…"})
    return X25519PublicKey.from_public_bytes(raw)


def key_id(key: X25519PublicKey) -> str:
    """SHA-256 (hex) of the raw public key: how a manifest names a recipient."""
    return sha256(key.public_bytes_raw())


def fingerprint(raw: bytes) -> str:
    """The first 64 bits of a public key's digest in groups of four, for reading aloud."""
    digest = sha256(raw)[:16].upper()
    return " ".join(digest[at : at + 4] for at in range(0, 16, 4))
