"""The server was away: one ``outage`` fact for the whole sitting, credited in full (DESIGN §5)."""

from __future__ import annotations

from sqlalchemy import func, select

from exam_server.clock import Instant
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.tables import Sitting
from exam_server.room import journal
from exam_server.room.actions.control import stop_room
from exam_server.room.actions.people import profile_of, set_timing, timing_of
from exam_server.room.rules.lifecycle import AttemptState
from exam_server.room.tables import Attempt, Heartbeat, JournalEntry
from exam_server.storage.tx import Tx

_ONE_ROW = 1


def beat(tx: Tx) -> None:
    """Commit that the server lives now (every second; the sweep calls it)."""
    row = _heartbeat(tx)
    row.wall_ms, row.boot_ms, row.boot = tx.now.wall_ms, tx.now.boot_ms, tx.now.boot


def wake_up(tx: Tx) -> int:
    """At every start of the server, before anything else: credit the outage; the new epoch.

    Nobody's time ran while the server was away, whatever the clocks did meanwhile: time is
    what was spent until the last sign of life plus what runs from now.
    """
    row = _heartbeat(tx)
    _credit_all(tx, row)
    row.epoch += 1
    beat(tx)
    return row.epoch


def after_silence(tx: Tx) -> None:
    """The server lived but saved nothing, for a full disk or because its machine slept.

    Nobody could hand an answer over meanwhile: an outage like any other.
    """
    _credit_all(tx, _heartbeat(tx))
    beat(tx)


def reconnect_ms(tx: Tx) -> int:
    """How long terminals have to come back before anything expires: the longest of the profiles
    of the sittings that run; 0 when none does."""
    running = tx.session.scalars(select(Sitting).where(Sitting.state == SittingState.RUNNING.value))
    windows = (profile_of(tx, where).room.reconnect_window_seconds for where in running)
    return max(windows, default=0) * 1000


def _credit_all(tx: Tx, row: Heartbeat) -> None:
    for where in tx.session.scalars(
        select(Sitting).where(Sitting.state == SittingState.RUNNING.value).order_by(Sitting.id)
    ):
        _credit(tx, where, _last_alive(tx, where, row))


def forget_unsealed(tx: Tx) -> None:
    """Before the bell the secrets were in memory only: a restart asks for the code again."""
    for where in tx.session.scalars(
        select(Sitting).where(Sitting.state == SittingState.UNSEALED.value)
    ):
        where.state = SittingState.READY.value
        journal.append(tx, chain=where, kind="ready", actor="system")


def _credit(tx: Tx, where: Sitting, last_alive: Instant) -> None:
    same_boot = last_alive.boot == tx.now.boot
    gap_ms = (
        tx.now.boot_ms - last_alive.boot_ms if same_boot else tx.now.wall_ms - last_alive.wall_ms
    )
    gap_ms = max(0, gap_ms)  # a wall clock that was set back must not take time away
    running = list(
        tx.session.scalars(
            select(Attempt).where(
                Attempt.sitting_id == where.id,
                Attempt.state == AttemptState.IN_PROGRESS.value,
                Attempt.running_since_ms.is_not(None),
            )
        )
    )
    for found in running:
        set_timing(found, timing_of(found).credit_outage(last_alive, tx.now))
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
    row = tx.session.get(Heartbeat, _ONE_ROW)
    if row is None:
        row = Heartbeat(
            id=_ONE_ROW,
            wall_ms=tx.now.wall_ms,
            boot_ms=tx.now.boot_ms,
            boot=tx.now.boot,
            epoch=0,
        )
        tx.session.add(row)
    return row
