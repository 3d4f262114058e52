"""Makes the demo centre, or finds the one that is there."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import click

from exam_server import keys as centre_keys
from exam_server.auth.actions import NEEDS_FACTOR, create_staff
from exam_server.auth.factor import give_factor
from exam_server.auth.identity import Role, Staff
from exam_server.bootstrap import open_centre
from exam_server.clock import SystemClock, utc
from exam_server.context import Centre
from exam_server.demo import plan
from exam_server.desk.actions.exam import Mode, create_exam, plan_sitting
from exam_server.desk.actions.roster import import_roster
from exam_server.desk.portrait import portrait
from exam_server.desk.roster import read_roster
from exam_server.desk.roster_file import write_roster
from exam_server.desk.synthetic import Kind, Place, synthetic_roster
from exam_server.profiles.profile import Profile, builtins_of, load
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
from question_bank.formats.reading import read_bank

STATE_FILE = "demo.json"


@dataclass(frozen=True, slots=True)
class DemoState:
    """What a person (or ``--once``) needs to play the day; kept in ``demo.json``.

    ``people``: the robots' list, ticket and synthetic ID number of everyone in room 02.
    """

    sitting_id: str
    true_false_sitting_id: str
    exam_id: str
    bell_code: str
    minutes: int | None
    people: list[dict[str, Any]] = field(repr=False)
    true_false_people: list[dict[str, Any]] = field(repr=False)


def prepare(
    settings: Settings,
    *,
    candidates: int,
    minutes: int | None,
    seed: str,
    start_in_minutes: int,
    true_false_candidates: int = 10,
) -> DemoState:
    """The demo centre in ``settings.home``: made now, or as the last demo left it."""
    path = settings.home / STATE_FILE
    if path.exists():
        return DemoState(**json.loads(path.read_text(encoding="utf-8")))
    settings.make_folders()
    with only_writer(settings.lock_path, settings.database_url), _steps() as step:
        step("密钥与证书 · keys and certificates")
        centre_keys.create(settings.keys)
        create_authority(settings.keys, plan.CENTRE, utc(SystemClock().now()))
        centre = open_centre(settings)
        try:
            sizes = _Sizes(candidates, true_false_candidates)
            state = _make(centre, settings, sizes, minutes, seed, start_in_minutes, step)
        finally:
            centre.store.close()
    text = json.dumps(state_dict(state), ensure_ascii=False, indent=1)
    write_private(path, text.encode())  # ID numbers and the bell code, if only a demo's
    return state


def state_dict(state: DemoState) -> dict[str, Any]:
    """As JSON."""
    return {name: getattr(state, name) for name in DemoState.__dataclass_fields__}


class _Sizes(NamedTuple):
    main: int
    true_false: int


def _make(
    centre: Centre,
    settings: Settings,
    sizes: _Sizes,
    minutes: int | None,
    seed: str,
    start_in_minutes: int,
    step: Any,
) -> DemoState:
    step("工作人员账号 · staff accounts")
    staff = accounts(centre)
    step("题库导入、组卷、封装 · bank, assembly, sealing")
    bell_code = sealed_package(centre, settings, staff.actor)
    begin = utc(SystemClock().now()).astimezone()
    begin += dt.timedelta(minutes=start_in_minutes)
    exam_id, main_id, people = seat_room(
        centre,
        staff,
        DemoRoom("02", plan.EXAM, "汽车驾驶员", sizes.main, main_rules(minutes)),
        seed,
        begin,
        step,
    )
    _, other_id, others = seat_room(
        centre,
        staff,
        DemoRoom(
            "03",
            plan.TRUE_FALSE_EXAM,
            "计算机系统操作工",
            sizes.true_false,
            true_false_rules(minutes),
        ),
        seed,
        begin,
        step,
    )
    return DemoState(main_id, other_id, exam_id, bell_code, minutes, people, others)


def main_rules(minutes: int | None) -> Profile:
    """Shaanxi as noticed, or with a shortened limit that every page shows as such."""
    values = {f"subjects.{subject}.minutes": minutes for subject in ("ethics", "theory") if minutes}
    return load(plan.PROFILE, values)


def true_false_rules(minutes: int | None) -> Profile:
    """One subject with true/false items: a trial that departs from the notice, and says so."""
    theory = builtins_of(load(plan.PROFILE))["subjects"]["theory"]
    theory = {**theory, "sections": list(plan.TRUE_FALSE_SECTIONS)}
    if minutes:
        theory["minutes"] = minutes
    return load(plan.PROFILE, {"block.order": ["theory"], "subjects": {"theory": theory}})


@dataclass(frozen=True, slots=True)
class DemoRoom:
    """One room of the demo: who sits there, and what they are examined in.

    ``number``: two digits. ``exam``: the name of an exam of its own.
    """

    number: str
    exam: str
    trade: str
    candidates: int
    rules: Profile


def accounts(centre: Centre) -> Staff:
    """Every demo account; the centre's administrator."""
    made = [
        centre.store.write(
            lambda tx, one=one: create_staff(  # type: ignore[misc]
                tx, login=one.login, name=one.name, role=Role(one.role), password=plan.PASSWORD
            )
        )
        for one in plan.ACCOUNTS
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


def sealed_package(centre: Centre, settings: Settings, actor: str) -> str:
    """As an authority elsewhere would: import, assemble, seal; then the centre takes it in.

    The bell code.
    """
    folder = settings.home / "authority"
    folder.mkdir(mode=0o700, exist_ok=True)
    store = BankStore.open(
        folder / "bank.sqlite3", authority_keys.create(folder / "keys"), create=True
    )
    now_ms = SystemClock().now().wall_ms
    for file in plan.BANKS:
        add_bank(store, read_bank(file), now_ms=now_ms, actor="demo")
    packed = pack_forms(
        store,
        parse_blueprint(plan.BLUEPRINT),
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
    centre: Centre, staff: Staff, room: DemoRoom, seed: str, begin: dt.datetime, step: Any
) -> tuple[str, str, list[dict[str, Any]]]:
    """An exam with one ready sitting: its id, the sitting's, and the robots' list."""
    step(f"考场 {room.number}：名册、照片、机位 · room {room.number}: roster, photos, seats")
    rows = -(-(room.candidates + plan.SPARES) // plan.COLUMNS)
    seats = rows * plan.COLUMNS
    spare = range(seats - plan.SPARES + 1, seats + 1)
    free = tuple(range(1, seats - plan.SPARES + 1))
    label = f"{begin.month} 月 {begin.day} 日{'上午' if begin.hour < 12 else '下午'}第 1 场"
    store = centre.store
    mode: Mode = "trial" if room.rules.departures else "formal"
    exam_id = store.write(
        lambda tx: create_exam(
            tx, name=room.exam, year=2026, mode=mode, profile=room.rules, actor=staff
        )
    )
    sitting_id = store.write(
        lambda tx: plan_sitting(
            tx,
            exam_id=exam_id,
            name=label,
            centre=plan.CENTRE,
            room=room.number,
            rows=rows,
            columns=plan.COLUMNS,
            planned_start_ms=int(begin.timestamp() * 1000),
            actor=staff,
            aisle_after=plan.AISLE_AFTER,
            spare=spare,
        )
    )
    people = synthetic_roster(
        room.candidates,
        places=[Place(room.number, free)],
        kinds=[Kind(room.trade, "L3", city) for city in ("商洛市", "商洛市", "西安市")],
        seed=f"{seed}/{room.number}",
        ticket_prefix=f"202606{room.number}",
    )
    file = write_roster(room.rules, people)  # through the file, as a real roster comes
    write_private(centre.settings.home / f"roster-{room.number}.xlsx", file)
    rows_read = read_roster(file, profile=room.rules, today=begin.date()).rows
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
    return exam_id, sitting_id, [_robot(row, number) for number, row in enumerate(people)]


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
