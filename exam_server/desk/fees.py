"""Fees 费用 of a whole exam: who owes what, by city, unit and person. ID numbers masked."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.desk.rules.fees_due import ZERO, due_of
from exam_server.desk.tables import Candidate
from exam_server.profiles.fees import fee_table
from exam_server.profiles.profile import Profile
from exam_server.profiles.trades import Trade


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the fee: its id, and its name in both languages. ``later``: due on entering the
    review."""

    id: str
    name: str
    name_en: str
    later: bool


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the profile's table. ``trade``: "" where every trade pays the same. ``yuan``: in
    the order of the parts, "" where one is not asked."""

    trade: str
    fee_class: str
    level: str
    yuan: tuple[str, ...]
    total: str


class Payer(msgspec.Struct, frozen=True, kw_only=True):
    """One person. Amounts in yuan; ``parts``: in the order of the parts due at registration."""

    name: str
    id_masked: str
    city: str
    unit: str
    trade: str
    level: str
    parts: tuple[Decimal, ...]
    due: Decimal
    paid: Decimal
    owed: Decimal


class Total(msgspec.Struct, frozen=True, kw_only=True):
    """Of a unit, of a city (``unit`` ""), or of all (both ""). ``owing``: people who owe."""

    city: str
    unit: str
    people: int
    owing: int
    due: Decimal
    paid: Decimal
    owed: Decimal


class Fees(msgspec.Struct, frozen=True, kw_only=True):
    """A whole exam's. ``unknown``: people whose trade the catalogue does not know, so that what
    depends on its class is not in their sum."""

    parts: list[Part]
    rates: list[Rate]
    everybody: Total
    cities: list[Total]
    units: list[Total]
    payers: list[Payer]
    unknown: int


def fees(session: Session, profile: Profile, exam_id: str) -> Fees:
    """Who owes what, by city and unit; people in the order of the register."""
    known = {trade.name: trade for trade in profile.trades}
    parts = [
        Part(id=ident, name=fee.name, name_en=fee.name_en, later=fee.due == "review")
        for ident, fee in profile.fees.items()
    ]
    now = [part.id for part in parts if not part.later]
    rows = session.scalars(
        select(Candidate)
        .where(Candidate.exam_id == exam_id)
        .order_by(Candidate.city, Candidate.unit, Candidate.name, Candidate.id)
    ).all()
    payers = [_payer(person, profile, known.get(person.trade), now) for person in rows]
    unknown = sum(bool(known) and person.trade not in known for person in rows)
    return Fees(
        parts=parts,
        rates=_rates(profile),
        everybody=_total("", "", payers),
        cities=[_total(city, "", group) for (city, _), group in _grouped(payers, by_unit=False)],
        units=[_total(city, unit, group) for (city, unit), group in _grouped(payers, by_unit=True)],
        payers=payers,
        unknown=unknown,
    )


def yuan(amount: Decimal) -> str:
    """``150`` and ``0.5``: exact, without an exponent or needless zeros."""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _payer(person: Candidate, profile: Profile, trade: Trade | None, now: list[str]) -> Payer:
    due = due_of(
        profile,
        trade,
        level=person.level,
        route=person.route,
        paid=person.paid,
        registration=person.registration,
    )
    return Payer(
        name=person.name,
        id_masked=person.id_masked,
        city=person.city,
        unit=person.unit,
        trade=person.trade,
        level=profile.level_name(person.level),
        parts=tuple(due.parts.get(name, ZERO) for name in now),
        due=due.due,
        paid=due.paid,
        owed=due.owed,
    )


def _grouped(
    payers: Iterable[Payer], *, by_unit: bool
) -> list[tuple[tuple[str, str], list[Payer]]]:
    groups: dict[tuple[str, str], list[Payer]] = {}
    for payer in payers:
        groups.setdefault((payer.city, payer.unit if by_unit else ""), []).append(payer)
    return sorted(groups.items())


def _total(city: str, unit: str, payers: list[Payer]) -> Total:
    return Total(
        city=city,
        unit=unit,
        people=len(payers),
        owing=sum(payer.owed > 0 for payer in payers),
        due=sum((payer.due for payer in payers), ZERO),
        paid=sum((payer.paid for payer in payers), ZERO),
        owed=sum((payer.owed for payer in payers), ZERO),
    )


def _rates(profile: Profile) -> list[Rate]:
    """One line a class and level where the class decides, not one a trade."""
    found: dict[tuple[str, str], Rate] = {}
    for row in fee_table(profile):
        fee_class = row.trade.fee_class if row.trade is not None else ""
        amounts = [row.parts.get(name) for name in profile.fees]
        found.setdefault(
            (fee_class, row.level),
            Rate(
                trade="" if row.trade is None else row.trade.name,
                fee_class=fee_class,
                level=profile.level_name(row.level),
                yuan=tuple("" if one is None else yuan(one) for one in amounts),
                total=yuan(row.total),
            ),
        )
    return [found[key] for key in sorted(found, key=lambda key: (key[0], -int(key[1][1:])))]
