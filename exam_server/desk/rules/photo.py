"""Which pictures can be a candidate's photo, told by their content and not their name."""

from __future__ import annotations

import base64

_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"<svg ", "image/svg+xml"),
)


def media_type(data: bytes) -> str | None:
    """``image/jpeg``, ``image/png``, ``image/svg+xml``, or None for anything else."""
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return kind
    return None


def data_url(data: bytes) -> str | None:
    """The photo as a ``data:`` URL for an ``<img>``; None if it is no picture."""
    kind = media_type(data)
    return f"data:{kind};base64,{base64.b64encode(data).decode()}" if kind else None
