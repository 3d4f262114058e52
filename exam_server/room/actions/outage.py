"""The server was away: one ``outage`` fact for the whole sitting, credited in full (DESIGN §5)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Table, func, select

from exam_server.clock import Instant
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.tables import Sitting
from exam_server.room import journal
from exam_server.room.actions.control import stop_room
from exam_server.room.actions.people import in_progress, profile_of, set_timings, timing_of
from exam_server.room.rules.company import Company, company_of
from exam_server.room.tables import Heartbeat, JournalEntry
from exam_server.storage.base import Base
from exam_server.storage.life import ensure_rows, serving, stand_for
from exam_server.storage.tx import Tx

_ONE_ROW = 1
_HEARTBEAT: Table = Base.metadata.tables[Heartbeat.__tablename__]


@dataclass(frozen=True, slots=True)
class Standing:
    """What every process knows of the others' doings since its last second.

    ``beat_ms``: boot clock of the last sign of life of any of them. ``epoch``, ``hold_until_ms``
    and ``hold_ms`` as in the heartbeat.
    """

    epoch: int
    beat_ms: int
    hold_until_ms: int
    hold_ms: int


def beat(tx: Tx) -> Standing:
    """Commit that a process lives now (every second; each calls it)."""
    row = _heartbeat(tx)
    _beat(tx, row)
    return _standing(row)


def company(tx: Tx, *, process: int, seen_ms: int | None = None) -> tuple[Company, int]:
    """Whether other processes serve while this one does not yet; their last sign of life.

    ``seen_ms``: the one this process saw when it looked before.
    """
    row = _heartbeat(tx)
    silent_ms = tx.now.boot_ms - row.boot_ms
    moved = seen_ms is not None and row.boot_ms != seen_ms
    return company_of(bool(serving(tx.session) - {process}), silent_ms, moved), row.boot_ms


def wake_up(tx: Tx, *, process: int, seen_ms: int | None = None) -> Standing:
    """At the start of a process, before anything else: credit the outage, count the epoch.

    Nobody's time ran while the server was away, whatever the clocks did meanwhile: time is
    what was spent until the last sign of life plus what runs from now. While another process
    serves there is no outage, and this one joins.
    """
    if company(tx, process=process, seen_ms=seen_ms)[0] is Company.ALONE:
        row = _heartbeat(tx)
        row.epoch += 1
        _return(tx, row)
    stand_for(tx.session, process)
    return _standing(_heartbeat(tx))


def after_silence(tx: Tx, *, process: int) -> Standing:
    """This process lived but saved nothing: for a full disk, or its machine slept, or its
    database was away. If no other saved either, it is an outage like any other.
    """
    if company(tx, process=process)[0] is Company.ALONE:
        _return(tx, _heartbeat(tx))
    stand_for(tx.session, process)
    return _standing(_heartbeat(tx))


def settled(tx: Tx) -> bool:
    """Whether the terminals have had their time to come back after the last outage."""
    return _heartbeat(tx).hold_until_ms <= tx.now.boot_ms


def _return(tx: Tx, row: Heartbeat) -> None:
    _credit_all(tx, row)
    row.hold_ms = _reconnect_ms(tx)
    row.hold_until_ms = tx.now.boot_ms + row.hold_ms
    _beat(tx, row)


def _beat(tx: Tx, row: Heartbeat) -> None:
    row.wall_ms, row.boot_ms, row.boot = tx.now.wall_ms, tx.now.boot_ms, tx.now.boot


def _standing(row: Heartbeat) -> Standing:
    return Standing(row.epoch, row.boot_ms, row.hold_until_ms, row.hold_ms)


def _reconnect_ms(tx: Tx) -> int:
    """How long terminals have to come back before anything expires: the longest of the profiles
    of the sittings that run; 0 when none does."""
    running = tx.session.scalars(select(Sitting).where(Sitting.state == SittingState.RUNNING.value))
    windows = (profile_of(tx, where).room.reconnect_window_seconds for where in running)
    return max(windows, default=0) * 1000


def _credit_all(tx: Tx, row: Heartbeat) -> None:
    running = select(Sitting).where(Sitting.state == SittingState.RUNNING.value)
    for where in tx.lock(running.order_by(Sitting.id)):
        _credit(tx, where, _last_alive(tx, where, row))


def forget_unsealed(tx: Tx) -> None:
    """Before the bell the secrets were in memory only: a restart asks for the code again."""
    unsealed = select(Sitting).where(Sitting.state == SittingState.UNSEALED.value)
    for where in tx.lock(unsealed.order_by(Sitting.id)):
        where.state = SittingState.READY.value
        journal.append(tx, chain=where, kind="ready", actor="system")


def _credit(tx: Tx, where: Sitting, last_alive: Instant) -> None:
    found = in_progress(tx, where.id)  # first: what follows is one moment
    same_boot = last_alive.boot == tx.now.boot
    gap_ms = (
        tx.now.boot_ms - last_alive.boot_ms if same_boot else tx.now.wall_ms - last_alive.wall_ms
    )
    gap_ms = max(0, gap_ms)  # a wall clock that was set back must not take time away
    set_timings(tx, [(one, timing_of(one).credit_outage(last_alive, tx.now)) for one in found])
    _move_bell(where, last_alive, tx.now)
    data = {
        "from_at": last_alive.wall_ms,
        "to_at": tx.now.wall_ms,
        "from_clock": last_alive.boot_ms,
        "to_clock": tx.now.boot_ms,
        "ms": gap_ms,
        "boots": "same" if same_boot else "changed",
    }
    journal.append(tx, chain=where, kind="outage", actor="system", data=data)
    _hold_if_long(tx, where, gap_ms)


def _move_bell(where: Sitting, last_alive: Instant, now: Instant) -> None:
    """Put the bell on this boot's clock, so far back as the room has run since it."""
    if where.bell_boot_ms is None:
        return
    stood_at = where.paused_boot_ms if where.paused_boot_ms is not None else last_alive.boot_ms
    ran_ms = max(0, stood_at - where.bell_boot_ms - where.stopped_ms)
    where.bell_boot_ms, where.boot, where.stopped_ms = now.boot_ms - ran_ms, now.boot, 0
    if where.paused_boot_ms is not None:
        where.paused_boot_ms = now.boot_ms


def _hold_if_long(tx: Tx, where: Sitting, gap_ms: int) -> None:
    """Above the profile's cap a person decides: the room stays paused until it is resumed."""
    cap_ms = profile_of(tx, where).room.outage_cap_minutes * 60_000
    if gap_ms > cap_ms and where.paused_boot_ms is None:
        stop_room(tx, where)
        journal.append(
            tx, chain=where, kind="paused", actor="system", data={"reason": "outage_over_cap"}
        )


def _last_alive(tx: Tx, where: Sitting, row: Heartbeat) -> Instant:
    """The later of the last heartbeat and the sitting's last committed entry."""
    latest = tx.session.execute(
        select(func.max(JournalEntry.boot_ms), func.max(JournalEntry.at_ms)).where(
            JournalEntry.sitting_id == where.id, JournalEntry.boot == row.boot
        )
    ).one()
    return Instant(max(row.wall_ms, latest[1] or 0), max(row.boot_ms, latest[0] or 0), row.boot)


def _heartbeat(tx: Tx) -> Heartbeat:
    wanted = select(Heartbeat).where(Heartbeat.id == _ONE_ROW)
    found = tx.lock(wanted)
    if not found:
        now = tx.now
        first = {"id": _ONE_ROW, "wall_ms": now.wall_ms, "boot_ms": now.boot_ms, "boot": now.boot}
        first |= {"epoch": 0, "hold_until_ms": 0, "hold_ms": 0}
        ensure_rows(tx.session, _HEARTBEAT, [first])
        found = tx.lock(wanted)
    return found[0]
