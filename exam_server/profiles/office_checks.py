"""What the office's part of a profile must satisfy: areas, fees, forms, notices, publication."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from exam_server.profiles.model import Profile
from exam_server.profiles.numbers import decimal_or_none
from exam_server.profiles.office import ALL
from exam_server.profiles.structure import Finding, finding


def office_findings(profile: Profile) -> list[Finding]:
    """Everything wrong with the office's part, in file order."""
    return [
        *_authorities(profile),
        *_areas(profile),
        *_publish(profile),
        *_fees(profile),
        *_forms(profile),
    ]


def _authorities(profile: Profile) -> Iterator[Finding]:
    """Whoever decides something is named, and every level has somebody who publishes."""
    for office in ("province", "city"):
        if not profile.authorities.get(office, "").strip():
            yield finding(f"authorities.{office}", "profile_missing")
    for level in profile.levels:
        if level not in profile.publish.authority:
            yield finding(f"publish.authority.{level}", "profile_missing")
    yield from _known_levels(profile, "publish.authority", profile.publish.authority)


def _areas(profile: Profile) -> Iterator[Finding]:
    names = [
        (place, name)
        for number, area in profile.areas.items()
        for place, name in (
            (f"areas.{number}.name", area.name),
            *((f"areas.{number}.other_names", other) for other in area.other_names),
        )
    ]
    times = Counter(name for _, name in names)
    for place, name in names:
        if not name.strip():
            yield finding(place, "profile_missing")
        elif times[name] > 1:
            yield finding(place, "profile_name_twice", name=name)


def _publish(profile: Profile) -> Iterator[Finding]:
    publish = profile.publish
    for field in ("working_days", "review_fee_working_days"):
        value = getattr(publish, field)
        if value is not None and value < 1:
            yield finding(f"publish.{field}", "profile_positive")
    ratio = publish.recommend_ratio
    if ratio is not None and (decimal_or_none(ratio) or 0) < 1:
        yield finding("publish.recommend_ratio", "profile_ratio", value=ratio)
    for notice, meaning in publish.notices.items():
        if meaning.days < 1:
            yield finding(f"publish.notices.{notice}.days", "profile_positive")
    if profile.registration.false_data_ban_years < 0:
        yield finding("registration.false_data_ban_years", "profile_positive")


def _fees(profile: Profile) -> Iterator[Finding]:
    """Every amount belongs to a level and to a class that trades have, and none is missing."""
    if not profile.fees:
        yield finding("fees", "profile_missing")
    classes = _classes(profile)
    for part, fee in profile.fees.items():
        for group, amounts in fee.yuan.items():
            place = f"fees.{part}.yuan.{group}"
            if group not in (ALL, *classes):
                known = " ".join((ALL, *classes))
                yield finding(place, "profile_fee_class", value=group, known=known)
            yield from _known_levels(profile, place, amounts)
            for level, yuan in amounts.items():
                amount = decimal_or_none(yuan)
                if amount is None or amount < 0:
                    yield finding(f"{place}.{level}", "profile_decimal", value=yuan)
        if ALL not in fee.yuan:
            for missing in sorted(set(classes) - set(fee.yuan)):
                yield finding(f"fees.{part}.yuan.{missing}", "profile_missing")


def _classes(profile: Profile) -> tuple[str, ...]:
    found = {trade.fee_class for trade in profile.trades if trade.active}
    return tuple(sorted(found - {""}))


def _forms(profile: Profile) -> Iterator[Finding]:
    for name, form in profile.forms.items():
        yield from _known_levels(profile, f"forms.{name}.levels", form.levels)
        for route in form.routes:
            if route not in profile.routes:
                known = " ".join(profile.routes) or "—"
                yield finding(f"forms.{name}.routes", "profile_route", value=route, known=known)
        if form.copies < 1:
            yield finding(f"forms.{name}.copies", "profile_positive")
        for field, times in Counter(form.fields).items():
            if times > 1:
                yield finding(f"forms.{name}.fields", "profile_name_twice", name=field)


def _known_levels(profile: Profile, place: str, levels: object) -> Iterator[Finding]:
    for level in levels if isinstance(levels, dict | tuple) else ():
        if level not in profile.levels:
            yield finding(f"{place}.{level}", "profile_level_unknown", level=level)
