"""Passwords: what is good enough, how they are kept, how one is given out for a first login."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from exam_server.errors import Refusal

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 200
LEAST_SCORE = 2  # of zxcvbn's 0 … 4: more than a million guesses
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that are mistaken for another on paper

# OWASP's floor for Argon2id: 19 MiB, two passes, one lane
_MEMORY_KIB, _PASSES, _LANES = 19_456, 2, 1


def good_enough(password: str, *own: str) -> None:
    """Refusal ``password_short`` (fewer than 8 characters), ``password_long`` or
    ``password_weak`` (422): on the lists that are tried first, or made of ``own`` words
    (login, name)."""
    if len(password) < SHORTEST_PASSWORD:
        raise Refusal("password_short", 422, {"least": SHORTEST_PASSWORD})
    if len(password) > LONGEST_PASSWORD:
        raise Refusal("password_long", 422, {"most": LONGEST_PASSWORD})
    from zxcvbn import zxcvbn  # its lists take a moment to load, and few processes need them

    if zxcvbn(password[:72], user_inputs=list(own))["score"] < LEAST_SCORE:
        raise Refusal("password_weak", 422)


def hash_password(password: str) -> str:
    """Argon2id PHC string of a password (normalised NFKC)."""
    kdf = Argon2id(
        salt=secrets.token_bytes(16),
        length=32,
        iterations=_PASSES,
        lanes=_LANES,
        memory_cost=_MEMORY_KIB,
    )
    return kdf.derive_phc_encoded(_normal(password))


def password_matches(password: str, phc: str) -> bool:
    """Whether ``password`` is the one behind ``phc``."""
    try:
        Argon2id.verify_phc_encoded(_normal(password), phc)
    except InvalidKey:
        return False
    return True


@cache
def nobodys() -> str:
    """Checked when no such account exists, so that the answer takes as long."""
    return hash_password(secrets.token_hex(16))


def temporary_password() -> str:
    """A password to hand over on paper, 59 random bits; it must be changed at the first login."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))


def _normal(password: str) -> bytes:
    return unicodedata.normalize("NFKC", password).encode()
