"""Which scoring keys of this machine took the place of which.

A score by a key that was corrected counts for nothing: it waits to be scored anew 待补评. Rooms of
this machine are scored by the newest key at once; a centre scores by the key as it was sealed, and
what it sends after the correction is such a score.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.results.rules.correction_life import CorrectionState
from exam_server.results.tables import Correction


def replaced_keys(session: Session) -> frozenset[str]:
    """Scoring digests of the keys that another has taken the place of; every version of a key has
    a digest of its own."""
    return frozenset(key["from"] for key in _keys(session))


def corrected_keys(session: Session) -> frozenset[str]:
    """Scoring digests of the keys that were made here: no centre scores by them."""
    return frozenset(key["to"] for key in _keys(session))


def _keys(session: Session) -> Iterator[dict[str, str]]:
    """{from, to, …} of every form of every correction in effect."""
    found = session.scalars(
        select(Correction.keys).where(Correction.state == CorrectionState.APPLIED.value)
    )
    return (key for keys in found for key in keys.values())
