"""The tables that notices print (DOMAIN A13), as rosters: which one it is, and what its boxes say.

A province's forms are data of its profile; their columns are known by the words printed there.
A form may say in one box what others say in two (申报工种及等级), or imply what it is for: annex 7
lists who is near retirement, whether or not a column says so.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from exam_server.desk.rules.roster_text import plain
from exam_server.profiles.model import Profile
from exam_server.profiles.office import Form

_ENOUGH = 0.6  # of a form's boxes; photographs, opinions and curricula are in no table
_NOT_IN_TABLES = re.compile(r"照片|意见|盖章|简历|经历|序号")
EXCEPTIONAL = ("exceptional_promotion", "exceptional_application")
_YES = frozenset({"是", "有", "√", "✓"})


@dataclass(frozen=True, slots=True)
class Printed:
    """A form of the profile that a header is. ``boxes``: comparable label → as printed."""

    id: str
    form: Form
    boxes: Mapping[str, str]


def comparable(text: str) -> str:
    """Words of a header cell without blanks, remarks in brackets and English."""
    bare = re.sub(r"\(.*?\)", "", plain_but_spaces(text))
    bare = re.sub(r"[A-Za-z][A-Za-z .'/-]*$", "", bare.strip())
    return re.sub(r"[\s*::]+", "", bare)


def plain_but_spaces(text: str) -> str:
    """Full-width letters and brackets as ASCII; blanks stay, which part words of English."""
    return " ".join(plain(word) for word in text.split())


def form_of(labels: Collection[str], profile: Profile) -> Printed | None:
    """The profile's form whose boxes these labels are, None for a table of nobody's making."""
    found: list[tuple[float, Printed]] = []
    for ident, form in profile.forms.items():
        boxes = {comparable(box): box for box in form.fields if not _NOT_IN_TABLES.search(box)}
        if boxes and {"姓名"} <= boxes.keys():
            share = len(boxes.keys() & set(labels)) / len(boxes)
            found.append((share, Printed(ident, form, boxes)))
    share, best = max(found, key=lambda one: (one[0], len(one[1].boxes)), default=(0.0, None))
    return best if share >= _ENOUGH else None


def expanded(cells: Mapping[str, str], printed: Printed | None, profile: Profile) -> dict[str, str]:
    """The cells, with what boxes of two meanings and the form itself say filled in.

    What a column of its own says is never replaced.
    """
    found = dict(cells)

    def fill(field: str, value: str) -> None:
        if value and not found.get(field):
            found[field] = value

    trade, level = split_level(cells.get("trade_and_level", ""), profile)
    fill("trade", trade)
    fill("level", level)
    trade, level = split_level(cells.get("certificate", ""), profile)
    fill("certificate_trade", trade)
    fill("certificate_level", level)
    promoted, applied = cells.get("promoted_to", ""), cells.get("applied_for", "")
    if plain(promoted) or plain(applied):
        fill("level", promoted or applied)
        fill("trade", found.get("certificate_trade", ""))
        fill("route", EXCEPTIONAL[0] if plain(promoted) else EXCEPTIONAL[1])
    if plain(cells.get("exceptional", "")) in _YES:
        fill("route", EXCEPTIONAL[1])
    if printed is not None and len(printed.form.routes) == 1:
        fill("route", printed.form.routes[0])
    if len(profile.levels) == 1:
        fill("level", next(iter(profile.levels)))
    return found


def split_level(text: str, profile: Profile) -> tuple[str, str]:
    """``汽车驾驶员 高级工`` → trade and level as they are written; no level: ("…", "")."""
    written = plain(text)
    words = sorted(
        {
            word
            for name in profile.levels.values()
            for word in re.split(r"[()]", plain(name))
            if word
        },
        key=len,
        reverse=True,
    )
    for word in words:
        for pattern in (rf"^(?P<rest>.+?)[、,/(]*{word}\)?$", rf"^{word}[、,/]*(?P<rest>.+)$"):
            match = re.match(pattern, written)
            if match:
                return match["rest"].rstrip("("), word
    return written, ""
