"""The trade catalogues hold what the annexes print, slips and gaps included."""

from __future__ import annotations

import csv
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from exam_server.errors import Refusal
from exam_server.profiles.trade_file import catalogue_names, read_catalogue
from exam_server.profiles.trades import Catalogue

HEBEI = {trade.code: trade for trade in read_catalogue("hebei-2024")}
SHAANXI = {trade.name: trade for trade in read_catalogue("shaanxi-2024")}
INDUSTRIES = {
    "01": ("农业类", 14),
    "02": ("林业类", 11),
    "03": ("水利类", 17),
    "04": ("地质类", 8),
    "05": ("质检类", 13),
    "06": ("机电类", 12),
    "07": ("建设类", 4),
    "08": ("环保类", 4),
    "09": ("测绘类", 4),
    "10": ("交通类", 15),
    "11": ("卫生类", 10),
    "12": ("文旅类", 12),
    "13": ("广电类", 6),
    "14": ("印刷类", 11),
    "15": ("民政类", 3),
    "16": ("其他", 5),
}


def test_hebei_has_149_trades_in_16_industries_in_the_order_of_their_codes() -> None:
    assert len(HEBEI) == 149
    assert list(HEBEI) == sorted(HEBEI)
    counted = Counter((code[:2], trade.industry) for code, trade in HEBEI.items())
    assert counted == {(code, name): count for code, (name, count) in INDUSTRIES.items()}
    assert len({trade.name for trade in HEBEI.values()}) == 149
    for industry, (_, count) in INDUSTRIES.items():
        serials = [code for code in HEBEI if code.startswith(f"{industry}-")]
        assert serials == [f"{industry}-{number:03}" for number in range(1, count + 1)]


def test_the_printed_ordinals_of_hebei_are_kept_though_they_jump() -> None:
    ordinals = [trade.printed or 0 for trade in HEBEI.values()]
    assert sorted(ordinals) == list(range(1, 150))
    jumps = [(a, b) for a, b in pairwise(ordinals) if b != a + 1]
    assert jumps == [(112, 116), (144, 113), (115, 145)]
    assert (HEBEI["15-001"].industry, HEBEI["15-001"].printed) == ("民政类", 113)


def test_the_one_code_the_notice_leaves_out_is_marked_as_inferred() -> None:
    assert [code for code, trade in HEBEI.items() if trade.inferred] == ["12-001"]
    assert (HEBEI["12-001"].name, HEBEI["12-001"].printed) == ("体育场地工", 116)
    assert HEBEI["10-010"].name == "沥清混凝土搅和设备操作工", "names stand as they are printed"


def test_shaanxi_has_19_unified_trades_and_four_that_are_not_examined() -> None:
    active = [trade for trade in SHAANXI.values() if trade.active]
    assert len(active) == 19
    assert Counter(trade.fee_class for trade in active) == {"A": 5, "B": 12, "C": 2}
    assert [trade.name for trade in SHAANXI.values() if not trade.active] == [
        "锅炉工",
        "客房服务员",
        "车工",
        "汽车修理工",
    ]
    assert SHAANXI["客房服务员"].former_names == ("旅店服务员",)
    former = {trade.name: trade.former_names for trade in active if trade.former_names}
    assert former == {
        "汽车驾驶员": ("指导驾驶员",),
        "计算机系统操作工": ("计算机文字录入员",),
        "育苗工": ("种苗工",),
        "管道工": ("水暖工",),
        "药剂员": ("中药药剂员", "西药药剂员"),
    }


def test_former_trade_names_are_understood_at_the_levels_where_they_hold() -> None:
    trades = Catalogue(read_catalogue("shaanxi-2024"))
    by_former = trades.find("指导驾驶员", "L2")
    assert by_former is not None
    assert (by_former.trade.name, by_former.renamed) == ("汽车驾驶员", True)
    assert trades.find("指导驾驶员", "L3") is None
    for written, meant in (
        ("西药药剂员", "药剂员"),
        ("中药药剂员", "药剂员"),
        ("管道工（原水暖工）", "管道工"),
        ("中式烹调", "中式烹调工"),
        ("综合管理", "综合管理员"),
    ):
        found = trades.find(written, "L4")
        assert found is not None
        assert found.trade.name == meant
    assert trades.similar("汽车驾驶工")[0] == "汽车驾驶员"
    assert trades.find("中式烹调师", "L4") is None, "that is another province's trade"


@pytest.mark.reference
@pytest.mark.parametrize("province", ["shaanxi", "hebei"])
def test_the_catalogues_agree_with_the_reference_data(reference_data: Path, province: str) -> None:
    path = reference_data / "trades" / f"{province}_trades.csv"
    with path.open(encoding="utf-8-sig", newline="") as source:
        printed = list(csv.DictReader(source))
    ours = [trade for trade in read_catalogue(f"{province}-2024") if trade.active]
    assert [trade.name for trade in ours] == [row["trade"] for row in printed]
    if province == "hebei":
        assert [(trade.code, trade.industry) for trade in ours] == [
            (row["code"], row["industry"]) for row in printed
        ]
    else:
        assert [trade.fee_class for trade in ours] == [row["class"] for row in printed]


def own(folder: Path, text: str | bytes) -> Path:
    """A catalogue ``ours`` beside a profile in ``folder``."""
    (folder / "trades").mkdir(exist_ok=True)
    data = text.encode() if isinstance(text, str) else text
    (folder / "trades" / "ours.csv").write_bytes(data)
    return folder


def test_an_offices_own_catalogue_may_come_from_a_spreadsheet(tmp_path: Path) -> None:
    text = "code,trade,aliases,class\nT1,茶艺师,茶艺员；茶艺,A\nT2,电工,,B\n"
    for data in (text.encode(), text.encode("utf-8-sig"), text.encode("gb18030")):
        trades = read_catalogue("ours", own(tmp_path, data))
        assert [(trade.code, trade.name, trade.active) for trade in trades] == [
            ("T1", "茶艺师", True),
            ("T2", "电工", True),
        ]
        assert trades[0].aliases == ("茶艺员", "茶艺")


@pytest.mark.parametrize(
    ("text", "place", "code"),
    [
        ("trade\n电工\n", (1, "code"), "profile_missing"),
        ("code,trade,colour\nT1,电工,红\n", (1, "colour"), "profile_key"),
        ("code,trade\n", (1, ""), "trade_catalogue_empty"),
        ("code,trade\nT1,电工\nT1,钳工\n", (3, "code"), "profile_name_twice"),
        ("code,trade\nT1,电工\nT2,电工\n", (3, "trade"), "profile_name_twice"),
        ("code,trade,aliases\nT1,电工,\nT2,钳工,电工\n", (3, "aliases"), "profile_name_twice"),
        ("code,trade\nT1,\n", (2, "trade"), "profile_missing"),
        ("code,trade,active\nT1,电工,maybe\n", (2, "active"), "profile_word"),
        ("code,trade,printed\nT1,电工,一\n", (2, "printed"), "profile_whole_number"),
        ("code,trade,former_levels\nT1,电工,L9\n", (2, "former_levels"), "profile_level_unknown"),
    ],
)
def test_a_catalogue_is_refused_with_row_and_column(
    tmp_path: Path, text: str, place: tuple[int, str], code: str
) -> None:
    with pytest.raises(Refusal) as caught:
        read_catalogue("ours", own(tmp_path, text))
    assert caught.value.code == "trade_catalogue_invalid"
    assert caught.value.facts["file"] == "ours.csv"
    assert (*place, code) in {(row["row"], row["column"], row["code"]) for row in caught.value.rows}


def test_a_catalogue_nobody_has_says_where_one_would_be_looked_for(tmp_path: Path) -> None:
    for beside in (None, tmp_path):
        with pytest.raises(Refusal) as caught:
            read_catalogue("atlantis", beside)
        assert caught.value.code == "trade_catalogue_unknown"
        assert caught.value.facts["known"] == ", ".join(catalogue_names())
    with pytest.raises(Refusal, match="trade_catalogue_unknown"):
        read_catalogue("../trades/ours", own(tmp_path, "code,trade\nT1,电工\n"))
