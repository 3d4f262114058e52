"""The keyed function behind every draw that decides something (DESIGN §4).

A draw is HMAC-SHA-256 under a stored seed over length-prefixed parts; shuffling sorts by
it. Whoever has the seed can repeat the draw years later; nobody else can foresee it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base32, lower case


def draw(seed: bytes, *parts: str) -> bytes:
    """32 bytes that depend on ``seed`` and on every part, and on where each part ends."""
    message = bytearray()
    for part in parts:
        raw = part.encode()
        message += len(raw).to_bytes(4, "big") + raw
    return hmac.digest(seed, bytes(message), hashlib.sha256)


def shuffled(seed: bytes, values: Iterable[str], *purpose: str) -> list[str]:
    """``values`` (distinct) in an order that only the seed and the purpose decide."""
    return sorted(values, key=lambda value: draw(seed, *purpose, value))


def drawn_id(seed: bytes, length: int, *purpose: str) -> str:
    """An opaque id of ``length`` (≤ 50) base32 characters, 5 bits each."""
    number = int.from_bytes(draw(seed, *purpose), "big")
    return "".join(_ALPHABET[(number >> (5 * place)) & 31] for place in range(length))
