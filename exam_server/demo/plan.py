"""What the demo consists of, as data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import question_bank.demo as demo_bank

PASSWORD = "kaochang-demo"  # noqa: S105  printed on purpose; a demo keeps no secret
EXAM = "2026 年陕西省机关事业单位工人升等级考核（演示）"
TRUE_FALSE_EXAM = "2026 年计算机系统操作工试考（演示，含判断题）"
CENTRE = "商州第一考点（演示）"
PROFILE = "shaanxi-2024"
COLUMNS, AISLE_AFTER, SPARES = 10, 5, 6
BANKS = tuple(
    Path(demo_bank.__file__).parent / f"{name}.csv" for name in ("ethics", "driver", "computer")
)

BLUEPRINT = f"""
exam = "{EXAM}"
[[forms]]
subject = "ethics"
full_mark = "100"
[[forms.sections]]
type = "single"
count = 50
points = "1"
[[forms.sections]]
type = "multiple"
count = 50
points = "1"
[[forms]]
subject = "theory"
trade = "汽车驾驶员"
level = "L3"
full_mark = "100"
[[forms.sections]]
type = "single"
count = 50
points = "1"
[[forms.sections]]
type = "multiple"
count = 50
points = "1"
[[forms]]
subject = "theory"
trade = "计算机系统操作工"
level = "L3"
full_mark = "100"
[[forms.sections]]
type = "true_false"
count = 20
points = "1.5"
[[forms.sections]]
type = "single"
count = 20
points = "1.5"
[[forms.sections]]
type = "multiple"
count = 20
points = "2"
"""

TRUE_FALSE_SECTIONS = (
    {"type": "true_false", "count": 20, "points": "1.5"},
    {"type": "single", "count": 20, "points": "1.5"},
    {"type": "multiple", "count": 20, "points": "2"},
)


@dataclass(frozen=True, slots=True)
class Account:
    """A demo login."""

    login: str
    name: str
    role: str


ACCOUNTS = (
    Account("chief", "李敏", "chief_proctor"),
    Account("proctor", "张华", "proctor"),
    Account("admin", "赵建国", "centre_admin"),
    Account("authority", "陈志远", "authority"),
)
