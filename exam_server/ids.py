"""Identifiers: opaque, unordered, safe in a URL. They decide nothing."""

from __future__ import annotations

import secrets

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base32, lower case
_BITS, _LENGTH = 5, 20


def new_id() -> str:
    """A fresh 20-character id (100 random bits)."""
    bits = secrets.randbits(_BITS * _LENGTH)  # drawn at once: a province's results need 140,000
    return "".join(_ALPHABET[bits >> at & 31] for at in range(0, _BITS * _LENGTH, _BITS))


def is_id(text: str) -> bool:
    """Whether ``text`` looks like an id of :func:`new_id`; anything else names nothing here.

    Asked before a foreign text reaches the database: not every text can.
    """
    return len(text) == _LENGTH and not text.strip(_ALPHABET)


def new_token() -> str:
    """A fresh bearer token (256 random bits, URL-safe); only its hash is stored."""
    return secrets.token_urlsafe(32)
