"""Makes the demo centre, or finds the one that is there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from exam_server import keys as centre_keys
from exam_server.auth.actions import NEEDS_FACTOR, create_staff
from exam_server.auth.factor import give_factor
from exam_server.auth.identity import Role, Staff
from exam_server.bootstrap import open_centre
from exam_server.clock import SystemClock, china_day, utc
from exam_server.context import Centre
from exam_server.demo import plan
from exam_server.demo.plan import Demo, DemoRoom
from exam_server.demo.provinces import SHAANXI
from exam_server.desk.actions.exam import Mode, create_exam, plan_sitting
from exam_server.desk.actions.roster import import_roster
from exam_server.desk.actions.seating import sitting_names
from exam_server.desk.portrait import portrait
from exam_server.desk.roster import read_roster
from exam_server.desk.roster_file import write_roster
from exam_server.desk.synthetic import Kind, Place, synthetic_roster
from exam_server.errors import Refusal
from exam_server.room.actions.bell import make_ready
from exam_server.settings import Settings, write_private
from exam_server.storage.lock import only_writer
from exam_server.upkeep.certificates import create_authority
from exam_server.upkeep.preflight import preflight_package
from exam_server.vault.actions.packages import import_package, note_preflight, read_package
from question_bank.assembly.blueprint import parse_blueprint
from question_bank.bank import keys as authority_keys
from question_bank.bank.items import add_bank
from question_bank.bank.packing import pack_forms
from question_bank.bank.store import BankStore

STATE_FILE = "demo.json"
_TRUE_FALSE = 1  # Shaanxi's second room


class SeatedRoom(msgspec.Struct, frozen=True):
    """``people``: the robots' list, ticket and synthetic ID number of everyone in the room."""

    sitting_id: str
    exam_id: str
    people: list[dict[str, Any]]
    note: str = ""

    def __repr__(self) -> str:
        return f"SeatedRoom({self.sitting_id})"  # no ID number in a traceback


class DemoState(msgspec.Struct, frozen=True):
    """What a person (or ``--once``) needs to play the day; kept in ``demo.json``."""

    profile: str
    bell_code: str
    minutes: int | None
    rooms: list[SeatedRoom]

    @property
    def main(self) -> SeatedRoom:
        """The room the demo is about."""
        return self.rooms[0]

    @property
    def true_false(self) -> SeatedRoom:
        """Shaanxi's room of one subject with true/false items."""
        return self.rooms[_TRUE_FALSE]


def prepare(
    settings: Settings,
    *,
    candidates: int,
    minutes: int | None,
    seed: str,
    start_in_minutes: int,
    demo: Demo = SHAANXI,
    true_false_candidates: int = 10,
) -> DemoState:
    """The demo centre in ``settings.home``: made now, or as the last demo left it.

    Refusal ``demo_of_another_profile`` 409: what the last demo left there is another province's.
    """
    path = settings.home / STATE_FILE
    if path.exists():
        return _left_there(path, demo)
    settings.make_folders()
    sizes = {0: candidates, _TRUE_FALSE: true_false_candidates}
    with only_writer(settings.lock_path, settings.database_url), _steps() as step:
        step("密钥与证书 · keys and certificates")
        centre_keys.create(settings.keys)
        create_authority(settings.keys, demo.centre, utc(SystemClock().now()))
        centre = open_centre(settings)
        try:
            step("工作人员账号 · staff accounts")
            staff = accounts(centre, demo.accounts)
            step("题库导入、组卷、封装 · bank, assembly, sealing")
            bell_code = sealed_package(centre, settings, staff.actor, demo)
            start_ms = SystemClock().now().wall_ms + start_in_minutes * 60_000
            rooms = [
                seat_room(centre, staff, demo, room, sizes[place], minutes, seed, start_ms, step)
                for place, room in enumerate(demo.rooms)
            ]
        finally:
            centre.store.close()
    state = DemoState(demo.profile, bell_code, minutes, rooms)
    text = msgspec.json.format(msgspec.json.encode(state), indent=1)
    write_private(path, text)  # ID numbers and the bell code, if only a demo's
    return state


def _left_there(path: Path, demo: Demo) -> DemoState:
    state = msgspec.json.decode(path.read_bytes(), type=DemoState)
    if state.profile != demo.profile:
        raise Refusal(
            "demo_of_another_profile",
            409,
            {"home": str(path.parent), "there": state.profile, "asked": demo.profile},
        )
    return state


def accounts(centre: Centre, wanted: Sequence[plan.Account] = plan.ACCOUNTS) -> Staff:
    """The demo's accounts; the centre's administrator."""
    made = [
        centre.store.write(
            lambda tx, one=one: create_staff(  # type: ignore[misc]
                tx,
                login=one.login,
                name=one.name,
                role=Role(one.role),
                password=plan.PASSWORD,
                city=one.city,
            )
        )
        for one in wanted
    ]
    give_factors(centre, made)
    return next(one for one in made if one.role is Role.CENTRE_ADMIN)


def give_factors(centre: Centre, accounts: Sequence[Staff]) -> None:
    """Whoever needs a second factor has the demo's, whose codes ``kaochang demo --code`` tells."""
    fields = centre.keys.fields
    for one in accounts:
        if one.role in NEEDS_FACTOR:
            centre.store.write(
                lambda tx, one=one: give_factor(  # type: ignore[misc]
                    tx, staff_id=one.id, secret=plan.FACTOR_SECRET, fields=fields
                )
            )


def sealed_package(centre: Centre, settings: Settings, actor: str, demo: Demo) -> str:
    """As an authority elsewhere would: import, assemble, seal; then the centre takes it in.

    The bell code.
    """
    folder = settings.home / "authority"
    folder.mkdir(mode=0o700, exist_ok=True)
    store = BankStore.open(
        folder / "bank.sqlite3", authority_keys.create(folder / "keys"), create=True
    )
    now_ms = SystemClock().now().wall_ms
    for bank in demo.banks:
        add_bank(store, bank.items(), now_ms=now_ms, actor="demo")
    packed = pack_forms(
        store,
        parse_blueprint(demo.blueprint()),
        [centre.keys.hpke.public_key()],
        now_ms=now_ms,
        actor="demo",
    )
    file = folder / f"{packed.package_id}.kcp"
    file.write_bytes(packed.data)
    write_private(folder / "scoring.json", packed.scoring_file)
    package = read_package(file)
    report = preflight_package(package, centre.keys.hpke)
    centre.store.write(
        lambda tx: import_package(
            tx, package=package, file=packed.data, data=settings.data, actor=actor
        )
    )
    centre.store.write(lambda tx: note_preflight(tx, package_id=package.id, report=report))
    return packed.bell_code


def seat_room(
    centre: Centre,
    staff: Staff,
    demo: Demo,
    room: DemoRoom,
    candidates: int,
    minutes: int | None,
    seed: str,
    start_ms: int,
    step: Any,
) -> SeatedRoom:
    """An exam with one ready sitting."""
    step(f"考场 {room.number}：名册、照片、机位 · room {room.number}: roster, photos, seats")
    rules = demo.rules(room, minutes)
    rows = -(-(candidates + plan.SPARES) // plan.COLUMNS)
    seats = rows * plan.COLUMNS
    spare = range(seats - plan.SPARES + 1, seats + 1)
    free = tuple(range(1, seats - plan.SPARES + 1))
    store = centre.store
    mode: Mode = "trial" if rules.departures else "formal"
    exam_id = store.write(
        lambda tx: create_exam(tx, name=room.exam, year=2026, mode=mode, profile=rules, actor=staff)
    )
    sitting_id = store.write(
        lambda tx: plan_sitting(
            tx,
            exam_id=exam_id,
            name=sitting_names([start_ms])[0],
            centre=demo.centre,
            room=room.number,
            rows=rows,
            columns=plan.COLUMNS,
            planned_start_ms=start_ms,
            actor=staff,
            aisle_after=plan.AISLE_AFTER,
            spare=spare,
        )
    )
    people = synthetic_roster(
        candidates,
        places=[Place(room.number, free)],
        kinds=[Kind(room.trade, room.level, city) for city in room.cities],
        seed=f"{seed}/{room.number}",
        ticket_prefix=f"202606{room.number}",
    )
    file = write_roster(rules, people)  # through the file, as a real roster comes
    write_private(centre.settings.home / f"roster-{room.number}.xlsx", file)
    rows_read = read_roster(file, profile=rules, today=china_day(start_ms)).rows
    store.write(
        lambda tx: import_roster(
            tx,
            exam_id=exam_id,
            sitting_ids={room.number: sitting_id},
            rows=rows_read,
            fields=centre.keys.fields,
            actor=staff,
            photos=lambda row: portrait(row.id_number, row.sex),
        )
    )
    store.write(lambda tx: make_ready(tx, sitting_id=sitting_id, actor=staff.actor))
    robots = [_robot(row, number) for number, row in enumerate(people)]
    return SeatedRoom(sitting_id, exam_id, robots, room.note)


def _robot(row: Any, number: int) -> dict[str, Any]:
    return {
        "ticket": row.ticket,
        "id_number": row.id_number,
        "room": row.room,
        "seat": row.seat,
        # spread so that a distribution is to be seen: 0.45 … 0.9
        "skill": round(0.45 + 0.45 * ((number * 7) % 20) / 19, 3),
    }


class _steps:  # noqa: N801  used as a function
    """Shows each step as it begins."""

    def __enter__(self) -> Any:
        return lambda text: click.echo(f"  … {text}", err=True)

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            click.echo("  ✓ 演示考点已就绪 · the demo centre is ready", err=True)


def crib(settings: Settings) -> Path:
    """What well-prepared robots know: item id → letters, from the authority's own file."""
    keys = json.loads((settings.home / "authority" / "scoring.json").read_text("utf-8"))
    right = {
        item: entry["correct"] for form in keys.values() for item, entry in form["items"].items()
    }
    path = settings.home / "authority" / "crib.json"
    path.write_text(json.dumps(right), encoding="utf-8")
    return path
