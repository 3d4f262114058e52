"""What a demo consists of, as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

import question_bank.demo as demo_bank
from exam_server.profiles.profile import Profile, load
from question_bank.formats.reading import read_bank
from question_bank.formats.report import BankFile
from question_bank.items.collection import Bank

PASSWORD = "kaochang-demo"  # noqa: S105  printed on purpose; a demo keeps no secret
FACTOR_SECRET = b"kaochang demo secret"  # of every account that needs a second factor; printed too
COLUMNS, AISLE_AFTER, SPARES = 10, 5, 6
BANKS = Path(demo_bank.__file__).parent


@dataclass(frozen=True, slots=True)
class Account:
    """A demo login. ``city``: of a city's office."""

    login: str
    name: str
    role: str
    city: str | None = None


ACCOUNTS = (
    Account("chief", "李敏", "chief_proctor"),
    Account("proctor", "张华", "proctor"),
    Account("admin", "赵建国", "centre_admin"),
    Account("authority", "陈志远", "authority"),
    Account("approver", "周明", "authority"),
)


@dataclass(frozen=True, slots=True)
class DemoBank:
    """Items of the demo bank as one subject's bank.

    ``file``: a csv of ``question_bank/demo`` without its ending. ``share``: (which, of how many)
    where two subjects divide one file, so that no item comes twice in an exam.
    """

    file: str
    subject: str
    trade: str = "*"
    level: str = "*"
    share: tuple[int, int] = (0, 1)

    def items(self) -> BankFile:
        """The bank's share of its file, of each type alike."""
        found, (which, parts) = read_bank(BANKS / f"{self.file}.csv"), self.share
        of_type: dict[str, int] = Counter()
        mine = []
        for entry in found.bank.entries:
            if of_type[entry.item.type] % parts == which:
                item = msgspec.structs.replace(
                    entry.item, subject=self.subject, trade=self.trade, level=self.level
                )
                mine.append(msgspec.structs.replace(entry, item=item))
            of_type[entry.item.type] += 1
        return replace(found, bank=Bank(f"{self.file}-{self.subject}", tuple(mine)))


@dataclass(frozen=True, slots=True)
class DemoRoom:
    """One room with an exam of its own, and what is examined there.

    ``number``: two digits. ``exam``: its name. ``values``: answers to what the notice leaves
    open, by path. ``note``: for whoever starts a terminal, both languages.
    """

    number: str
    exam: str
    trade: str
    level: str
    cities: tuple[str, ...]
    values: Mapping[str, object] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Demo:
    """One province's demo. ``line``: how its lines are drawn, None as the profile says;
    ``offices``: accounts of its cities' offices, beside ACCOUNTS."""

    profile: str
    centre: str
    banks: tuple[DemoBank, ...]
    rooms: tuple[DemoRoom, ...]
    line: Mapping[str, object] | None = None
    offices: tuple[Account, ...] = ()

    @property
    def accounts(self) -> tuple[Account, ...]:
        """Everybody who can log in."""
        return ACCOUNTS + self.offices

    def rules(self, room: DemoRoom, minutes: int | None) -> Profile:
        """The room's rules; ``minutes`` shortens every limit, which every page then shows."""
        rules = load(self.profile, room.values)
        if minutes is None:
            return rules
        short = {f"subjects.{name}.minutes": minutes for _, name, _ in rules.ordered}
        return load(self.profile, {**room.values, **short})

    def limit_within(self, minutes: int) -> int | None:
        """The limit of a day that is to be over soon and published; None as the notice states it.

        A notice that is silent about time is answered with ``minutes``. One that states it is
        kept to: a shortened exam departs from its notice and is a trial, and a trial is never
        published. The robots hurry instead: to hand in early is allowed.
        """
        return None if self.rules(self.rooms[0], minutes).departures else minutes

    def blueprint(self) -> str:
        """One form for every subject of every room, as its rules ask: TOML."""
        forms = {}
        for room in self.rooms:
            for _, name, subject in self.rules(room, None).ordered:
                common = all(bank.trade == "*" for bank in self.banks if bank.subject == name)
                of = ("*", "*") if common else (room.trade, room.level)
                sections = [(one.type.value, one.count, one.points) for one in subject.sections]
                forms[name, *of] = _form((name, *of), subject.full_mark, sections)
        return f'exam = "{self.rooms[0].exam}"\n' + "".join(forms.values())


def _form(
    of: tuple[str, str, str], full_mark: str, sections: Sequence[tuple[str, int, str]]
) -> str:
    heading = '[[forms]]\nsubject = "{}"\ntrade = "{}"\nlevel = "{}"\n'.format(*of)
    tables = (
        f'[[forms.sections]]\ntype = "{kind}"\ncount = {count}\npoints = "{points}"\n'
        for kind, count, points in sections
    )
    return heading + f'full_mark = "{full_mark}"\n' + "".join(tables)
