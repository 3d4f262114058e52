"""Where the reference data lies: real banks, divisions, timings that the project does not carry."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "KAOCHANG_REFERENCE_DATA"
ROOT = Path(__file__).resolve().parents[2]


def reference_folder() -> Path | None:
    """The folder named by KAOCHANG_REFERENCE_DATA, or ``shared/data`` beside the checkout."""
    named = os.environ.get(VARIABLE)
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    return folder if (folder / "banks").is_dir() else None


def why_absent() -> str:
    """The reason a test that needs the folder gives for not running."""
    return f"no reference data: {VARIABLE} names no folder with banks/, nor is ../shared/data one"
