"""The bell code 开考口令: 128 random bits that can be read out over a telephone.

28 characters of Crockford's base32 (no I, L, O, U) in seven groups of four: 128 bits and
a 12-bit CRC. The CRC finds every single wrong character and every swap of two neighbours
(both are bursts of at most 10 bits), so a slip is told at once and is never mistaken for
an altered package.
"""

from __future__ import annotations

import secrets
import unicodedata

from question_bank.errors import BankError

BYTES = 16
LENGTH = 28
_GROUP = 4
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
_SEPARATORS = " \t\r\n-‐‑‒–—−_.·・,、"
_CHECK_BITS = 12
_POLYNOMIAL = 0x180F  # x^12 + x^11 + x^3 + x^2 + x + 1
_OFFSET = 0x5A5  # so that a code of all zeros is not valid


def generate() -> bytes:
    """Fresh 128 bits."""
    return secrets.token_bytes(BYTES)


def make(bits: bytes) -> str:
    """``bits`` (16 bytes) as ``XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX``."""
    if len(bits) != BYTES:
        raise ValueError("a bell code holds 16 bytes")
    number = int.from_bytes(bits, "big")
    number = (number << _CHECK_BITS) | _check(number)
    letters = "".join(_ALPHABET[(number >> shift) & 31] for shift in range(135, -1, -5))
    return "-".join(letters[at : at + _GROUP] for at in range(0, LENGTH, _GROUP))


def parse(text: str) -> bytes:
    """The 16 bytes. Case, spaces, dashes, full width, O for 0 and I or L for 1 are forgiven.

    BankError ``bell_code_length`` (facts ``count``, ``expected``), ``bell_code_character``
    (facts ``character``) or ``bell_code_mistyped`` when the check does not fit.
    """
    letters = unicodedata.normalize("NFKC", text).upper()
    letters = "".join(mark for mark in letters if mark not in _SEPARATORS)
    letters = letters.translate(_LOOKALIKES)
    strange = next((mark for mark in letters if mark not in _ALPHABET), None)
    if strange is not None:
        raise BankError("bell_code_character", {"character": strange})
    if len(letters) != LENGTH:
        raise BankError("bell_code_length", {"count": len(letters), "expected": LENGTH})
    number = 0
    for letter in letters:
        number = (number << 5) | _ALPHABET.index(letter)
    bits, check = number >> _CHECK_BITS, number & ((1 << _CHECK_BITS) - 1)
    if check != _check(bits):
        raise BankError("bell_code_mistyped")
    return bits.to_bytes(BYTES, "big")


def _check(number: int) -> int:
    """CRC-12 of a 128-bit number: the remainder of polynomial division, offset."""
    remainder = number << _CHECK_BITS
    for shift in range(BYTES * 8 - 1, -1, -1):
        if remainder >> (shift + _CHECK_BITS) & 1:
            remainder ^= _POLYNOMIAL << shift
    return remainder ^ _OFFSET
