"""One wrong digit, or two exchanged: an ID number notices."""

from __future__ import annotations

from datetime import date

from hypothesis import assume, given
from hypothesis import strategies as st

from exam_server.desk.rules import id_number

TODAY = date(2026, 6, 20)
numbers = st.builds(
    id_number.synthetic,
    st.sampled_from(["611002", "410102", "130302", "110105"]),
    st.dates(date(1930, 1, 1), date(2005, 12, 31)),
    st.sampled_from(id_number.SYNTHETIC_SEQUENCES),
)


@given(numbers)
def test_a_made_number_is_valid_and_says_what_it_was_made_of(number: str) -> None:
    assert id_number.problem(number, TODAY) is None
    assert id_number.is_synthetic(number)
    assert id_number.normalise(number.lower()) == number
    assert id_number.sex(number) in "MF"


@given(numbers, st.integers(0, 16), st.integers(0, 9))
def test_one_wrong_digit_is_always_noticed(number: str, place: int, digit: int) -> None:
    assume(number[place] != str(digit))
    wrong = number[:place] + str(digit) + number[place + 1 :]
    assert id_number.problem(wrong, TODAY) is not None


@given(numbers, st.integers(0, 15))
def test_two_neighbours_exchanged_are_always_noticed(number: str, place: int) -> None:
    assume(number[place] != number[place + 1])
    wrong = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert id_number.problem(wrong, TODAY) is not None


@given(st.text(max_size=30))
def test_whatever_is_typed_gets_an_answer(text: str) -> None:
    id_number.problem(id_number.normalise(text), TODAY)
