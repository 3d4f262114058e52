"""Which pictures can be a candidate's photo, told by their content and not their name.

A picture that was cut off in copying looks like one at its beginning: on a ticket it would be an
empty frame, and a drawing that is none would hold up the tickets of everybody.
"""

from __future__ import annotations

import base64

from defusedxml import DefusedXmlException, ElementTree

_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"<svg ", "image/svg+xml"),
)
_ENDS = {"image/jpeg": b"\xff\xd9", "image/png": b"IEND"}
MOST_BYTES = 4 * 1024 * 1024  # of one photo: it travels to the terminal and onto every sheet


def media_type(data: bytes) -> str | None:
    """``image/jpeg``, ``image/png``, ``image/svg+xml``, or None for anything else: not whole, too
    large, a drawing that is broken or refers to something."""
    if len(data) > MOST_BYTES:
        return None
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            # cameras write something after the end, and a small picture before the middle
            end = _ENDS.get(kind)
            whole = _is_drawing(data) if end is None else end in data[len(data) // 2 :]
            return kind if whole else None
    return None


def _is_drawing(data: bytes) -> bool:
    """Well-formed, without a document type, and naming nothing outside itself."""
    try:
        drawing = ElementTree.fromstring(data, forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException):
        return False
    return not any("href" in name for one in drawing.iter() for name in one.attrib)


def data_url(data: bytes) -> str | None:
    """The photo as a ``data:`` URL for an ``<img>``; None if it is no picture."""
    kind = media_type(data)
    return f"data:{kind};base64,{base64.b64encode(data).decode()}" if kind else None
