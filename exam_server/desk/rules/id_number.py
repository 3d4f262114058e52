"""The 18-digit citizen ID number 公民身份号码 (GB 11643; DOMAIN C7).

Six digits of the place, eight of the birth date, three of sequence (odd = male), one check
character. Numbers made here for demos and tests use the sequence codes 990–999, so that
they can be recognised and are practically never issued.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_LENGTH = 18
_DROPPED = frozenset("()[]{}<>【】〔〕「」-·'’‘\"")
# GB/T 2260 provinces, and 81–83: residence permits of Hong Kong, Macao and Taiwan people
_PROVINCES = frozenset(
    str(code)
    for block in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
    for code in range(block[0], block[1] + 1)
)
_LIKE_ONE = re.compile(r"(?=([0-9]{17}[0-9X]))")
SYNTHETIC_SEQUENCES = range(990, 1000)


def normalise(text: str) -> str:
    """As people type or paste it → as it is compared.

    Full-width digits become ASCII, blanks, brackets and hyphens go, a last x is upper case.
    The result is not necessarily valid; see :func:`problem`.
    """
    plain = unicodedata.normalize("NFKC", text)
    kept = (
        character
        for character in plain
        if character not in _DROPPED
        and not character.isspace()
        and unicodedata.category(character) != "Cf"  # invisible marks from web pages
    )
    return "".join(kept).upper()


def check_character(first_17: str) -> str:
    """The 18th character for 17 digits."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first_17, strict=True))
    return _CHECK[total % 11]


def problem(number: str, today: date) -> str | None:
    """Why a normalised number cannot be one, as a refusal code; None when it can.

    ``id_length``, ``id_characters``, ``id_region``, ``id_birth_date``, ``id_check``. Of the
    place only the province is checked: abolished districts live on in numbers.
    """
    if len(number) != _LENGTH:
        return "id_length"
    if not _ascii_digits(number[:-1]) or number[-1] not in _CHECK:
        return "id_characters"
    if number[:2] not in _PROVINCES:
        return "id_region"
    born = _date(number)
    if born is None or not date(1900, 1, 1) <= born <= today:
        return "id_birth_date"
    if check_character(number[:-1]) != number[-1]:
        return "id_check"
    return None


def named_in(text: str) -> bool:
    """Whether free text holds somebody's whole ID number, however it is spaced or bracketed."""
    plain = normalise(text)
    return any(
        number[:2] in _PROVINCES
        and _date(number) is not None
        and check_character(number[:-1]) == number[-1]
        for number in (found.group(1) for found in _LIKE_ONE.finditer(plain))
    )


def birth_date(number: str) -> date:
    """The birth date of a valid number."""
    born = _date(number)
    if born is None:
        raise ValueError("not a valid ID number")
    return born


def sex(number: str) -> str:
    """``M`` or ``F``, from the 17th digit: odd is male."""
    return "M" if int(number[16]) % 2 else "F"


def masked(number: str) -> str:
    """First six and last four, e.g. ``611002********0018`` (DOMAIN C7)."""
    return f"{number[:6]}{'*' * 8}{number[-4:]}"


def synthetic(region: str, born: date, sequence: int) -> str:
    """A valid number nobody holds; ``region`` six digits, ``sequence`` in 990–999."""
    if sequence not in SYNTHETIC_SEQUENCES or len(region) != 6:
        raise ValueError("a synthetic number needs a six-digit region and a sequence 990–999")
    first_17 = f"{region}{born:%Y%m%d}{sequence}"
    return first_17 + check_character(first_17)


def is_synthetic(number: str) -> bool:
    """Whether the number carries a sequence code reserved for demos and tests."""
    return int(number[14:17]) in SYNTHETIC_SEQUENCES


def _ascii_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _date(number: str) -> date | None:
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
