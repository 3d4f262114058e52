"""What a person should look at in a plan: it keeps nobody from fixing it (pure; DOMAIN D7).

Each remark has the shape of a refusal's row: ``row`` is the batch, counted from 1, ``column``
the room, or a dash for the whole batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from exam_server.desk.rules.batches import Seeker
from exam_server.desk.rules.floor import Floor
from exam_server.desk.rules.placement import Place
from exam_server.desk.rules.seats import same_trade
from exam_server.profiles.model import Profile

Remark = dict[str, object]
Room = Mapping[int, tuple[Seeker, int]]  # seat → person and form


def span_minutes(profile: Profile, factor: Decimal = Decimal(1)) -> int:
    """From the bell to the end of the block's last subject, for who takes all the time there is."""
    limits = sum(subject.minutes for _, _, subject in profile.ordered) * factor
    waits = profile.block.auto_start_seconds * (len(profile.block.order) - 1)
    return -(-int(limits * 60 + waits) // 60)


def time_remarks(starts: Sequence[datetime], profile: Profile, factor: Decimal) -> Iterator[Remark]:
    """Batches that take longer than the block may, or do not end in the half-day they begin in.

    ``starts``: in China's time.
    """
    minutes = span_minutes(profile, factor)
    most = profile.block.max_span_minutes
    for number, start in enumerate(starts, start=1):
        end = start + timedelta(minutes=minutes)
        if minutes > most:
            facts: dict[str, object] = {"minutes": minutes, "most": most}
            yield _remark(number, "placement_long", **facts)
        if _half_day(start) != _half_day(end - timedelta(seconds=1)):
            yield _remark(number, "placement_half_day", start=f"{start:%H:%M}", end=f"{end:%H:%M}")


def split_remarks(placed: Iterable[tuple[Seeker, Place]]) -> Iterator[Remark]:
    """Trades and levels that are divided over batches: each batch needs a form of its own."""
    batches: dict[tuple[str, str], set[int]] = {}
    for person, place in placed:
        batches.setdefault((person.trade, person.level), set()).add(place.batch)
    for (trade, level), where in sorted(batches.items()):
        if len(where) > 1:
            count = len(where)
            yield _remark(
                min(where) + 1, "placement_divided", trade=trade, level=level, count=count
            )


def room_remarks(batch: int, floor: Floor, room: Room) -> Iterator[Remark]:
    """Wishes that do not hold in one room. ``batch``: counted from 1."""
    seated = {seat: person for seat, (person, _) in room.items()}
    pairs = sum(same_trade(seated, floor, seat) for seat in seated) // 2
    if pairs:
        yield _remark(batch, "placement_same_trade", floor.room, count=pairs)
    alike = sorted(
        (seat, beside)
        for seat, (person, form) in room.items()
        for beside in floor.neighbours(seat)
        if seat < beside and beside in room
        if room[beside][0].trade == person.trade and room[beside][1] == form
    )
    if alike:
        seats = "、".join(f"{one}–{other}" for one, other in alike)
        yield _remark(batch, "placement_same_form", floor.room, seats=seats)
    used = [seat for seat in sorted(seated) if seat in floor.spare]
    if used:
        seats = "、".join(map(str, used))
        yield _remark(batch, "placement_spare_used", floor.room, seats=seats)
    wrong = [seat for seat, person in sorted(seated.items()) if person.apart != floor.apart]
    if wrong:
        seats = "、".join(map(str, wrong))
        yield _remark(batch, "placement_apart", floor.room, seats=seats)


def _half_day(moment: datetime) -> tuple[int, bool]:
    return moment.toordinal(), moment.hour < 12


def _remark(batch: int, code: str, room: str = "—", /, **facts: object) -> Remark:
    return {"row": batch, "column": room, "code": code, "facts": facts}
