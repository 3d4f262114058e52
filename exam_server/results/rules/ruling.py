"""What the authority's rulings 处理决定 leave of a person's results (DOMAIN D37; pure).

A proctor records a violation; from then on the score is *held*: it stays, and is neither
published nor decided on until the authority has ruled. A ruling voids one subject or all of
them, or finds nothing; a later ruling takes the place of an earlier one on the same subject.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

ALL = "*"
Decision = Literal["held", "void", "none"]


class Ruled(msgspec.Struct, frozen=True):
    """One ruling. ``subject``: its id, or ``*`` for every subject."""

    subject: str
    decision: Decision
    reason: str
    document: str
    at_ms: int


class Effect(msgspec.Struct, frozen=True):
    """``void``: the ruling that voids, by subject id or ``*``."""

    held: bool
    void: dict[str, Ruled]

    def voids(self, subject: str) -> Ruled | None:
        """The ruling that takes this subject's score, if one does."""
        return self.void.get(ALL) or self.void.get(subject)


NOTHING = Effect(held=False, void={})


def state_under(void: Ruled | None, state: str) -> str:
    """An attempt's state under the ruling that voids it, if one does: an absent one stays so."""
    return "voided" if void is not None and state != "absent" else state


def effect_of(violations_ms: Iterable[int], rulings: Sequence[Ruled]) -> Effect:
    """``violations_ms``: when violations were recorded; ``rulings``: in the order they were made.

    A ruling settles every violation recorded before it.
    """
    held, settled_ms, void = False, -1, dict[str, Ruled]()
    for ruling in rulings:
        held = ruling.decision == "held"
        if not held:
            settled_ms = ruling.at_ms
        if ruling.decision == "void":
            void[ruling.subject] = ruling
        elif ruling.decision == "none":
            for subject in [ruling.subject] if ruling.subject != ALL else list(void):
                void.pop(subject, None)
    return Effect(held or any(at_ms > settled_ms for at_ms in violations_ms), void)
