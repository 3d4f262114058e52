"""The bell code's check, for every code and every slip it promises to find."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.errors import BankError
from question_bank.sealing.bell_code import LENGTH, make, parse

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
codes = st.binary(min_size=16, max_size=16)
places = st.integers(0, LENGTH - 1)


@given(codes)
def test_a_code_comes_back(bits: bytes) -> None:
    assert parse(make(bits)) == bits


@given(codes, places, st.sampled_from(ALPHABET))
def test_one_wrong_character_never_passes(bits: bytes, place: int, wrong: str) -> None:
    plain = make(bits).replace("-", "")
    if plain[place] == wrong:
        assert parse(plain) == bits
        return
    with pytest.raises(BankError, match="bell_code_mistyped"):
        parse(plain[:place] + wrong + plain[place + 1 :])


@given(codes, st.integers(0, LENGTH - 2))
def test_two_swapped_neighbours_never_pass(bits: bytes, place: int) -> None:
    plain = make(bits).replace("-", "")
    swapped = plain[:place] + plain[place + 1] + plain[place] + plain[place + 2 :]
    if swapped == plain:
        return
    with pytest.raises(BankError, match="bell_code_mistyped"):
        parse(swapped)


@given(st.text(max_size=60))
def test_whatever_is_typed_gives_a_code_or_a_refusal(text: str) -> None:
    try:
        outcome = make(parse(text))
    except BankError as refused:
        outcome = refused.code
    assert outcome.startswith("bell_code_") or parse(outcome) == parse(text)
