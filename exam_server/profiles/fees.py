"""What a person pays 收费标准: by level, and by the class of the trade (DOMAIN A12)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

import msgspec

from exam_server.profiles.model import Profile
from exam_server.profiles.office import ALL, Fee
from exam_server.profiles.trades import Trade


class FeeRow(msgspec.Struct, frozen=True):
    """One line of the table. ``trade``: None where every trade pays the same.

    ``parts``: fee id → yuan, in the profile's order; ``total``: what is due at registration;
    ``with_review``: that and what is due on entering the review.
    """

    trade: Trade | None
    level: str
    parts: Mapping[str, Decimal]
    total: Decimal
    with_review: Decimal


def fee_table(profile: Profile) -> list[FeeRow]:
    """The whole table: every active trade at every level, or one line a level.

    Levels from the lowest up, as the notices print them.
    """
    levels = sorted(profile.levels, reverse=True)
    if all(set(fee.yuan) == {ALL} for fee in profile.fees.values()):
        return [fee_row(profile, None, level) for level in levels]
    return [
        fee_row(profile, trade, level)
        for trade in profile.trades
        if trade.active
        for level in levels
    ]


def fee_row(profile: Profile, trade: Trade | None, level: str) -> FeeRow:
    """What ``trade`` costs at ``level``; a part that is not asked there is left out."""
    group = ALL if trade is None else trade.fee_class
    amounts = {name: _yuan(fee, group, level) for name, fee in profile.fees.items()}
    parts = {name: yuan for name, yuan in amounts.items() if yuan is not None}
    return FeeRow(
        trade=trade,
        level=level,
        parts=parts,
        total=_sum(profile, parts, "registration"),
        with_review=sum(parts.values(), Decimal(0)),
    )


def _yuan(fee: Fee, group: str, level: str) -> Decimal | None:
    by_level = fee.yuan.get(group, fee.yuan.get(ALL, {}))
    return Decimal(by_level[level]) if level in by_level else None


def _sum(profile: Profile, parts: Mapping[str, Decimal], due: Literal["registration"]) -> Decimal:
    return sum((yuan for name, yuan in parts.items() if profile.fees[name].due == due), Decimal(0))
