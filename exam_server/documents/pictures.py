"""Pictures as the typesetter takes them: SVG text, in memory, nothing of a person on the disk."""

from __future__ import annotations

from html import escape
from io import BytesIO

import segno

from exam_server.desk.rules.photo import data_url, media_type

# The figure of the mask only spreads dark and light; any is readable, and trying all eight would
# take four times as long (docs/decisions).
_MASK = 2


def photo_svg(data: bytes) -> str | None:
    """A photo as SVG, None when it is no picture; a JPEG goes into the PDF as it is."""
    kind = media_type(data)
    if kind is None:
        return None
    if kind == "image/svg+xml":
        return data.decode("utf-8", errors="replace")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 400"><image width="300" '
        f'height="400" preserveAspectRatio="xMidYMid slice" href="{escape(data_url(data) or "")}"/>'
        "</svg>"
    )


def qr_svg(text: str) -> str:
    """A QR code with a quarter of it spare (level Q), without its quiet zone."""
    out = BytesIO()
    code = segno.make_qr(text, error="q", mask=_MASK, boost_error=False)
    code.save(out, kind="svg", border=0, xmldecl=False, omitsize=True)
    return out.getvalue().decode()
