"""What the authority's rulings 处理决定 leave of a person's results (DOMAIN D37; pure).

A proctor records a violation; from then on the score is *held*: it stays, and is neither
published nor decided on until the authority has ruled. A ruling voids one subject or all of
them, or finds nothing; a later ruling takes the place of an earlier one on the same subject.

Rulings come in the order in which they were made here, whatever any clock said: a violation that
a centre's package brings late was not known to a ruling of before, and holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

ALL = "*"
Decision = Literal["held", "void", "none"]


class Ruled(msgspec.Struct, frozen=True):
    """One ruling. ``subject``: its id, or ``*`` for every subject. ``settles``: how many
    violations had been recorded in rooms of this machine when it was made."""

    subject: str
    decision: Decision
    reason: str
    document: str
    at_ms: int
    settles: int = 0


class Effect(msgspec.Struct, frozen=True):
    """``void``: the ruling that voids, by subject id or ``*`` for those that are not named; None
    for a subject that was cleared afterwards."""

    held: bool
    void: Mapping[str, Ruled | None]

    @property
    def keeps_back(self) -> bool:
        """Whether anything of the person's is held or void."""
        return self.held or any(self.void.values())

    def voids(self, subject: str) -> Ruled | None:
        """The ruling that takes this subject's score, if one does."""
        return self.void[subject] if subject in self.void else self.void.get(ALL)


NOTHING = Effect(held=False, void={})


def unruled(effect: Effect) -> Effect:
    """As an authority takes it that has not ruled itself: nothing is void, and what another one
    holds or voids is held."""
    return Effect(effect.keeps_back, {})


def state_under(void: Ruled | None, state: str) -> str:
    """An attempt's state under the ruling that voids it, if one does: an absent one stays so."""
    return "voided" if void is not None and state != "absent" else state


def effect_of(violations: int, rulings: Sequence[Ruled]) -> Effect:
    """``violations``: how many were recorded in rooms of this machine; ``rulings``: in the order
    they were made.

    A ruling settles every violation recorded before it.
    """
    held, settled, void = False, 0, dict[str, Ruled | None]()
    for ruling in rulings:
        held = ruling.decision == "held"
        if held:
            continue
        settled = ruling.settles
        if ruling.subject == ALL:
            void.clear()
        void[ruling.subject] = ruling if ruling.decision == "void" else None
    return Effect(held or violations > settled, void)
