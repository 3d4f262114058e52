"""The keyed function behind every draw that decides something (DESIGN §4).

A draw is HMAC-SHA-256 under a stored seed over length-prefixed parts; shuffling sorts by
it. Whoever has the seed can repeat the draw years later; nobody else can foresee it.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base32, lower case


class Draws:
    """Draws for one purpose: under ``seed``, over ``purpose`` and what each draw adds to it.

    A paper is hundreds of draws that begin alike: what they share is put together once.
    """

    __slots__ = ("_begin", "_seed")

    def __init__(self, seed: bytes, *purpose: str) -> None:
        self._seed, self._begin = seed, b"".join(map(_framed, purpose))

    def of(self, part: str) -> Draws:
        """Those whose purpose goes on with ``part``."""
        narrower = Draws(self._seed)
        narrower._begin = self._begin + _framed(part)
        return narrower

    def draw(self, part: str) -> bytes:
        """32 bytes that depend on every part, and on where each part ends."""
        return hmac.digest(self._seed, self._begin + _framed(part), "sha256")

    def shuffled(self, values: Iterable[str]) -> list[str]:
        """``values`` (distinct) in an order that only the seed and the purpose decide."""
        return sorted(values, key=self.draw)


def _framed(part: str) -> bytes:
    raw = part.encode()
    return len(raw).to_bytes(4, "big") + raw


def draw(seed: bytes, *parts: str) -> bytes:
    """32 bytes that depend on ``seed`` and on every part, and on where each part ends."""
    return hmac.digest(seed, b"".join(map(_framed, parts)), "sha256")


def shuffled(seed: bytes, values: Iterable[str], *purpose: str) -> list[str]:
    """``values`` (distinct) in an order that only the seed and the purpose decide."""
    return Draws(seed, *purpose).shuffled(values)


def drawn_id(seed: bytes, length: int, *purpose: str) -> str:
    """An opaque id of ``length`` (≤ 50) base32 characters, 5 bits each."""
    number = int.from_bytes(draw(seed, *purpose), "big")
    return "".join(_ALPHABET[(number >> (5 * place)) & 31] for place in range(length))
