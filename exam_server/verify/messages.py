"""Every finding in words: what is wrong, and what to do, from ``messages.toml``."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from exam_server.verify.finding import Finding

_TABLES: dict[str, Any] = tomllib.loads(
    (Path(__file__).parent / "messages.toml").read_text(encoding="utf-8")
)
_WORDS: dict[str, dict[str, str]] = _TABLES["findings"]
_REMEDIES: dict[str, dict[str, str]] = _TABLES["remedies"]

CODES = frozenset(_WORDS)


def sentence(finding: Finding, lang: str) -> str:
    """What is wrong, without the place, in "zh" or "en"."""
    return _WORDS[finding.code][lang].format_map(finding.facts)


def remedy(finding: Finding, lang: str) -> str:
    """What to do about it, in "zh" or "en"."""
    return _REMEDIES[_WORDS[finding.code]["remedy"]][lang]
