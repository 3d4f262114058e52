"""From how a registration should stand to the changes that bring it there (pure).

What stands so already is no change: the same update given twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from exam_server.desk.rules.changes import Change, Registration
from exam_server.desk.rules.needs import Needs
from exam_server.profiles.model import Profile

Condition = Literal["cleared", "failed"]


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """How a registration should stand; None: as it stands. ``condition``: what became of a
    conditional registration 容缺后补."""

    registration: Registration | None = None
    condition: Condition | None = None
    paid: bool | None = None
    route: str | None = None
    name: str | None = None
    needs: Needs | None = None


class Stands(msgspec.Struct, frozen=True, kw_only=True):
    """How it stands now."""

    registration: Registration
    conditional: bool
    paid: bool
    route: str
    name: str
    needs: Needs


class Step(msgspec.Struct, frozen=True):
    """One change: fields of ``Candidate`` and their new values; ``told``: the same from and to,
    for the record."""

    change: Change
    values: Mapping[str, Any]
    told: Mapping[str, Any]


def steps(wish: Wish, now: Stands, profile: Profile) -> list[Step]:
    """The changes that bring ``now`` to what is wished, in the order they are made."""
    found = [*_registration(wish, now), *_payment(wish, now)]
    if wish.route is not None and wish.route != now.route:
        change = Change.ROUTE_SITS if profile.sits(wish.route) else Change.ROUTE_LEAVES
        found.append(_step(change, "route", now.route, wish.route))
    if wish.name is not None and wish.name != now.name:
        found.append(_step(Change.NAME, "name", now.name, wish.name))
    if wish.needs is not None and wish.needs != now.needs:
        values = {"needs": wish.needs.stored}
        told = {"from": now.needs.stored, "to": wish.needs.stored}
        found.append(Step(Change.NEEDS, values, told))
    return found


def _registration(wish: Wish, now: Stands) -> list[Step]:
    wanted = wish.registration
    if wish.condition is not None:
        wanted = Registration.DISQUALIFIED if wish.condition == "failed" else _cleared_to(wish, now)
    found = []
    if wanted is not None and wanted != now.registration:
        change = {
            Registration.IN_FORCE: Change.REINSTATED,
            Registration.WITHDRAWN: Change.WITHDRAWN,
            Registration.DISQUALIFIED: Change.DISQUALIFIED,
        }[wanted]
        found.append(_step(change, "registration", now.registration.value, wanted.value))
    if wish.condition == "cleared" and now.conditional:
        found.append(_step(Change.CONDITION_CLEARED, "conditional", True, False))
    return found


def _cleared_to(wish: Wish, now: Stands) -> Registration | None:
    """Who was disqualified for want of documents that are in now is reinstated by them."""
    if wish.registration is None and now.registration is Registration.DISQUALIFIED:
        return Registration.IN_FORCE if now.conditional else None
    return wish.registration


def _payment(wish: Wish, now: Stands) -> list[Step]:
    if wish.paid is None or wish.paid == now.paid:
        return []
    return [_step(Change.PAID if wish.paid else Change.PAYMENT_LOST, "paid", now.paid, wish.paid)]


def _step(change: Change, field: str, before: object, after: object) -> Step:
    return Step(change, {field: after}, {"from": before, "to": after})
