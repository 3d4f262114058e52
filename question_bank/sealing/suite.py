"""Suite ``intl-1``: HPKE-X25519, AES-256-GCM, HKDF and digests on SHA-256, Ed25519.

Named in the signed header of a package and never negotiated (DESIGN §6). Every primitive
is ``cryptography``'s; this module only fixes which, with what labels.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NAME = "intl-1"
SECRET_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
_HPKE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_LABEL = b"kaochang/" + NAME.encode() + b"/"


def sha256(data: bytes) -> str:
    """SHA-256 as hex."""
    return hashlib.sha256(data).hexdigest()


def derive(secret: bytes, purpose: str, package_id: str, part: str = "") -> bytes:
    """A 32-byte key for one purpose of one package (HKDF-SHA-256)."""
    info = _LABEL + b"\x00".join(text.encode() for text in (purpose, package_id, part))
    return HKDF(SHA256(), SECRET_BYTES, salt=None, info=info).derive(secret)


def encrypt(key: bytes, plain: bytes, context: bytes) -> bytes:
    """nonce ‖ AES-256-GCM ciphertext and tag; ``context`` is authenticated."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, context)


def decrypt(key: bytes, sealed: bytes, context: bytes) -> bytes | None:
    """Inverse of :func:`encrypt`; None when the key, the context or a byte differs."""
    if len(sealed) < NONCE_BYTES + TAG_BYTES:
        return None
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
    except InvalidTag:
        return None


def seal_to(recipient: X25519PublicKey, secret: bytes, package_id: str) -> bytes:
    """HPKE base mode: ``secret`` for the holder of the recipient's private key."""
    return _HPKE.encrypt(secret, recipient, info=_hpke_info(package_id))


def open_sealed(private_key: X25519PrivateKey, sealed: bytes, package_id: str) -> bytes | None:
    """Inverse of :func:`seal_to`; None when it was not sealed to this key or was altered."""
    try:
        return _HPKE.decrypt(sealed, private_key, info=_hpke_info(package_id))
    except (InvalidTag, ValueError):
        return None


def sign(key: Ed25519PrivateKey, header: bytes, manifest: bytes) -> bytes:
    """Ed25519 over the digests of header and manifest, 64 bytes."""
    return key.sign(_signed_bytes(header, manifest))


def signed_by(signer: bytes, signature: bytes, header: bytes, manifest: bytes) -> bool:
    """Whether the holder of raw public key ``signer`` signed exactly these two texts."""
    try:
        public = Ed25519PublicKey.from_public_bytes(signer)
        public.verify(signature, _signed_bytes(header, manifest))
    except (InvalidSignature, ValueError):
        return False
    return True


def to_base64(data: bytes) -> str:
    """Standard base64 with padding."""
    return base64.b64encode(data).decode("ascii")


def from_base64(text: str) -> bytes | None:
    """Inverse of :func:`to_base64`; None when malformed."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _hpke_info(package_id: str) -> bytes:
    return _LABEL + b"package-secret\x00" + package_id.encode()


def _signed_bytes(header: bytes, manifest: bytes) -> bytes:
    digests = hashlib.sha256(header).digest() + hashlib.sha256(manifest).digest()
    return _LABEL + b"package-signature\x00" + digests
