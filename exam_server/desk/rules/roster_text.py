"""Text of a table's cells as it is compared."""

from __future__ import annotations

import re
import unicodedata


def plain(text: str) -> str:
    """Text as it is compared: no blanks, full-width letters and digits as ASCII.

    Private-use characters stay, so that a name a machine could not hold is noticed.
    """
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
