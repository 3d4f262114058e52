"""The bell code is read out over a telephone and typed by a nervous hand."""

from __future__ import annotations

import pytest

from question_bank.errors import BankError
from question_bank.sealing import bell_code

BITS = bytes(range(16))
CODE = bell_code.make(BITS)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def test_a_code_has_28_characters_in_groups_of_four_without_look_alikes() -> None:
    groups = CODE.split("-")
    assert [len(group) for group in groups] == [4] * 7
    assert set(CODE) <= set(ALPHABET + "-")
    assert not set("ILOU") & set(ALPHABET)
    assert bell_code.parse(CODE) == BITS


@pytest.mark.parametrize(
    "typed",
    [
        CODE.lower(),
        CODE.replace("-", ""),
        CODE.replace("-", " "),
        f"  {CODE}\n",
        CODE.replace("-", "－"),
        "".join(chr(ord(mark) + 0xFEE0) for mark in CODE),
        CODE.replace("0", "O").replace("1", "l"),
        CODE.replace("0", "o").replace("1", "I"),
    ],
)
def test_what_looks_the_same_is_the_same(typed: str) -> None:
    assert bell_code.parse(typed) == BITS


def test_every_single_wrong_character_is_noticed() -> None:
    plain = CODE.replace("-", "")
    for place, right in enumerate(plain):
        for wrong in ALPHABET.replace(right, ""):
            with pytest.raises(BankError, match="bell_code_mistyped"):
                bell_code.parse(plain[:place] + wrong + plain[place + 1 :])


def test_every_swap_of_two_neighbours_is_noticed() -> None:
    plain = CODE.replace("-", "")
    swaps = 0
    for place in range(len(plain) - 1):
        first, second = plain[place], plain[place + 1]
        if first == second:
            continue
        swaps += 1
        with pytest.raises(BankError, match="bell_code_mistyped"):
            bell_code.parse(plain[:place] + second + first + plain[place + 2 :])
    assert swaps > 20


@pytest.mark.parametrize("typed", ["", CODE[:-1], CODE + "0", CODE[5:]])
def test_a_missing_or_extra_character_is_told_by_its_count(typed: str) -> None:
    with pytest.raises(BankError) as refused:
        bell_code.parse(typed)
    assert refused.value.code == "bell_code_length"
    assert refused.value.facts == {"count": len(typed.replace("-", "")), "expected": 28}


def test_a_character_that_no_code_has_is_named() -> None:
    with pytest.raises(BankError) as refused:
        bell_code.parse(CODE[:-1] + "U")
    assert (refused.value.code, refused.value.facts) == ("bell_code_character", {"character": "U"})


def test_a_code_of_zeros_is_not_valid() -> None:
    with pytest.raises(BankError, match="bell_code_mistyped"):
        bell_code.parse("0" * 28)


def test_fresh_codes_differ_and_hold_128_bits() -> None:
    codes = {bell_code.generate() for _ in range(100)}
    assert len(codes) == 100
    assert {len(code) for code in codes} == {bell_code.BYTES}
    with pytest.raises(ValueError, match="16 bytes"):
        bell_code.make(b"short")
