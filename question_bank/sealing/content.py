"""What a sealed form holds: stems, option texts and figures by opaque item id.

No key, explanation, source or topic; nothing a candidate should not see on the paper.
"""

from __future__ import annotations

import msgspec

from question_bank.canonical import canonical
from question_bank.errors import BankError
from question_bank.sealing.blob import open_blob, seal_blob


class SealedFigure(msgspec.Struct, frozen=True):
    """A figure on the wire; ``data`` is base64."""

    name: str
    media_type: str
    data: str
    alt: str


class SealedItem(msgspec.Struct, frozen=True):
    """``options``: texts of the canonical letters a, b, c … of this form."""

    stem: str
    options: tuple[str, ...]
    figures: tuple[SealedFigure, ...] = ()


class Content(msgspec.Struct, frozen=True):
    """The plaintext of a form's blob."""

    form_id: str
    items: dict[str, SealedItem]


def seal_content(content: Content, key: bytes) -> bytes:
    """The form's blob under its content key, bound to the form id."""
    return seal_blob(canonical(msgspec.to_builtins(content)), key, content.form_id)


def open_content(blob: bytes, key: bytes, form_id: str) -> Content:
    """BankError ``package_altered`` when the blob is not this form's under this key."""
    text = open_blob(blob, key, form_id)
    try:
        content = msgspec.json.decode(text, type=Content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BankError("package_altered", {"part": "content"}) from error
    if content.form_id != form_id:
        raise BankError("package_altered", {"part": "content"})
    return content
