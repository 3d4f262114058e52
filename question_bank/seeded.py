"""The keyed function behind every draw that decides something (DESIGN §4).

A draw is HMAC-SHA-256 under a stored seed over length-prefixed parts; shuffling sorts by
it. Whoever has the seed can repeat the draw years later; nobody else can foresee it.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from functools import lru_cache

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base32, lower case


class Draws:
    """Draws for one purpose, see :func:`draws_for`.

    A paper is hundreds of draws that begin alike: what they share is hashed once.
    """

    __slots__ = ("_begun",)

    def __init__(self, begun: hmac.HMAC) -> None:
        self._begun = begun

    def of(self, part: str) -> Draws:
        """Those whose purpose goes on with ``part``."""
        begun = self._begun.copy()
        begun.update(_framed(part))
        return Draws(begun)

    def draw(self, part: str) -> bytes:
        """32 bytes that depend on every part, and on where each part ends."""
        begun = self._begun.copy()
        begun.update(_framed(part))
        return begun.digest()

    def shuffled(self, values: Iterable[str]) -> list[str]:
        """``values`` (distinct) in an order that only the seed and the purpose decide."""
        return sorted(values, key=self.draw)


def draws_for(seed: bytes, *purpose: str) -> Draws:
    """Draws under ``seed`` over ``purpose`` and what each of them adds to it."""
    return Draws(hmac.new(seed, b"".join(map(_framed, purpose)), "sha256"))


@lru_cache(maxsize=4096)  # ids of items and letters: of every candidate's paper the same
def _framed(part: str) -> bytes:
    raw = part.encode()
    return len(raw).to_bytes(4, "big") + raw


def draw(seed: bytes, *parts: str) -> bytes:
    """32 bytes that depend on ``seed`` and on every part, and on where each part ends."""
    return hmac.digest(seed, b"".join(map(_framed, parts)), "sha256")


def shuffled(seed: bytes, values: Iterable[str], *purpose: str) -> list[str]:
    """``values`` (distinct) in an order that only the seed and the purpose decide."""
    return draws_for(seed, *purpose).shuffled(values)


def drawn_id(seed: bytes, length: int, *purpose: str) -> str:
    """An opaque id of ``length`` (≤ 50) base32 characters, 5 bits each."""
    number = int.from_bytes(draw(seed, *purpose), "big")
    return "".join(_ALPHABET[(number >> (5 * place)) & 31] for place in range(length))
