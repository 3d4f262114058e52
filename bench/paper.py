"""``python -m bench.paper``: how long 1,000 admission tickets take (docs/performance.md).

From the database to PDF, as the page that prints does it: photos opened, QR codes made, every
character looked up, two files set by the typesetter process. Beside it a reference of the same
run: typst alone setting as many pages with one line each.
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import typst
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image

from bench import record
from bench.hall import commit
from bench.machine import description
from exam_server.auth.identity import Role, Staff
from exam_server.clock import SystemClock
from exam_server.desk.actions.exam import create_exam, plan_sitting
from exam_server.desk.actions.roster import import_roster
from exam_server.desk.synthetic import Kind, Place, synthetic_roster
from exam_server.documents.making import Desk, Order, make
from exam_server.documents.office_file import OfficeWords
from exam_server.documents.paper import FONTS, Paper, Shelf
from exam_server.documents.printing import File, portions, run
from exam_server.documents.scope import Scope
from exam_server.keys import FieldCipher
from exam_server.profiles.profile import load
from exam_server.room.views.heads import HeadSigner
from exam_server.storage import migrate
from exam_server.storage.store import Store

PEOPLE, SEATS = 1_000, 100
TARGET_SECONDS = 3.0
START_MS = 1_781_913_600_000
_TIMES = 5
_ADMIN = Staff("admin", "admin", "管理员", Role.CENTRE_ADMIN)


class Took(NamedTuple):
    """Seconds of the clock, and of CPU over all processes: what other work cannot change much."""

    wall: float
    cpu: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, show, with ``--record`` write the page; 1 when the target is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.paper", description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--record", action="store_true", help="write docs/performance.md")
    wanted = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="kc-paper-") as folder:
        whole, collecting, size = measured(Path(folder), wanted.people)
    plain = _median(lambda: _plainly(wanted.people))
    named = {"whole": whole, "collecting": collecting, "typst alone": plain}
    rows = [
        (name, f"{took.wall:.2f}", f"{took.cpu:.2f}", f"{took.cpu / plain.cpu:.1f}")
        for name, took in named.items()
    ]
    text = record.table(("figure", "seconds", "of CPU", "CPU beside typst alone"), rows)
    print(text)
    if wanted.record:
        date = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        where = (
            f"{date} on {description()}, commit {commit()}; {wanted.people} people with a photo "
            f"of 20 KB each, SQLite, {size / 1e6:.0f} MB of PDF, the median of {_TIMES}."
        )
        record.put_between("paper", f"{where}\n\n{text}")
    return 0 if whole.wall <= TARGET_SECONDS else 1


def measured(folder: Path, people: int) -> tuple[Took, Took, int]:
    """From the database to the file, of it until the papers are collected; bytes."""
    url, fields = f"sqlite:///{folder / 'kaochang.sqlite3'}", FieldCipher(b"f" * 32, b"l" * 32)
    migrate.upgrade(url)
    store = Store(url, SystemClock())
    exam_id = fill(store, fields, people)
    heads = HeadSigner(Ed25519PrivateKey.generate())
    desk = Desk(fields, heads, Shelf(), OfficeWords(), START_MS)
    order = Order(document="ticket", scope=Scope(exam_id=exam_id), by="whole")
    parts = store.read(lambda session: portions(session, order, _ADMIN))
    files: list[File] = []

    def printed() -> None:
        files[:] = [step for step in run(store.read, order, parts, desk) if isinstance(step, File)]

    def collected() -> list[Paper]:
        return [
            found
            for part in parts
            if isinstance(
                found := store.read(partial(make, order=order, ids=part.ids, desk=desk)),
                Paper,
            )
        ]

    whole, collecting = _median(printed), _median(collected)
    store.close()
    return whole, collecting, len(files[0].content)


def fill(store: Store, fields: FieldCipher, people: int) -> str:
    """An exam with so many placed candidates; its id."""
    exam_id = store.write(
        lambda tx: create_exam(
            tx, name="2026 年工人技术等级考核", year=2026, mode="formal",
            profile=load("shaanxi-2024"), actor=_ADMIN,
        )
    )  # fmt: skip
    rooms = [f"{number:02d}" for number in range(1, -(-people // SEATS) + 1)]
    sittings = {
        room: store.write(
            lambda tx, room=room: plan_sitting(  # type: ignore[misc]
                tx, exam_id=exam_id, name="上午第 1 场", centre="商洛市考点", room=room, rows=10,
                columns=10, planned_start_ms=START_MS, actor=_ADMIN, spare=[],
            )
        )
        for room in rooms
    }  # fmt: skip
    roster = synthetic_roster(
        people,
        places=[Place(room, tuple(range(1, SEATS + 1))) for room in rooms],
        kinds=[Kind("汽车驾驶员", "L3"), Kind("保管员", "L4")],
        seed="bench",
    )
    photos = {str(row.ticket): photo(number) for number, row in enumerate(roster)}
    store.write(
        lambda tx: import_roster(
            tx, exam_id=exam_id, sitting_ids=sittings, rows=roster, fields=fields, actor=_ADMIN,
            photos=lambda row: photos[str(row.ticket)],
        )
    )  # fmt: skip
    return exam_id


def photo(number: int) -> bytes:
    """A JPEG of about 20 KB, another one for each number."""
    picture = Image.effect_noise((295, 413), 20).convert("RGB")
    picture.putpixel((number % 295, number // 295), (255, 0, 0))
    out = BytesIO()
    picture.save(out, "JPEG", quality=60)
    return out.getvalue()


def _plainly(pages: int) -> None:
    source = (
        '#set text(font: "Noto Sans SC")\n'
        f"#for page in range({pages}) [ #if page > 0 {{ pagebreak() }} 准考证 #page ]"
    )
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[FONTS])
    typst.compile(source.encode(), font_paths=fonts)


def _median(work: Callable[[], object]) -> Took:
    """The middle one of a few runs after a first."""
    work()
    took = []
    for _ in range(_TIMES):
        began, spent = time.perf_counter(), _cpu()
        work()
        took.append((time.perf_counter() - began, _cpu() - spent))
    wall, cpu = sorted(took)[_TIMES // 2]
    return Took(wall, cpu)


def _cpu() -> float:
    """CPU seconds of this process and of those it has ended, the typesetter's among them."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


if __name__ == "__main__":
    raise SystemExit(main())
