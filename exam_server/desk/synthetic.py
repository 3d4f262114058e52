"""People who do not exist, for the demo, rehearsals and tests.

Everything follows from the seed. ID numbers carry the sequence codes 990–999, phone numbers
the unassigned prefix 100; names are common surnames with common given names, and now and
then a rare character that fonts and old systems stumble over (䶮, 𠮷).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import msgspec

from exam_server.desk.rules import id_number
from exam_server.desk.rules.roster_row import RosterRow
from exam_server.profiles.office import NORMAL

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_MALE = (
    "建国", "志强", "卫东", "建军", "永刚", "立新", "海涛", "宏伟", "文斌", "小平", "春生", "金山",
    "国庆", "铁柱", "明", "勇", "军", "磊", "长河", "德胜",
)  # fmt: skip
_FEMALE = (
    "秀英", "玉兰", "桂花", "春燕", "玉梅", "丽华", "红霞", "晓燕", "素珍", "凤英", "淑芳", "爱琴",
    "敏", "静", "丽", "慧芳", "雪梅", "亚萍", "翠莲", "小红",
)  # fmt: skip
_RARE = ("䶮", "𠮷", "祎喆", "玥珺")
_UNITS = ("机关事务服务中心", "公路管理局", "林业工作站", "中心医院", "职业技术学校", "水务局")
_REGIONS = {"商洛市": "611002", "西安市": "610102", "安康市": "610902"}
_OTHER_REGION = "610000"
_WORK_BEGINS_AT = 20  # age


class Place(msgspec.Struct, frozen=True):
    """A room to fill: its number as printed and the seats candidates may have."""

    room: str
    seats: tuple[int, ...]


class Kind(msgspec.Struct, frozen=True):
    """What people sit for: current trade name, canonical level, 所在市."""

    trade: str
    level: str
    city: str = "商洛市"


def synthetic_roster(
    count: int,
    *,
    places: Sequence[Place],
    kinds: Sequence[Kind],
    seed: str,
    ticket_prefix: str = "2026",
    ticket_digits: int = 12,
    on: date = date(2026, 6, 20),
) -> list[RosterRow]:
    """``count`` people over the places' seats in order, kinds in turn.

    ValueError if there are fewer seats than people. The same arguments give the same roster.
    """
    seats = [(place.room, seat) for place in places for seat in place.seats]
    if count > len(seats):
        raise ValueError("more people than seats")
    draw = random.Random(f"synthetic roster\n{seed}")  # noqa: S311  nobody real is drawn
    numbers = _numbers(draw, on)
    rows = []
    for index in range(count):
        room, seat = seats[index]
        kind = kinds[index % len(kinds)]
        number = next(numbers)(_REGIONS.get(kind.city, _OTHER_REGION))
        rows.append(_person(draw, index, number, kind, room, seat, ticket_prefix, ticket_digits))
    return rows


class _Number(msgspec.Struct, frozen=True):
    """A birth date and sequence code that wait for a region."""

    born: date
    sequence: int

    def __call__(self, region: str) -> str:
        return id_number.synthetic(region, self.born, self.sequence)


def _numbers(draw: random.Random, on: date) -> Iterator[_Number]:
    """Endless distinct numbers of people between 30 and 59 years old."""
    used: set[tuple[date, int]] = set()
    while True:
        born = on - timedelta(days=draw.randint(30 * 366, 59 * 365))
        sequence = draw.choice(id_number.SYNTHETIC_SEQUENCES)
        if (born, sequence) not in used:
            used.add((born, sequence))
            yield _Number(born, sequence)


def _person(
    draw: random.Random,
    index: int,
    number: str,
    kind: Kind,
    room: str,
    seat: int,
    ticket_prefix: str,
    ticket_digits: int,
) -> RosterRow:
    sex = id_number.sex(number)
    work_since = id_number.birth_date(number).year + _WORK_BEGINS_AT
    serial = str(index + 1).rjust(ticket_digits - len(ticket_prefix), "0")
    return RosterRow(
        row=index + 3,  # below the two rows of the head
        name=_name(draw, sex, index),
        sex=sex,
        id_number=number,
        city=kind.city,
        unit=kind.city.removesuffix("市") + "市" + draw.choice(_UNITS),
        trade=kind.trade,
        level=kind.level,
        route=NORMAL,
        conditional=False,
        ticket=ticket_prefix + serial,
        room=room,
        seat=seat,
        details={
            "work_since": f"{work_since}-09",
            "trade_since": f"{work_since + 2}-03",
            "phone": f"100{draw.randrange(10**8):08d}",
        },
    )


def _name(draw: random.Random, sex: str, index: int) -> str:
    surname = draw.choice(_SURNAMES)
    if index % 17 == 8:  # so that even a small demo shows one
        return surname + _RARE[index // 17 % len(_RARE)]
    return surname + draw.choice(_MALE if sex == "M" else _FEMALE)
