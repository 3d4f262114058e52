"""Which options must not move: 以上都对 and options that name other options (DOMAIN D39)."""

from __future__ import annotations

import pytest

from question_bank.items.fixed import detect_fixed


@pytest.mark.parametrize(
    "last",
    [
        "以上都对", "以上都不对", "以上都是", "以上均正确", "上述说法都正确", "以上全部正确",
        "以上选项都不正确", "以上三项都是", "以上各项均是", "以上答案都不对。", "以上皆是",
    ],
)  # fmt: skip
def test_all_of_the_above_keeps_its_place(last: str) -> None:
    assert detect_fixed(["停车", "减速", "鸣笛", last]) == "d"


@pytest.mark.parametrize(
    "text",
    [
        "设置 15 瓦以上的电台", "30MHz 以上频段不大于 25 瓦", "以上海为例", "都对",
        "五年以上", "处 5 万元以上 20 万元以下的罚款", "以上一年度工资为基数",
    ],
)  # fmt: skip
def test_a_text_that_only_sounds_like_it_may_move(text: str) -> None:
    assert detect_fixed(["甲", "乙", "丙", text]) == ""


@pytest.mark.parametrize(
    "text", ["A和C", "A、B都对", "AB都对", "选项A和B", "A与B均正确", "A、C 两项都是", "B或C"]
)
def test_an_option_that_names_others_keeps_the_whole_item_still(text: str) -> None:
    assert detect_fixed(["甲", "乙", "丙", text]) == "abcd"


@pytest.mark.parametrize("text", ["AC", "HF", "AB", "C", "DC", "ABS", "A和H", "D和A"])
def test_letters_that_are_words_of_the_trade_may_move(text: str) -> None:
    assert detect_fixed(["甲", "乙", "丙", text]) == ""


def test_two_such_options_both_stay() -> None:
    assert detect_fixed(["甲", "乙", "以上都对", "以上都不对"]) == "cd"
