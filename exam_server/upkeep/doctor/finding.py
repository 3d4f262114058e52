"""What a look at the machine found: good, or what is wrong and what to do about it."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """``level``: good | warn | bad. The texts name cause and remedy."""

    name: str
    level: str
    zh: str
    en: str

    def as_dict(self) -> dict[str, str]:
        """For ``--json``."""
        return asdict(self)

    def line(self, language: str) -> str:
        """One line for a person."""
        sign = {"good": "✓", "warn": "!", "bad": "✗"}[self.level]
        return f"  {sign} {self.zh if language == 'zh' else self.en}"


def good(name: str, zh: str, en: str) -> Finding:
    """As it should be."""
    return Finding(name, "good", zh, en)


def warn(name: str, zh: str, en: str) -> Finding:
    """An exam can be held with it, but should not."""
    return Finding(name, "warn", zh, en)


def bad(name: str, zh: str, en: str) -> Finding:
    """No exam before this is mended."""
    return Finding(name, "bad", zh, en)
