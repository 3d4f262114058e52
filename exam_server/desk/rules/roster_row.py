"""One line of a roster: what it says, and what is wrong with it (DOMAIN A13, D31, D36)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from exam_server.desk.rules import id_number
from exam_server.desk.rules.needs import NONE, Needs, time_factor
from exam_server.desk.rules.roster_columns import DETAILS, label_of
from exam_server.desk.rules.roster_text import plain
from exam_server.profiles.model import Profile
from exam_server.profiles.office import NORMAL
from exam_server.profiles.trades import Catalogue

LOST_DIGITS = "\ufffd"  # stands in a cell whose number has lost digits
_UNREADABLE = frozenset("?\ufffd□")  # what other programs leave of a rare character
YES_WORDS = frozenset({"是", "有", "√", "✓", "y", "yes", "1", "true", "容缺", "容缺后补"})
NO_WORDS = frozenset({"", "否", "无", "×", "n", "no", "0", "false", "-", "—", "/"})
PAID_WORDS = YES_WORDS | {"", "已缴费", "已缴", "已交费", "已支付", "免费", "免缴"}
UNPAID_WORDS = (NO_WORDS - {""}) | {"未缴费", "未缴", "未交费", "未支付"}
_NO_ROUTE = frozenset({"", "无", "否", "正常", "normal", "-", "—", "/"})


class RosterRow(msgspec.Struct, frozen=True, kw_only=True):
    """A checked line. ``id_number`` is whole: such a row is never logged nor shown.

    ``ticket``, ``room``, ``seat``: None for a route that does not sit, for who has not paid, and
    for all of a roster that waits for placement. ``room`` is the number as printed. ``details``:
    the form's other columns as text, and the conditions not met (``doubts``).
    """

    row: int
    name: str
    sex: str
    id_number: str
    city: str
    unit: str
    trade: str
    level: str
    route: str
    conditional: bool
    paid: bool = True
    needs: Needs = NONE
    ticket: str | None
    room: str | None
    seat: int | None
    details: dict[str, str]

    def __repr__(self) -> str:
        return f"RosterRow(row={self.row})"


@dataclass(frozen=True, slots=True)
class Context:
    """What a line is checked against."""

    profile: Profile
    catalogue: Catalogue | None
    today: date
    seated: bool = True  # whether the roster says who sits where; else placement does


def row_problem(row: int, field: str, code: str, **facts: object) -> dict[str, object]:
    """A located problem for a person: the column by its printed name."""
    return {"row": row, "column": label_of(field), "code": code, "facts": facts}


def parse_row(
    row: int, cells: Mapping[str, str], context: Context, boxes: Iterable[str] = ()
) -> tuple[RosterRow | None, list[dict[str, object]]]:
    """The line's value, or None and every problem it has.

    ``row``: its number in the file. ``boxes``: cells that are kept as they are printed.
    """
    problems: list[dict[str, object]] = []

    def wrong(field: str, code: str, **facts: object) -> None:
        problems.append(row_problem(row, field, code, **facts))

    name = plain(cells.get("name", ""))
    if not name:
        wrong("name", "roster_empty")
    elif set(name) & _UNREADABLE or any(unicodedata.category(char) == "Co" for char in name):
        wrong("name", "roster_name_character")
    number = _id(cells.get("id_number", ""), context.today, wrong)
    route = _route(cells.get("route", ""), context.profile, wrong)
    level = _level(cells.get("level", ""), context.profile, wrong)
    trade, written = _trade(cells.get("trade", ""), level, context, wrong)
    city = _city(cells.get("city", ""), context.profile, wrong)
    if not plain(cells.get("unit", "")):
        wrong("unit", "roster_empty")
    values = _other(cells, number, wrong)
    kept_from = _kept_from(route, values["paid"], context.profile)
    digits = context.profile.login.ticket_digits
    seating = _seating(cells, kept_from, digits, wrong) if context.seated else (None, None, None)
    if problems or number is None or route is None or level is None or trade is None:
        return None, problems
    details = {field: cells[field] for field in (*DETAILS, *boxes) if cells.get(field)}
    if written != trade:
        details["trade_as_written"] = written
    return (
        RosterRow(
            row=row,
            name=name,
            sex=values["sex"],
            id_number=number,
            city=city,
            unit=cells["unit"].strip(),
            trade=trade,
            level=level,
            route=route,
            conditional=values["conditional"],
            paid=values["paid"],
            needs=values["needs"],
            ticket=seating[0],
            room=seating[1],
            seat=seating[2],
            details=details,
        ),
        [],
    )


def room_number(text: str) -> str:
    """``第2考场``, ``02``, ``2`` → ``2``: how two ways of writing a room are compared."""
    bare = re.sub(r"^第|考场$|室$|号$", "", plain(text))
    return bare.lstrip("0") or bare


def _id(text: str, today: date, wrong: Any) -> str | None:
    if LOST_DIGITS in text:
        wrong("id_number", "roster_id_lost")
        return None
    number = id_number.normalise(text)
    if not number:
        wrong("id_number", "roster_empty")
        return None
    code = id_number.problem(number, today)
    if code is not None:
        wrong("id_number", f"roster_{code}", length=len(number))
        return None
    return number


def route_of(text: str, profile: Profile) -> str | None:
    """The route a cell names, ``normal`` when it names none; None: not understood."""
    written = plain(text)
    if written in _NO_ROUTE:
        return NORMAL
    for route, meaning in profile.routes.items():
        if written in {route, *map(plain, (meaning.name, *meaning.other_names))}:
            return route
    return None


def _route(text: str, profile: Profile, wrong: Any) -> str | None:
    found = route_of(text, profile)
    if found is None:
        known = "、".join(route.name for route in profile.routes.values())
        wrong("route", "roster_route", value=text, known=known)
    return found


def _level(text: str, profile: Profile, wrong: Any) -> str | None:
    written = plain(text)
    if not written:
        wrong("level", "roster_empty")
        return None
    for level, name in profile.levels.items():
        words = re.split(r"[()]", plain(name))
        if written.upper() == level or written == plain(name) or written in filter(None, words):
            return level
    wrong("level", "roster_level", value=text, known="、".join(profile.levels.values()))
    return None


def _city(text: str, profile: Profile, wrong: Any) -> str:
    """The city whose line applies; where the province has exam areas 考区, the area's name."""
    written = plain(text)
    if not written:
        wrong("city", "roster_empty")
    if not written or not profile.areas:
        return written
    bare = re.sub(r"(考区|市)$", "", written)
    for area in profile.areas.values():
        if {written, bare} & {area.name, *area.other_names}:
            return area.name
    known = "、".join(area.name for area in profile.areas.values())
    wrong("city", "roster_area", value=text, known=known)
    return written


def _trade(text: str, level: str | None, context: Context, wrong: Any) -> tuple[str | None, str]:
    written = plain(text)
    if not written:
        wrong("trade", "roster_empty")
        return None, written
    if context.catalogue is None:
        return written, written
    found = context.catalogue.find(written, level or "")
    if found is None:
        similar = "、".join(context.catalogue.similar(written)) or "—"
        wrong("trade", "roster_trade", value=text, similar=similar)
        return None, written
    if not found.trade.active:
        wrong("trade", "roster_trade_inactive", value=text)
        return None, written
    return found.trade.name, written


def _kept_from(route: str | None, paid: bool, profile: Profile) -> str | None:
    """Why this person is given no seat, in the roster's words; None who sits (DOMAIN A10, D31)."""
    if route is not None and not profile.sits(route):
        return profile.routes[route].name
    return None if paid else "未缴费"


def _seating(
    cells: Mapping[str, str], kept_from: str | None, digits: int, wrong: Any
) -> tuple[str | None, str | None, int | None]:
    written = {field: plain(cells.get(field, "")) for field in ("ticket", "room", "seat")}
    if kept_from is not None:
        for field, value in written.items():
            if value:
                wrong(field, "roster_not_seated", route=kept_from)
        return None, None, None
    for field, value in written.items():
        if not value:
            wrong(field, "roster_empty")
    ticket = written["ticket"]
    if ticket and not (ticket.isascii() and ticket.isdigit() and len(ticket) == digits):
        wrong("ticket", "roster_ticket", digits=digits)
    seat = re.sub(r"^第|号?(机位|座位)?$|号$", "", written["seat"])
    if written["seat"] and not (seat.isascii() and seat.isdigit() and int(seat) > 0):
        wrong("seat", "roster_seat_number", value=cells.get("seat", ""))
        return ticket, written["room"], None
    return ticket, written["room"], int(seat) if seat else None


def _other(cells: Mapping[str, str], number: str | None, wrong: Any) -> dict[str, Any]:
    by_word = {"男": "M", "女": "F", "M": "M", "F": "F", "男性": "M", "女性": "F"}
    written = plain(cells.get("sex", "")).upper()
    sex = by_word.get(written) if written else (id_number.sex(number) if number else None)
    if sex is None and written:
        wrong("sex", "roster_sex", value=cells["sex"])
    elif number and sex != id_number.sex(number):
        wrong("sex", "roster_sex_differs")
    conditional = plain(cells.get("conditional", "")).lower()
    if conditional not in YES_WORDS | NO_WORDS:
        wrong("conditional", "roster_yes_no", value=cells["conditional"])
    paid = plain(cells.get("paid", "")).lower()
    if paid not in PAID_WORDS | UNPAID_WORDS:
        wrong("paid", "roster_paid", value=cells["paid"])
    needs = _needs(cells, wrong)
    return {
        "sex": sex,
        "needs": needs,
        "conditional": conditional in YES_WORDS,
        "paid": paid not in UNPAID_WORDS,
    }


def _needs(cells: Mapping[str, str], wrong: Any) -> Needs:
    factor = time_factor(plain(cells.get("time_factor", "")))
    if factor is None:
        wrong("time_factor", "roster_time_factor", value=cells["time_factor"])
    said = {}
    for field in ("large_print", "separate_room"):
        written = plain(cells.get(field, "")).lower()
        if written not in YES_WORDS | NO_WORDS:
            wrong(field, "roster_yes_no", value=cells[field])
        said[field] = written in YES_WORDS
    return Needs(time_factor=factor or "1", **said)
