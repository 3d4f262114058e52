"""A bank with the peculiarities of the real radio bank, and stand-ins for its figures.

The real one (reference data) has key letters instead of a type, labels that several rows
share or that come in pairs, stems that are alike, two equal wrong options, a stated number
of right answers that is wrong, and figures joined through a list. Its picture files are
links that were copied without their targets: a line of text each. So tests that need to
see figures draw stand-ins under the same names.
"""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

from tests.builders.pictures import png

MAPPING = "crac-amateur-radio"
REAL = "banks/zh-crac-amateur-radio-2025"

_ROWS = (
    ("LA1", "1.1", "MC1-0001", "频率的单位是：", "A", "赫兹", "伏特", "安培", "欧姆"),
    ("LA2", "1.1", "MC2-0002", "下列属于导体的有：", "AC", "铜", "橡胶", "铝", "玻璃"),
    ("LX", "1.2", "MC4-0003", "下列说法正确的是：", "ABCD", "甲", "乙", "丙", "丁"),
    ("LX", "1.2", "MC1-0004", "下列说法正确的是", "AB", "子", "丑", "寅", "卯"),
    ("LB1, LB2", "2.1", "MC3-0005", "下列错误的是：", "BCD", "圆", "方", "长", "短"),
    ("LC1", "2.1", "MC1-0006", "图中所示的元件是：", "A", "电阻", "电容", "电感", "二极管"),
    ("LC2", "2.2", "MC1-0007", "平均值为：", "A", "0 伏", "50 伏", "70.7 伏", "50 伏"),
    ("LC3,LC4", "2.2", "MC1-0008", "图中 A、B 两点间的电压为：", "B", "1 V", "2 V", "3 V", "4 V"),
    ("LD1", "2.3", "MC1-0009", "“QRZ,”的“含义”是：", "C", "再见", "你好", "谁在呼叫我", "收到"),
)
_FIGURES = {"LC1": "images/0.jpg", "LC4": "images/1.jpg"}
KEYS = {row[2]: "".join(row[4]).lower() for row in _ROWS}


def radio_like(folder: Path, *, encoding: str = "utf-8", figures: bool = True) -> Path:
    """Write the small bank into ``folder``; the path of its table."""
    table = folder / "full.csv"
    with table.open("w", encoding=encoding, newline="") as out:
        csv.writer(out).writerows((("J", "P", "I", "Q", "T", "A", "B", "C", "D"), *_ROWS))
    with (folder / "images.csv").open("w", encoding=encoding, newline="") as out:
        csv.writer(out).writerows((("J", "ImagePath"), *_FIGURES.items()))
    (folder / "images").mkdir()
    for label, path in _FIGURES.items():
        content = png(label) if figures else f"C:/pictures/{label}.jpg".encode()
        (folder / path).write_bytes(content)
    return table


def real_with_stand_ins(reference: Path, folder: Path) -> Path:
    """The real bank copied into ``folder`` with drawn figures; the path of its table."""
    source = reference / REAL
    for name in ("full.csv", "images.csv"):
        shutil.copyfile(source / name, folder / name)
    (folder / "images").mkdir()
    with (folder / "images.csv").open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            (folder / row["ImagePath"]).write_bytes(png(row["J"]))
    return folder / "full.csv"
