"""What the verifier found: codes with facts, put into words by :mod:`messages`."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST_LISTED = 1000
_LONGEST_FACT = 80


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    ``chain``, ``seq``: the entry it is about, where there is one. ``line``: the line of
    ``journal.jsonl``, from 1. ``facts``: printable values for the sentence.
    """

    code: str
    chain: str | None = None
    seq: int | None = None
    line: int | None = None
    facts: dict[str, str] = field(default_factory=dict)


class Findings:
    """The findings in the order of the checks; beyond a bound only their number is kept."""

    def __init__(self) -> None:
        self.listed: list[Finding] = []
        self.total = 0

    def add(
        self,
        code: str,
        chain: str | None = None,
        seq: int | None = None,
        *,
        line: int | None = None,
        **facts: object,
    ) -> None:
        """Note a finding; facts are made short and printable, as the file may be hostile."""
        self.total += 1
        if len(self.listed) < MOST_LISTED:
            shown = {name: printable(value) for name, value in facts.items()}
            where = None if chain is None else printable(chain)
            self.listed.append(Finding(code, where, seq, line, shown))


def printable(value: object) -> str:
    """``value`` as short text without control characters or surrogates."""
    text = value if isinstance(value, str) else _plain(value)
    shown = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[:_LONGEST_FACT])
    return shown + ("…" if len(text) > _LONGEST_FACT else "")


def _plain(value: object) -> str:
    """Text of a JSON value; an absurdly large number or nesting is only named."""
    try:
        return str(value)
    except (ValueError, RecursionError):
        return f"<{type(value).__name__}>"
