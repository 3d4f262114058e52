"""Who may be examined at a level 申报条件 (DOMAIN A9): what a roster's columns can show.

Parts of a profile file. A roster is never refused over them: review is the office's work, and
the program warns with the clause. Years are full years up to ``counted_to``.
"""

from __future__ import annotations

from typing import Literal

from exam_server.profiles.office import Part

Sex = Literal["M", "F"]


class Requirement(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What must all hold together.

    ``service_years``: at least so many since 参加工作时间; ``service_years_below``: fewer.
    ``certificate``: this level is held, or a higher one; ``certificate_years``: at least so
    many since 取证时间; ``same_trade``: in the trade applied for. ``education``: 学历 holds one
    of these words. ``age``: at least, by sex. ``appraisal``: 考核结果 at least 合格. ``born``: by
    sex the first and the last birth date, ISO.
    """

    service_years: int | None = None
    service_years_below: int | None = None
    certificate: str | None = None
    certificate_years: int | None = None
    same_trade: bool = False
    education: tuple[str, ...] = ()
    age: dict[Sex, int] = {}
    appraisal: bool = False
    born: dict[Sex, tuple[str, ...]] = {}


class Condition(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A condition for some levels: one of ``any_of`` must hold.

    ``routes``: whom it is for, ``normal`` being those without a special route. ``clause``:
    what a person is told, close to the notice.
    """

    levels: tuple[str, ...]
    routes: tuple[str, ...] = ("normal",)
    any_of: tuple[Requirement, ...]
    clause: str
    clause_en: str


class Eligibility(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``counted_to``: the month and day of the exam's year up to which years count."""

    counted_to: str = "12-31"
    conditions: tuple[Condition, ...] = ()
