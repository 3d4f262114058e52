"""收场核对: is everybody accounted for, and what must be done about whom (DOMAIN C4, `end`).

Present = submitted + explained; nobody is unexplained when a sitting is closed. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from exam_server.room.rules.lifecycle import ENDED, AttemptState, Cause


class Unsettled(StrEnum):
    """Why somebody is not accounted for yet; worst first."""

    UNFINISHED = "unfinished"  # still has a paper
    UNSYNCED = "unsynced"  # ended while lost: the server knows only what it knows
    RECOVERY = "recovery"  # late answers wait for a decision
    MACHINE = "machine"  # a machine change is under way
    NOT_ARRIVED = "not_arrived"  # neither here nor absent
    BLANK = "blank"  # handed in without a single answer
    LOSS = "loss"  # lost time neither granted nor declined
    INCIDENT = "incident"  # recorded, not settled


EXPLAINABLE = (Unsettled.BLANK, Unsettled.UNSYNCED)
_ORDER = {cause: place for place, cause in enumerate(Unsettled)}


@dataclass(frozen=True, slots=True)
class AttemptAccount:
    """``explained``: the causes for which somebody gave a reason. ``cases``: open ones."""

    id: str
    ordinal: int
    state: AttemptState
    ending: str | None
    answered: int
    proposed_ms: int
    explained: frozenset[str]
    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """One registered candidate. ``lost``: fell silent at work and never came back."""

    candidate_id: str
    seat: int
    name: str
    lost: bool
    changing: bool
    attempts: tuple[AttemptAccount, ...]

    @property
    def absent(self) -> bool:
        """缺考."""
        return self.attempts[0].state is AttemptState.ABSENT

    @property
    def arrived(self) -> bool:
        """Has checked in."""
        return self.attempts[0].state not in (AttemptState.ASSIGNED, AttemptState.ABSENT)

    @property
    def over(self) -> bool:
        """Every subject has ended."""
        return all(one.state in ENDED for one in self.attempts)

    @property
    def explained(self) -> bool:
        """Somebody had to give a reason for how it ended."""
        return any(one.explained for one in self.attempts)


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """An incident that nobody has settled; ``seat`` and name are None for the whole room's."""

    id: str
    seat: int | None
    name: str | None
    candidate_id: str | None
    kind: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to be done before the close. ``about``: id of the attempt, case or incident."""

    cause: Unsettled
    seat: int
    name: str
    candidate_id: str | None
    about: str
    ordinal: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """expected = present + absent + not_arrived; present = submitted + explained + at_work."""

    expected: int
    present: int
    absent: int
    submitted: int
    explained: int
    not_arrived: int
    at_work: int

    def at_close(self) -> dict[str, int]:
        """What the ``closed`` entry says: by then nobody is missing or at work."""
        return {
            "expected": self.expected,
            "present": self.present,
            "absent": self.absent,
            "submitted": self.submitted,
            "explained": self.explained,
        }


def counts(accounts: Sequence[Account]) -> Counts:
    """The sums that must be equal in sight."""
    present = [one for one in accounts if one.arrived]
    over = [one for one in present if one.over]
    explained = sum(one.explained for one in over)
    absent = sum(one.absent for one in accounts)
    return Counts(
        expected=len(accounts),
        present=len(present),
        absent=absent,
        submitted=len(over) - explained,
        explained=explained,
        not_arrived=len(accounts) - len(present) - absent,
        at_work=len(present) - len(over),
    )


def findings(accounts: Iterable[Account], incidents: Iterable[OpenIncident]) -> list[Finding]:
    """Everything that stands against the close: worst first, then by seat."""
    found = [one for account in accounts for one in _of(account)]
    found += [
        Finding(
            Unsettled.INCIDENT,
            one.seat or 0,
            one.name or "",
            one.candidate_id,
            one.id,
            detail=one.kind,
        )
        for one in incidents
    ]
    return sorted(found, key=lambda one: (_ORDER[one.cause], one.seat, one.ordinal or 0))


def _of(account: Account) -> Iterable[Finding]:
    yield from _not_over(account)
    if account.changing:
        yield _finding(account, Unsettled.MACHINE, account.candidate_id)
    last = account.attempts[-1]
    if account.over and account.lost and Unsettled.UNSYNCED not in last.explained:
        yield _finding(account, Unsettled.UNSYNCED, last.id, last.ordinal)
    for one in account.attempts:
        for case in one.cases:
            yield _finding(account, Unsettled.RECOVERY, case, one.ordinal)
        if _blank(one) and Unsettled.BLANK not in one.explained:
            yield _finding(account, Unsettled.BLANK, one.id, one.ordinal)
        if one.proposed_ms > 0:
            yield _finding(account, Unsettled.LOSS, one.id, one.ordinal, str(one.proposed_ms))


def _not_over(account: Account) -> Iterable[Finding]:
    """Whoever never checked in is missing once; whoever did has a row for each open subject."""
    if account.attempts[0].state is AttemptState.ASSIGNED:
        yield _finding(account, Unsettled.NOT_ARRIVED, account.candidate_id)
        return
    for one in account.attempts:
        if one.state not in ENDED:
            yield _finding(account, Unsettled.UNFINISHED, one.id, one.ordinal, one.state.value)


def _finding(
    account: Account, cause: Unsettled, about: str, ordinal: int | None = None, detail: str = ""
) -> Finding:
    return Finding(cause, account.seat, account.name, account.candidate_id, about, ordinal, detail)


def _blank(attempt: AttemptAccount) -> bool:
    """Handed in or out of time without an answer. What a proctor ended has its reason already."""
    return (
        attempt.state is AttemptState.SUBMITTED
        and attempt.ending != Cause.PROCTOR
        and attempt.answered == 0
    )
