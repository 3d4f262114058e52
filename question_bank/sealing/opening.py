"""Opening with two secrets: the centre's private key and the bell code (DESIGN §6).

::

    package secret (32 bytes)  opened by HPKE with the centre's key
    KEK      = HKDF(package secret ‖ bell code's 128 bits, package id)
    content  key of a form  = HKDF(HKDF(KEK, "content"), form id)
    scoring  key of a form  = HKDF(HKDF(KEK, "scoring"), form id)
    commitment (public)     = HKDF(KEK, "commitment")
    probe keys              = the same from the package secret alone

This module never opens a scoring key; :mod:`question_bank.sealing.scoring` alone does.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from question_bank.errors import BankError
from question_bank.sealing import bell_code as codes
from question_bank.sealing.package import SealedPackage
from question_bank.sealing.recipient import key_id
from question_bank.sealing.suite import SECRET_BYTES, derive, from_base64, open_sealed


@dataclass(frozen=True, slots=True)
class OpenedContent:
    """What unsealing puts into memory until the bell.

    ``content_keys``: 32 bytes by form id, released to terminals at the bell.
    ``scoring_secret``: 32 bytes, for the scorer process alone.
    """

    content_keys: dict[str, bytes] = field(repr=False)
    scoring_secret: bytes = field(repr=False)


def open_secret(package: SealedPackage, centre_private_key: X25519PrivateKey) -> bytes:
    """The package secret. BankError ``package_not_for_this_centre`` or ``package_altered``."""
    mine = key_id(centre_private_key.public_key())
    for recipient in package.manifest.recipients:
        if recipient.key_id == mine:
            sealed = from_base64(recipient.secret)
            secret = sealed and open_sealed(centre_private_key, sealed, package.id)
            if not secret or len(secret) != SECRET_BYTES:
                raise BankError("package_altered", {"part": "recipient"})
            return secret
    facts: dict[str, object] = {"recipients": len(package.manifest.recipients)}
    raise BankError("package_not_for_this_centre", facts)


def open_content_keys(
    package: SealedPackage, centre_private_key: X25519PrivateKey, bell_code: str
) -> OpenedContent:
    """Unseal with the bell code as a person typed it.

    BankErrors: those of :func:`bell_code.parse` and :func:`open_secret`;
    ``wrong_bell_code`` when the code is well formed but not this package's.
    """
    bits = codes.parse(bell_code)
    kek = key_encryption_key(open_secret(package, centre_private_key), bits, package.id)
    if not hmac.compare_digest(commitment(kek, package.id), package.manifest.commitment):
        raise BankError("wrong_bell_code")
    content_secret = derive(kek, "content", package.id)
    keys = {
        form_id: form_content_key(content_secret, package.id, form_id) for form_id in package.shapes
    }
    return OpenedContent(keys, derive(kek, "scoring", package.id))


def open_probe_key(package: SealedPackage, centre_private_key: X25519PrivateKey) -> bytes:
    """The content key of the probe form: the package secret is enough, no bell code."""
    secret = open_secret(package, centre_private_key)
    return probe_content_key(secret, package.id, package.manifest.probe.shape.form_id)


def probe_scoring_secret(package_secret: bytes, package_id: str) -> bytes:
    """Stands for the scoring secret where the probe is concerned."""
    return derive(package_secret, "probe-scoring", package_id)


def probe_content_key(package_secret: bytes, package_id: str, form_id: str) -> bytes:
    """The probe's content key."""
    return form_content_key(derive(package_secret, "probe", package_id), package_id, form_id)


def key_encryption_key(package_secret: bytes, bell_bits: bytes, package_id: str) -> bytes:
    """Both secrets joined; neither half says anything about the result."""
    return derive(package_secret + bell_bits, "kek", package_id)


def commitment(kek: bytes, package_id: str) -> str:
    """The public tag (hex) that only the right pair of secrets gives."""
    return derive(kek, "commitment", package_id).hex()


def form_content_key(content_secret: bytes, package_id: str, form_id: str) -> bytes:
    """The 32 bytes that open one form's content and nothing else."""
    return derive(content_secret, "form-content", package_id, form_id)
