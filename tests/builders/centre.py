"""A centre with a sealed paper, made through the real use cases, ready to be served."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select

from exam_server import keys as centre_keys
from exam_server.auth.actions import create_staff
from exam_server.auth.identity import Role, Staff
from exam_server.bootstrap import open_centre
from exam_server.clock import SystemClock, utc
from exam_server.context import Centre
from exam_server.demo.prepare import give_factors
from exam_server.desk.actions.exam import create_exam, plan_sitting
from exam_server.desk.actions.roster import import_roster
from exam_server.desk.portrait import portrait
from exam_server.desk.rules.roster_row import RosterRow
from exam_server.desk.synthetic import Kind, Place, synthetic_roster
from exam_server.profiles.profile import Profile
from exam_server.room.actions.bell import make_ready
from exam_server.settings import Settings, settings_for
from exam_server.storage.lock import only_writer
from exam_server.upkeep.certificates import create_authority
from exam_server.upkeep.preflight import preflight_package
from exam_server.vault.actions.packages import import_package, note_preflight, read_package
from question_bank.assembly.blueprint import parse_blueprint
from question_bank.assembly.generated import generate
from question_bank.bank import keys as authority_keys
from question_bank.bank.items import add_bank, add_generated
from question_bank.bank.packing import Packed, pack_forms
from question_bank.bank.store import BankStore
from question_bank.bank.tables import SealedFormItem
from question_bank.formats.report import BankFile
from question_bank.items.collection import Bank
from tests.builders.profiles import blueprint_of, counted

PASSWORD = "staff-of-the-test-day"
ROOM = "02"
TRADE = "汽车驾驶员"
START_MS = 1_781_917_200_000  # 2026-06-20 09:00 in China; the bell does not wait for it
_ACCOUNTS = (
    ("chief", Role.CHIEF_PROCTOR),
    ("proctor", Role.PROCTOR),
    ("admin", Role.CENTRE_ADMIN),
    ("authority", Role.AUTHORITY),
)


@dataclass(frozen=True, slots=True)
class PreparedCentre:
    """Everything that the persons of the day know, each their part.

    ``people``: the robots' list. ``scoring``: the authority's scoring file, by form id.
    ``origins``: by form id, from opaque item id to the bank's item id.
    """

    settings: Settings
    exam_id: str
    sitting_id: str
    packed: Packed = field(repr=False)
    people: list[dict[str, Any]] = field(repr=False)
    roster: list[RosterRow] = field(repr=False)
    origins: dict[str, dict[str, str]] = field(repr=False)

    @property
    def scoring(self) -> dict[str, Any]:
        """The scoring keys of all forms."""
        keys: dict[str, Any] = json.loads(self.packed.scoring_file)
        return keys

    @property
    def crib(self) -> dict[str, str]:
        """Item id → right letters, for robots that are well prepared."""
        return {
            item: entry["correct"]
            for form in self.scoring.values()
            for item, entry in form["items"].items()
        }


def authority(folder: Path) -> BankStore:
    """An authority's empty bank."""
    folder.mkdir(parents=True, exist_ok=True)
    return BankStore.open(
        folder / "bank.sqlite3", authority_keys.create(folder / "keys"), create=True
    )


def small_centre(folder: Path, seed: str, *, candidates: int, items: int = 5) -> PreparedCentre:
    """One subject of so many single-choice items: where the exam itself is not the matter."""
    profile = counted({"ethics": {"single": items}})
    return prepare_centre(
        folder,
        banks=[Bank("ethics", generate(4 * items, bytes(32), subject="ethics").entries)],
        blueprint=blueprint_of(profile),
        profile=profile,
        candidates=candidates,
        seed=seed,
    )


def prepare_centre(
    folder: Path,
    *,
    banks: Sequence[BankFile | Bank],
    blueprint: str,
    profile: Profile,
    candidates: int,
    seed: str,
    kinds: Sequence[Kind] = (Kind(TRADE, "L3"),),
    manner: Mapping[str, object] | None = None,
) -> PreparedCentre:
    """A centre in ``folder/centre``, sitting ready; the authority's bank is elsewhere.

    ``manner``: what every robot's line says besides (skill, pace, manner).
    """
    settings = settings_for(folder / "centre")
    keys = centre_keys.create(settings.keys)
    create_authority(settings.keys, "第一考点", utc(SystemClock().now()))
    store = authority(folder / "authority")
    for bank in banks:
        if isinstance(bank, BankFile):
            add_bank(store, bank, now_ms=START_MS, actor="author")
        else:
            add_generated(store, bank)
    packed = pack_forms(
        store,
        parse_blueprint(blueprint),
        [keys.hpke.public_key()],
        now_ms=START_MS,
        actor="author",
        seed=seed.encode().ljust(32, b"."),
    )
    with only_writer(settings.lock_path, settings.database_url):
        centre = open_centre(settings)
        try:
            return _fill(centre, folder, store, packed, profile, candidates, seed, kinds, manner)
        finally:
            centre.store.close()


def _fill(
    centre: Centre,
    folder: Path,
    bank: BankStore,
    packed: Packed,
    profile: Profile,
    candidates: int,
    seed: str,
    kinds: Sequence[Kind],
    manner: Mapping[str, object] | None,
) -> PreparedCentre:
    staff = _accounts(centre)
    _bring_package(centre, folder, packed)
    columns = 10
    rows = -(-(candidates + 2) // columns)
    exam_id = centre.store.write(
        lambda tx: create_exam(
            tx, name="2026 年度等级考核", year=2026, mode="trial", profile=profile, actor=staff
        )
    )
    sitting_id = centre.store.write(
        lambda tx: plan_sitting(
            tx,
            exam_id=exam_id,
            name="6 月 20 日上午第 1 场",
            centre="第一考点",
            room=ROOM,
            rows=rows,
            columns=columns,
            planned_start_ms=START_MS,
            actor=staff,
            spare=(rows * columns,),
        )
    )
    people = synthetic_roster(
        candidates,
        places=[Place(ROOM, tuple(range(1, rows * columns)))],
        kinds=list(kinds),
        seed=seed,
        on=date(2026, 6, 20),
    )
    centre.store.write(
        lambda tx: import_roster(
            tx,
            exam_id=exam_id,
            sitting_ids={ROOM: sitting_id},
            rows=people,
            fields=centre.keys.fields,
            actor=staff,
            photos=lambda row: portrait(row.id_number, row.sex),
        )
    )
    centre.store.write(lambda tx: make_ready(tx, sitting_id=sitting_id, actor=staff.actor))
    return PreparedCentre(
        settings=centre.settings,
        exam_id=exam_id,
        sitting_id=sitting_id,
        packed=packed,
        people=[{**_line(row), **(manner or {})} for row in people],
        roster=people,
        origins=_origins(bank),
    )


def _accounts(centre: Centre) -> Staff:
    made = [
        centre.store.write(
            lambda tx, login=login, role=role: create_staff(  # type: ignore[misc]
                tx, login=login, name=login, role=role, password=PASSWORD
            )
        )
        for login, role in _ACCOUNTS
    ]
    give_factors(centre, made)
    return next(one for one in made if one.role is Role.CENTRE_ADMIN)


def _bring_package(centre: Centre, folder: Path, packed: Packed) -> None:
    file = folder / "authority" / f"{packed.package_id}.kcp"
    file.write_bytes(packed.data)
    (folder / "authority" / "scoring.json").write_bytes(packed.scoring_file)
    package = read_package(file)
    report = preflight_package(package, centre.keys.hpke)
    assert report["ok"], report
    centre.store.write(
        lambda tx: import_package(tx, package=package, file=packed.data, data=centre.settings.data)
    )
    centre.store.write(lambda tx: note_preflight(tx, package_id=package.id, report=report))


def _origins(bank: BankStore) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    with bank.session() as session:
        for row in session.scalars(select(SealedFormItem)):
            found.setdefault(row.form_id, {})[row.opaque_id] = row.item_id
    return found


def _line(row: RosterRow) -> dict[str, Any]:
    return {
        "ticket": row.ticket,
        "id_number": row.id_number,
        "room": row.room,
        "seat": row.seat,
        "skill": 0.6,
    }
