"""The demos, one per province whose notice ships.

What a notice does not state is answered here with examples, as an office must answer it: these
numbers are nobody's rule.
"""

from __future__ import annotations

from dataclasses import replace

from exam_server.demo.plan import Account, Demo, DemoBank, DemoRoom
from exam_server.errors import not_found
from exam_server.profiles.profile import builtins_of, load

_TWENTY_OF_EACH = [
    {"type": "true_false", "count": 20, "points": "1.5"},
    {"type": "single", "count": 20, "points": "1.5"},
    {"type": "multiple", "count": 20, "points": "2"},
]
_TWENTY_OF_TWO = [
    {"type": "single", "count": 20, "points": "2"},
    {"type": "multiple", "count": 20, "points": "3"},
]
_THEORY = builtins_of(load("shaanxi-2024"))["subjects"]["theory"]

SHAANXI = Demo(
    profile="shaanxi-2024",
    centre="商州第一考点（演示）",
    banks=(
        DemoBank("ethics", "ethics"),
        DemoBank("driver", "theory", "汽车驾驶员", "L3"),
        DemoBank("computer", "theory", "计算机系统操作工", "L3"),
    ),
    rooms=(
        DemoRoom(
            "02",
            "2026 年陕西省机关事业单位工人升等级考核（演示）",
            "汽车驾驶员",
            "L3",
            ("商洛市", "商洛市", "西安市"),
        ),
        DemoRoom(  # a trial that departs from the notice, and says so
            "03",
            "2026 年计算机系统操作工试考（演示，含判断题）",
            "计算机系统操作工",
            "L3",
            ("商洛市", "商洛市", "西安市"),
            values={
                "block.order": ["theory"],
                "subjects": {"theory": {**_THEORY, "sections": _TWENTY_OF_EACH}},
            },
            note="（含判断题 · with true/false items）",
        ),
    ),
    line={"mode": "rate", "rate": "0.5", "rounding": "floor", "tie": "include"},
)

# The day that is played to its end is of L4: there the cities draw and publish, and the province
# takes their lines on file.
SHAANXI_DAY = replace(
    SHAANXI,
    banks=(SHAANXI.banks[0], replace(SHAANXI.banks[1], level="L4")),
    rooms=(replace(SHAANXI.rooms[0], level="L4"),),
    offices=(
        Account("shangluo", "何丽", "authority", "商洛市"),
        Account("shangluo2", "贺军", "authority", "商洛市"),
        Account("xian", "秦岚", "authority", "西安市"),
        Account("xian2", "雷鸣", "authority", "西安市"),
    ),
)

HEBEI = Demo(
    profile="hebei-2024",
    centre="石家庄第一考点（演示）",
    banks=(DemoBank("computer", "yingzhi", "计算机操作员", "L2"),),
    rooms=(
        DemoRoom(
            "02",
            "2026 年河北省机关事业单位工人技师考核（演示）",
            "计算机操作员",
            "L2",
            ("石家庄市", "石家庄市", "保定市"),
            values={
                "subjects.yingzhi.minutes": 90,
                "subjects.yingzhi.sections": _TWENTY_OF_EACH,
                "fees.exam.yuan.all.L2": "100",
            },
        ),
    ),
)

_HENAN_SUBJECTS = ("ethics", "ability", "postskill")
_HENAN_LEVELS = ("L5", "L4", "L3", "L2")
HENAN = Demo(
    profile="henan-2023",
    centre="郑州第一考点（演示）",
    banks=(
        DemoBank("ethics", "ethics"),
        DemoBank("driver", "ability", "汽车驾驶员", "L3", share=(0, 2)),
        DemoBank("driver", "postskill", "汽车驾驶员", "L3", share=(1, 2)),
    ),
    rooms=(
        DemoRoom(
            "02",
            "2026 年河南省机关事业单位工勤技能岗位等级考核（演示）",
            "汽车驾驶员",
            "L3",
            ("郑州市", "郑州市", "洛阳市"),
            values={
                **{f"subjects.{name}.minutes": 60 for name in _HENAN_SUBJECTS},
                **{f"subjects.{name}.sections": _TWENTY_OF_TWO for name in _HENAN_SUBJECTS},
                "pass_rule.basis": "sum",
                "pass_rule.line": "150",
                "pass_rule.rate": "0.6",
                **{f"line_authority.{level}": "province" for level in _HENAN_LEVELS},
                **{f"publish.authority.{level}": "province" for level in _HENAN_LEVELS},
                **{f"fees.exam.yuan.all.{level}": "100" for level in _HENAN_LEVELS},
            },
        ),
    ),
)

DEMOS = {one.profile: one for one in (SHAANXI, HEBEI, HENAN)}
DAYS = {one.profile: one for one in (SHAANXI_DAY, HEBEI, HENAN)}


def demo_of(profile: str, *, day: bool = False) -> Demo:
    """The demo of a shipped profile, or the ``day`` that plays itself; ``not_found`` 404."""
    demos = DAYS if day else DEMOS
    if profile not in demos:
        raise not_found("profile", profile)
    return demos[profile]
