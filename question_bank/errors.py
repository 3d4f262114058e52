"""Expected refusals of the question bank: typed, coded, translatable.

The same shape as the exam server's refusals, so that a face can translate one into the
other; this package imports none of the others (DESIGN §4).
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(eq=False)
class BankError(Exception):
    """An expected refusal.

    ``code``: stable snake_case word, key of ``question_bank/locale/messages.toml``.
    ``facts``: values for the message's placeholders; never a word of an item outside an
    import report that its own author reads. ``rows``: problems by place, for imports:
    each ``{"row": int, "column": str, "code": str, "facts": {...}}``.
    """

    code: str
    facts: dict[str, object] = field(default_factory=dict)
    rows: list[dict[str, object]] = field(default_factory=list)

    def __str__(self) -> str:
        return self.code
