"""What a province's profile holds: every number and rule that differs by province.

The values come from a TOML file (:mod:`exam_server.profiles.profile`), are frozen into
``Exam.rules`` when the exam is announced, and are read nowhere else. Knobs and their
default readings: DOMAIN part D. Scores and points are decimal strings; durations carry
their unit in their name.
"""

from __future__ import annotations

from typing import Literal

from exam_server.profiles.eligibility import Eligibility
from exam_server.profiles.office import NORMAL, Area, Fee, Form, Office, Part, Publish, Registration
from exam_server.profiles.trades import Trade
from question_bank.items.shape import CreditRule, ItemType

Method = Literal[
    "line", "fixed", "rate", "and", "or", "floor_then_rate", "bounds", "fail_cap", "angoff",
    "hofstee",
]  # fmt: skip
REQUIRED = "required"  # in a file: the notice does not state it, so it is asked for


class Section(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A section 大题 of every paper of a subject: ``count`` items of ``points`` each."""

    type: ItemType
    count: int
    points: str


class Subject(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A subject 科目 sat at the machine (DOMAIN A2)."""

    name: str
    name_en: str
    full_mark: str
    minutes: int
    sections: tuple[Section, ...]

    @property
    def count(self) -> int:
        """Number of items in a paper."""
        return sum(section.count for section in self.sections)


class Block(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The block 连考: which subjects follow each other, and how (DOMAIN A3, D5–D7).

    ``mode``: immediate (the next starts by button or after ``auto_start_seconds``) or
    proctor_release. ``max_span_minutes``: above this the plan is warned about.
    """

    order: tuple[str, ...]
    mode: Literal["immediate", "proctor_release"] = "immediate"
    auto_start_seconds: int = 60
    max_span_minutes: int = 240


class Login(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a candidate logs in (DOMAIN D20).

    ``ticket_pattern``: how placement makes ticket numbers, of the fields serial (always), year,
    level, batch, room and seat, e.g. ``{year}{level}{batch:02}{serial:05}``; "": the year and a
    running number.
    """

    ticket_digits: int = 12
    ticket_pattern: str = ""
    seat_binding: Literal["strict", "warn", "off"] = "strict"
    relogin: Literal["proctor_unlock"] = "proctor_unlock"


class Room(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rules of room and time (DOMAIN C3, D4, D22, D38; DESIGN §3, §5). ``entry_minutes``: how
    long before the start the room opens, printed on the ticket."""

    entry_minutes: int = 30
    late_limit_minutes: int = 30
    earliest_submit_minutes: int = 0
    idle_minutes: int = 6
    proctor_grant_minutes: int = 10
    continuation_minutes: int = 30
    outage_cap_minutes: int = 30
    warn_minutes: tuple[int, ...] = (10, 5)
    start_window_seconds: int = 3
    accept_grace_seconds: int = 5
    reconnect_window_seconds: int = 15
    heads_every_seconds: int = 60


class ScoreDisplay(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a terminal shows of the score, and when (DOMAIN D8, D10). Never a verdict."""

    display: Literal["after_subject", "after_block", "after_room_end", "hidden"] = "after_block"
    show_sum: bool = True


class PassRule(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is qualified (DOMAIN A5, C10, D12–D19).

    ``basis``: sum of the subjects, or each subject on its own. ``mode``: every method that a
    line can be drawn by (``exam_server.results.rules.methods``): line (named by the authority),
    fixed (``minimum`` decides), rate (quota), and, or, floor_then_rate (``line`` and quota),
    bounds (quota between ``low`` and ``high``), fail_cap (``line``, at most ``fail_rate``
    fail), angoff and hofstee (the judges' sheet is chosen when the line is drawn; ``grid``:
    points between the lines that Hofstee's method tries).
    ``minimum``: least points per subject id or ``practical``. Rates: decimal fractions,
    "0.5" = half. ``review_levels``: qualified there means eligible for review only.
    """

    basis: Literal["sum", "each_subject"]
    mode: Method
    line: str | None = None
    minimum: dict[str, str] = {}
    rate: str | None = None
    fail_rate: str | None = None
    low: str | None = None
    high: str | None = None
    grid: str = "1"
    rounding: Literal["floor", "round", "ceil"] = "floor"
    tie: Literal["include", "exclude"] = "include"
    rate_base: Literal["valid", "present", "registered"] = "valid"
    practical: Literal["none", "must_pass", "minimum"] = "none"
    review_levels: tuple[str, ...] = ()
    small_group: int = 10


class Practical(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The subject that is not sat at the machine (DOMAIN D27): imported, never computed.

    ``full_mark``: of a ``score``; None otherwise.
    """

    type: Literal["none", "pass_fail", "score"] = "none"
    name: str = ""
    name_en: str = ""
    full_mark: str | None = None


class Route(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A special route (DOMAIN A10). Who does not ``sit`` is imported but not seated (D31)."""

    name: str
    sits: bool
    other_names: tuple[str, ...] = ()


class Profile(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One province's rules of one year.

    ``authorities``: the offices by name. ``areas``: where candidates belong, by number; {}
    where any city may be written. ``line_authority``: who draws a level's line, and whether
    it is filed 备案 with the province before it takes effect (DOMAIN A4, D16).
    ``trades``: of the catalogue, in its order; () where trades are taken as written.
    ``departures``: dotted paths whose value is not the notice's, set when an exam departs
    from it on purpose (trial, rehearsal); shown wherever the rules are shown.
    """

    name: str
    title: str
    title_en: str
    source: str
    levels: dict[str, str]
    levels_en: dict[str, str]
    authorities: dict[Office, str] = {}
    areas: dict[str, Area] = {}
    block: Block
    subjects: dict[str, Subject]
    credit: CreditRule
    login: Login
    room: Room
    score: ScoreDisplay
    pass_rule: PassRule
    practical: Practical
    line_group_by: tuple[Literal["city", "trade", "level"], ...]
    line_authority: dict[str, Literal["province", "city", "city_then_file"]]
    publish: Publish
    registration: Registration = Registration()
    eligibility: Eligibility = Eligibility()
    fees: dict[str, Fee] = {}
    forms: dict[str, Form] = {}
    routes: dict[str, Route] = {}
    trade_catalogue: str | None = None
    trades: tuple[Trade, ...] = ()
    departures: tuple[str, ...] = ()
    limits_shortened: bool = False

    @property
    def ordered(self) -> tuple[tuple[int, str, Subject], ...]:
        """(ordinal from 1, subject id, subject) in the order of the block."""
        return tuple(
            (ordinal, subject_id, self.subjects[subject_id])
            for ordinal, subject_id in enumerate(self.block.order, start=1)
        )

    def limit_ms(self, subject_id: str) -> int:
        """The time limit of a subject in milliseconds."""
        return self.subjects[subject_id].minutes * 60_000

    def level_name(self, level: str, language: str = "zh") -> str:
        """How this province calls ``level``; the canonical id if it has no such level."""
        names = self.levels if language == "zh" else self.levels_en
        return names.get(level, level)

    def sits(self, route: str) -> bool:
        """Whether a candidate of ``route`` sits at a machine; ``normal`` always does."""
        return route == NORMAL or self.routes[route].sits
