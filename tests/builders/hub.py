"""An authority's hub: two centres of one exam, announced, whose packages are to come."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from typing import Any

from sqlalchemy import select

from exam_server.auth.identity import Staff
from exam_server.desk.synthetic import Kind
from exam_server.desk.tables import Candidate
from exam_server.results.actions.announcing import announce
from exam_server.results.actions.held_packages import accept_correction, set_aside
from exam_server.results.actions.intake import Imported, import_results
from exam_server.results.merging_practical import Standing
from exam_server.results.tables import Score
from question_bank.items.shape import ItemType
from question_bank.sealing import package
from question_bank.sealing.package import SealedPackage
from tests.builders.centre_packages import BUILD, Sitter, SyntheticCentre
from tests.builders.papers import Authority, draft
from tests.builders.profiles import short_block
from tests.builders.results_day import Day
from tests.builders.results_read import AUTHORITY

FIRST_MS = 1_781_900_000_000
Points = tuple[str, ...]


@cache
def sealed_paper() -> SealedPackage:
    """One paper for both subjects of :func:`short_block`."""
    counts = {ItemType.SINGLE: 2, ItemType.MULTIPLE: 2}
    built = Authority().pack(draft(counts, subject="ethics"), draft(counts, subject="theory"))
    return package.from_bytes(built.data)


class Hub:
    """Six people of one group: three sat at 商州考点, three at 洛南考点."""

    def __init__(self, day: Day, kinds: list[Kind] | None = None) -> None:
        self.day = day
        paper = sealed_paper()
        self.ids = day.register(day.people(6, kinds))
        self.east = SyntheticCentre("商州考点", paper, short_block(), "sit-east", "11")
        self.west = SyntheticCentre("洛南考点", paper, short_block(), "sit-west", "12")
        for centre, ids in ((self.east, self.ids[:3]), (self.west, self.ids[3:])):
            self.announce(centre, ids)

    def announce(
        self, centre: SyntheticCentre, ids: list[str], strangers: Sequence[str] = ()
    ) -> str:
        tickets = [*map(self.ticket, ids), *strangers]
        return self.day.store.write(
            partial(
                announce,
                exam_id=self.day.exam_id,
                package=centre.paper,
                centre=centre.name,
                centre_key=centre.key,
                golden=dict.fromkeys(centre.paper.shapes, "4"),
                builds=[BUILD],
                seats=dict.fromkeys(tickets, centre.room),
                actor=AUTHORITY,
            )
        )

    def ticket(self, ident: str) -> str:
        """The ticket number of a candidate."""
        return str(self._row(ident).ticket)

    def sitter(self, ident: str, ethics: Points, theory: Points, **changes: Any) -> Sitter:
        """A candidate of the roster as a centre's package names them."""
        row = self._row(ident)
        facts = {
            name: getattr(row, name)
            for name in ("name", "sex", "id_masked", "city", "unit", "trade", "level")
        }
        facts |= {"ticket": str(row.ticket), "points": {"ethics": ethics, "theory": theory}}
        return Sitter(**(facts | changes))

    def east_people(self) -> list[Sitter]:
        """8 points, 5 points, and one who never came."""
        one, two, three = self.ids[:3]
        return [
            self.sitter(one, ("4",), ("4",)),
            self.sitter(two, ("3",), ("2",)),
            self.sitter(three, (), ()),
        ]

    def west_people(self) -> list[Sitter]:
        """6, 4 and 2 points."""
        points = ((("3",), ("3",)), (("2",), ("2",)), (("1",), ("1",)))
        return [self.sitter(ident, *two) for ident, two in zip(self.ids[3:], points, strict=True)]

    def east_package(self, later_ms: int = 0, **changes: Any) -> bytes:
        return self.east.pack(self.east_people(), created_ms=FIRST_MS + later_ms, **changes)

    def west_package(self, later_ms: int = 0, **changes: Any) -> bytes:
        return self.west.pack(self.west_people(), created_ms=FIRST_MS + later_ms, **changes)

    def take_in(self, data: bytes, actor: Staff = AUTHORITY) -> Imported:
        return self.day.store.write(partial(import_results, data=data, actor=actor))

    def accept(
        self, imported_id: str, reason: str = "迟到作答已补计", practical: Standing | None = None
    ) -> None:
        self.day.store.write(
            partial(
                accept_correction,
                imported_id=imported_id,
                reason=reason,
                practical=practical,
                actor=AUTHORITY,
            )
        )

    def set_aside(self, imported_id: str, reason: str = "重复送来") -> None:
        self.day.store.write(
            partial(set_aside, imported_id=imported_id, reason=reason, actor=AUTHORITY)
        )

    def scores(self) -> int:
        """How many versions of scores are stored."""
        return len(self.day.store.read(lambda session: session.scalars(select(Score.id)).all()))

    def _row(self, ident: str) -> Candidate:
        return self.day.store.read(lambda session: session.get_one(Candidate, ident))
