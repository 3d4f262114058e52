"""The second factor: time-based one-time codes (RFC 6238), and recovery codes.

Six digits of an authenticator app, HMAC-SHA-1, a new one every 30 s: what every such app can do
without being told. One step earlier or later is accepted too, for clocks that differ; no code
counts twice. The secret is sealed with the centre's field key, which is in no backup of the data.
"""

from __future__ import annotations

import base64
import secrets

from cryptography.hazmat.primitives.constant_time import bytes_eq
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from exam_server.errors import Refusal

DIGITS, STEP_SECONDS = 6, 30
TOLERANCE_STEPS = 1
SECRET_BYTES = 20  # RFC 4226 §4
RECOVERY_CODES = 8
ISSUER = "Kaochang"


def new_secret() -> bytes:
    """A fresh secret for an authenticator."""
    return secrets.token_bytes(SECRET_BYTES)


def step_at(wall_ms: int) -> int:
    """The number of the 30-second step of a moment."""
    return wall_ms // 1000 // STEP_SECONDS


def code_at(secret: bytes, step: int) -> str:
    """The six digits of a step."""
    return _totp(secret).generate(step * STEP_SECONDS).decode()


def accepted_step(secret: bytes, typed: str, *, wall_ms: int, last_step: int) -> int:
    """The step that ``typed`` is the code of. Refusals: ``code_wrong`` (401); ``code_used``
    (401) when it, or a later one, has been used (``last_step``)."""
    digits = "".join(typed.split()).encode()
    now = step_at(wall_ms)
    found = [
        step
        for step in range(now - TOLERANCE_STEPS, now + TOLERANCE_STEPS + 1)
        if bytes_eq(code_at(secret, step).encode(), digits)
    ]
    if not found:
        raise Refusal("code_wrong", 401)
    if found[-1] <= last_step:
        raise Refusal("code_used", 401, {"seconds": STEP_SECONDS})
    return found[-1]


def secret_text(secret: bytes) -> str:
    """The secret as it is typed into an app by hand: base32 in groups of four."""
    plain = base64.b32encode(secret).decode()
    return " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))


def address(secret: bytes, login: str) -> str:
    """The ``otpauth:`` address an app reads from a QR code."""
    return _totp(secret).get_provisioning_uri(login, ISSUER)


def new_recovery_code() -> str:
    """60 random bits as three groups of four base32 characters."""
    plain = base64.b32encode(secrets.token_bytes(8)).decode()[:12]
    return "-".join(plain[at : at + 4] for at in range(0, 12, 4))


def looks_like_recovery(typed: str) -> bool:
    """Whether this cannot be the six digits."""
    return len(normal_recovery(typed)) > DIGITS


def normal_recovery(typed: str) -> str:
    """A recovery code however it was typed."""
    return "".join(mark for mark in typed.upper() if mark.isalnum())


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303  RFC 6238; apps know no other
