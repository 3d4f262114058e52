"""What one person owes 应缴费用: by the profile's table, their trade, level and route (pure).

Who follows a route without an exam pays nothing (DOMAIN A10). What is paid stays paid, also by who
withdraws (no refund); who withdraws unpaid owes nothing. The review's fee falls due later.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from exam_server.desk.rules.changes import Registration
from exam_server.profiles.fees import fee_row
from exam_server.profiles.model import Profile
from exam_server.profiles.trades import Trade

ZERO = Decimal(0)


class Due(msgspec.Struct, frozen=True):
    """``parts``: fee id → yuan of what is due at registration. ``review``: what would be due on
    entering the review."""

    parts: Mapping[str, Decimal]
    due: Decimal
    paid: Decimal
    owed: Decimal
    review: Decimal


NOTHING = Due({}, ZERO, ZERO, ZERO, ZERO)


def due_of(
    profile: Profile, trade: Trade | None, *, level: str, route: str, paid: bool, registration: str
) -> Due:
    """``trade``: of the catalogue; None where the profile has none, or does not know it."""
    if not profile.sits(route):
        return NOTHING
    row = fee_row(profile, trade, level)
    if not paid and registration != Registration.IN_FORCE:
        return NOTHING
    parts = {name: yuan for name, yuan in row.parts.items() if _now(profile, name)}
    received = row.total if paid else ZERO
    return Due(parts, row.total, received, row.total - received, row.with_review - row.total)


def _now(profile: Profile, name: str) -> bool:
    return profile.fees[name].due == "registration"
