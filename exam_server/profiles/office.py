"""What an exam office needs of a province before and after the day: areas, fees, forms, notices.

Parts of a profile file, like those of :mod:`exam_server.profiles.model`. Amounts are decimal
strings in yuan; levels are canonical (``L3``).
"""

from __future__ import annotations

from typing import Literal

import msgspec

LEVELS = ("L1", "L2", "L3", "L4", "L5")  # DOMAIN A1; a lower number is a higher level
Office = Literal["province", "city"]
NORMAL = "normal"  # the route of who has none
ALL = "all"  # a fee that does not depend on the class of the trade


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of a profile file; an unknown field is an error, not a silent default."""


class Area(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An exam area 考区 (DOMAIN A17). ``other_names``: whose units register here too."""

    name: str
    other_names: tuple[str, ...] = ()


class Fee(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One part of what a person pays (DOMAIN A12).

    ``yuan``: class of the trade, or ``all`` for every trade → level → amount. ``due``: at
    registration, or only by those who enter the review 评审.
    """

    name: str
    name_en: str
    due: Literal["registration", "review"] = "registration"
    yuan: dict[str, dict[str, str]]


class Form(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A form or table that the notice prints (DOMAIN A13).

    ``annex``: its number there. ``made_by``: who fills it in. ``levels``, ``routes``: whom it
    is for, () = all. ``fields``: columns or boxes exactly as printed, a box inside a group as
    ``group：box``; () where the notice names the form only. ``declaration``: what the unit
    signs, ``{count}`` standing for the number of persons.
    """

    name: str
    annex: str = ""
    made_by: Literal["candidate", "unit", "office", "system"]
    levels: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    copies: int = 1
    fields: tuple[str, ...] = ()
    declaration: str = ""


class Notice(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A public notice 公示 and how many days it lasts (DOMAIN A6, D42).

    ``working_days``: whether these are working days, else calendar days. ``posted_by``: each unit
    on its own, each city's office, or the province once for all. ``about``: everybody, or who
    follows a special route: a unit without anybody of these puts nothing up.
    """

    name: str
    name_en: str = ""
    days: int
    working_days: bool
    posted_by: Literal["unit", "city", "province"] = "unit"
    about: Literal["everybody", "routes"] = "everybody"


class Publish(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who publishes what, and in which periods (DOMAIN A6, D9, D41, D42).

    ``authority``: who publishes the official scores of a level. ``working_days``: when they
    are due, counted from the end of the exam; None: no period is stated.
    ``review_fee_working_days``: from publication, who has not paid by then has given up.
    ``recommend_ratio``: how many a unit may put forward per vacancy, "1.2".
    ``validity``: whether a score lapses at the end of its year 当年有效.
    """

    authority: dict[str, Office] = {}
    working_days: int | None = None
    review_fee_working_days: int | None = None
    recheck: Literal["none", "facts_only"] = "none"
    recommend_ratio: str | None = None
    validity: Literal["not_limited", "calendar_year"] = "not_limited"
    notices: dict[str, Notice] = {}


class Registration(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a registration may lack, and what false data cost (DOMAIN A10, A16, D30, D37).

    ``conditional``: registrations without their last documents 容缺后补 are taken.
    ``false_data_ban_years``: 0 where the notice bars nobody.
    """

    conditional: bool = False
    false_data_ban_years: int = 0
