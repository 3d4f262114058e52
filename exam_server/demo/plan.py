"""What the demo consists of, as data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import question_bank.demo as demo_bank

PASSWORD = "kaochang-demo"  # noqa: S105  printed on purpose; a demo keeps no secret
FACTOR_SECRET = b"kaochang demo secret"  # of every account that needs a second factor; printed too
EXAM = "2026 年陕西省机关事业单位工人升等级考核（演示）"
TRUE_FALSE_EXAM = "2026 年计算机系统操作工试考（演示，含判断题）"
CENTRE = "商州第一考点（演示）"
PROFILE = "shaanxi-2024"
COLUMNS, AISLE_AFTER, SPARES = 10, 5, 6
BANKS = tuple(
    Path(demo_bank.__file__).parent / f"{name}.csv" for name in ("ethics", "driver", "computer")
)

FIFTY_OF_EACH = (("single", 50, "1"), ("multiple", 50, "1"))
WITH_TRUE_FALSE = (("true_false", 20, "1.5"), ("single", 20, "1.5"), ("multiple", 20, "2"))
TRUE_FALSE_SECTIONS = tuple(
    {"type": kind, "count": count, "points": points} for kind, count, points in WITH_TRUE_FALSE
)


def _form(heading: str, sections: tuple[tuple[str, int, str], ...]) -> str:
    tables = (
        f'[[forms.sections]]\ntype = "{kind}"\ncount = {count}\npoints = "{points}"\n'
        for kind, count, points in sections
    )
    return f'[[forms]]\n{heading}\nfull_mark = "100"\n' + "".join(tables)


BLUEPRINT = f'exam = "{EXAM}"\n' + "".join(
    (
        _form('subject = "ethics"', FIFTY_OF_EACH),
        _form('subject = "theory"\ntrade = "汽车驾驶员"\nlevel = "L3"', FIFTY_OF_EACH),
        _form('subject = "theory"\ntrade = "计算机系统操作工"\nlevel = "L3"', WITH_TRUE_FALSE),
    )
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
    Account("approver", "周明", "authority"),
)
