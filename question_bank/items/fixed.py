"""Options that must not be shuffled: 以上都对 and options that name other options.

DOMAIN D39 keeps 以上都对 last. An option such as "A和C" speaks of places on the paper, so
an item that has one keeps all its options where they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from question_bank.items.shape import LETTERS

_ALL_OF_THE_ABOVE = re.compile(
    r"(以上|上述|前述|前面)(的)?(所有|全部|各|几|两|二|三|四)?(个|种|项|条|者)?"
    r"(选项|说法|答案|情况|做法|内容|因素|原因|方法|措施)?"
    r"(都|均|全|皆|都不|全部|没有|无)[^,,。;]{0,8}"
)
_NAMES_LETTERS = re.compile(
    r"(选项)?(?P<letters>[A-H](\s*[、,/和与及或]?\s*[A-H])+)\s*(项|两项|三项)?"
    r"(都|均|全|皆)?(?P<says>是|对|正确|错|错误|不对|不正确|可以|可)?"
)
_SEPARATOR = re.compile(r"[、,/和与及或]")


def detect_fixed(options: Sequence[str]) -> str:
    """Canonical letters that have to keep the last places, "" when all may move."""
    plain = [unicodedata.normalize("NFKC", text).strip().rstrip("。.") for text in options]
    if any(_names_others(text, at, len(plain)) for at, text in enumerate(plain)):
        return LETTERS[: len(options)]
    return "".join(
        letter
        for letter, text in zip(LETTERS, plain, strict=False)
        if _ALL_OF_THE_ABOVE.fullmatch(text)
    )


def _names_others(text: str, place: int, count: int) -> bool:
    """ "A和C", "ABD都对" name options; "AC" and "HF" alone are words of the trade."""
    found = _NAMES_LETTERS.fullmatch(text)
    if not found or not (found["says"] or _SEPARATOR.search(found["letters"])):
        return False
    named = [mark.lower() for mark in found["letters"] if "A" <= mark <= "H"]
    others = LETTERS[:count].replace(LETTERS[place], "")
    return named == sorted(set(named)) and set(named) <= set(others)
