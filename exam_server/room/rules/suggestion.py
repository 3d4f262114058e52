"""What the console proposes to a person, from time that was measured (pure; DESIGN §5, D38)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

LEAST_PROPOSED_MS = 1_000
# a machine that is silent for longer does not come back by itself
LONGEST_SILENCE_MS = 120_000
# a cable put back in is nothing to decide about; nobody has measured for whom it stood still
LEAST_GAPS_MS = 30_000


class Suggested(StrEnum):
    """The act that the drawer recommends. Continuation: another sitting, for the rest."""

    RELEASE = "release"
    CONTINUATION = "continuation"
    GRANT = "grant"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Loss:
    """Of one attempt. ``proposed_ms``: lost at machine changes, neither granted nor declined;
    ``gaps_ms``: how long its terminal was silent until now, all in all."""

    under_way: bool
    proposed_ms: int
    gaps_ms: int
    granted_ms: int


def to_propose(lost_ms: int) -> int:
    """What of a measured loss is put before a person: a grant is whole seconds, so that what is
    under one could be neither given nor, by anybody's watch, missed."""
    return lost_ms if lost_ms >= LEAST_PROPOSED_MS else 0


def suggestion(
    losses: Sequence[Loss], silent_ms: int, continuation_ms: int
) -> tuple[Suggested, int]:
    """One recommended act, and the whole seconds it is about: move a machine that is silent for
    ``silent_ms``, or give measured lost time back; beyond ``continuation_ms``, which is the
    profile's, the loss is for a continuation sitting."""
    if silent_ms > LONGEST_SILENCE_MS:
        return Suggested.RELEASE, 0
    proposed_ms = next((one.proposed_ms for one in losses if one.proposed_ms), 0)
    if proposed_ms > continuation_ms:
        return Suggested.CONTINUATION, proposed_ms // 1000
    if proposed_ms > 0:
        return Suggested.GRANT, proposed_ms // 1000
    for one in losses:
        if one.under_way and one.gaps_ms - one.granted_ms >= LEAST_GAPS_MS:
            return Suggested.GRANT, (one.gaps_ms - one.granted_ms) // 1000
    return Suggested.NONE, 0
