"""The golden candidate 标准考生: known answers whose score was worked out when the form was sealed.

Before a score counts, the centre's own scorer must give these answers exactly that score. So a
damaged program, another rule or another key is noticed on the day, not in an appeal.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from question_bank.items.key import FormKey, Golden, ItemKey
from question_bank.items.scoring import score_form
from question_bank.items.shape import LETTERS

Draw = Callable[[str, str], int]
_RIGHT, _WRONG, _PARTIAL, _BLANK = range(4)


def with_golden(form_key: FormKey, draw: Draw) -> FormKey:
    """The key with answers of every sort to its items, and what they earn.

    ``draw(purpose, item id)``: a number ≥ 0 that the seed decides.
    """
    responses = {
        key.item_id: _answer(key, draw("sort", key.item_id) % 4, draw("letter", key.item_id))
        for key in form_key.items
    }
    given = {item_id: letters for item_id, letters in responses.items() if letters}
    points = str(score_form(form_key, given).points)
    return msgspec.structs.replace(form_key, golden=Golden(given, points))


def _answer(key: ItemKey, sort: int, number: int) -> str:
    wrong = [letter for letter in LETTERS[: key.options] if letter not in key.correct]
    if sort == _BLANK:
        return ""
    if sort == _WRONG and wrong:
        return wrong[number % len(wrong)]
    if sort == _PARTIAL and len(key.correct) > 1:
        return key.correct[:-1]
    return key.correct
