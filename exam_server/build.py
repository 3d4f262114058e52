"""Which program this is: its version, and a digest of its own source.

The authority announces which builds a centre may use; a result package says which one made it.
It finds the wrong version and the hand-changed file; whoever controls the machine can make it
say anything, which is what the verifier and the outside heads are for.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_PACKAGES = ("question_bank", "exam_server", "exam_client", "proctor_console")
_KINDS = frozenset({".py", ".toml", ".po", ".html"})
_DIGITS = 16


def program_version() -> str:
    """The version of this program; of its source when it is not installed."""
    try:
        return version("kaochang")
    except PackageNotFoundError:
        return "0+source"


@cache
def build_id() -> str:
    """``0.1.0-9f0c51ab7d20e6b4``: the version and the digest of what it is made of."""
    found = hashlib.sha256()
    for name in _PACKAGES:
        for path in sorted((_ROOT / name).rglob("*")):
            if path.suffix in _KINDS and path.is_file() and "node_modules" not in path.parts:
                content = path.read_bytes()
                place = path.relative_to(_ROOT).as_posix()
                found.update(f"{place}\n{len(content)}\n".encode() + content)
    return f"{program_version()}-{found.hexdigest()[:_DIGITS]}"
