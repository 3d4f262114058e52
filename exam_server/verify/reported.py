"""What a verification has to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from exam_server.verify.finding import Finding


@dataclass(frozen=True, slots=True)
class Report:
    """What was verified and what was found.

    ``unreadable``: the reason (code and facts) when nothing could be verified. ``total``:
    number of findings, of which ``findings`` lists the first thousand. ``counts``: entries,
    chains, attempts, submitted, responses, scores, recomputed, outside, unanchored, acts,
    loose_acts; of a proof: packages, corrections, attempts, scores, recomputed, waiting, released,
    outside, acts. ``head``: seq and digest of the last entry of the sitting chain, or of the acts.
    ``sums``: candidate → points.
    """

    file: str
    unreadable: Finding | None = None
    text: dict[str, str] = field(default_factory=dict)
    findings: Sequence[Finding] = ()
    total: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    head: tuple[int, str] | None = None
    outside: Sequence[tuple[str, int]] = ()
    key: str | None = None
    key_known: bool = False
    sums: dict[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """The exit status: 0 everything holds, 1 findings, 2 unreadable."""
        if self.unreadable is not None:
            return 2
        return 1 if self.total else 0
