"""A day whose results are published, and everything printed of it."""

from __future__ import annotations

import msgspec
from sqlalchemy import select

from exam_server.auth.identity import Role, Staff
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.rules.roster_row import RosterRow
from exam_server.desk.synthetic import Kind
from exam_server.documents.making import Desk, Order
from exam_server.documents.office_file import OfficeWords
from exam_server.documents.paper import Shelf
from exam_server.documents.printing import File, Portion, portions, record_printing, run
from exam_server.results.tables import PracticalImport, PracticalResult
from exam_server.room.views.heads import HeadSigner
from exam_server.storage.acts import Act
from exam_server.storage.tx import Tx
from tests.builders.published import draw_line, publish
from tests.builders.results_day import START_MS, Day, staff
from tests.builders.results_read import GROUP

CHIEF = staff(Role.CHIEF_PROCTOR, "chief")
L2 = "商洛市|汽车驾驶员|L2"
WORDS = OfficeWords("商洛市工考办", "0914-2312345", {"商洛市考点": "商州区北新街西段 16 号"})


def printed(day: Day, document: str, actor: Staff = CHIEF, **order: object) -> File:
    """The whole way: chosen, recorded, set."""
    wanted = msgspec.convert(
        {"document": document, "scope": {"exam_id": day.exam_id}, **order}, Order
    )

    def choose(session: object) -> list[Portion]:
        return portions(session, wanted, actor)  # type: ignore[arg-type]

    parts = day.store.read(choose)
    day.store.write(lambda tx: record_printing(tx, order=wanted, parts=parts, staff=actor))
    desk = Desk(day.keys.fields, HeadSigner(day.keys.signing), Shelf(), WORDS, START_MS)
    *_, last = run(day.store.read, wanted, parts, desk)
    assert isinstance(last, File)
    return last


def acts(day: Day) -> list[dict[str, object]]:
    found = day.store.read(
        lambda session: session.scalars(
            select(Act).where(Act.kind == "printed").order_by(Act.seq)
        ).all()
    )
    return [{"actor": one.actor, **one.data} for one in found]


def county(row: RosterRow, name: str) -> RosterRow:
    return msgspec.structs.replace(row, details={**row.details, "county": name})


def publish_all(day: Day) -> None:
    """Two of L3 in one county and two technicians in another, one of each passed; official."""
    rows = day.people(4, [Kind("汽车驾驶员", "L3"), Kind("汽车驾驶员", "L2")])
    people = day.register(
        [county(row, name) for row, name in zip(rows, ["商州区", "山阳县"] * 2, strict=True)]
    )
    day.bring_paper()
    for person, paper in zip(people, ("all right", "all right", "half", "blank"), strict=True):
        for subject in ("ethics", "theory"):
            day.hand_in(person, subject, paper)  # type: ignore[arg-type]
    day.set_sitting(SittingState.CLOSED)
    day.sweep()
    day.store.write(lambda tx: practical(tx, day, people))
    for group in (GROUP, L2):
        draw_line(day, group=group, line="5")
        publish(day, group=group)


def practical(tx: Tx, day: Day, people: list[str]) -> None:
    """Everybody's practical result: passed."""
    tx.session.add(
        PracticalImport(
            id="practical", exam_id=day.exam_id, number=1, digest="d", document="〔2026〕9号",
            document_date="2026-06-05", document_sha256="s", reason="", imported_ms=1,
            imported_by="province",
        )
    )  # fmt: skip
    tx.session.flush()
    for row, person in enumerate(people, start=2):
        tx.session.add(
            PracticalResult(
                import_id="practical", candidate_id=person, result="pass", points=None, row=row
            )
        )
