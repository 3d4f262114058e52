"""No byte of a package can change unnoticed, and its size says nothing of its text."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.errors import BankError
from question_bank.items.shape import ItemType
from question_bank.sealing import package
from question_bank.sealing.blob import STEP, open_blob, seal_blob
from tests.builders.papers import Authority, draft, entry


@cache
def data() -> bytes:
    return Authority().pack().data


@given(st.data(), st.integers(1, 255))
@settings(max_examples=300)
def test_any_changed_byte_is_noticed(drawn: st.DataObject, flip: int) -> None:
    place = drawn.draw(st.integers(0, len(data()) - 1))
    changed = bytearray(data())
    changed[place] ^= flip
    with pytest.raises(BankError, match="package_"):
        package.from_bytes(bytes(changed))


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_in_the_same_words(junk: bytes) -> None:
    for candidate in (junk, b"PK\x03\x04" + junk, data()[:50] + junk, data()[:-50] + junk):
        with pytest.raises(BankError, match="package_"):
            package.from_bytes(candidate)


@given(st.text(min_size=1, max_size=3000), st.text(min_size=1, max_size=3000))
@settings(max_examples=25)
def test_texts_within_one_step_give_files_of_one_size(first: str, second: str) -> None:
    authority = Authority()
    sizes = {
        len(authority.pack(draft(entries=[entry(ItemType.SINGLE, stem=stem)])).data)
        for stem in (first, second)
    }
    assert len(sizes) == 1


@given(st.binary(max_size=2 * STEP), st.binary(min_size=32, max_size=32))
@settings(max_examples=30)
def test_a_blob_comes_back_and_shows_only_its_step(text: bytes, key: bytes) -> None:
    blob = seal_blob(text, key, "form")
    assert open_blob(blob, key, "form") == text
    assert len(blob) == STEP * -(-(len(text) + 32) // STEP)
