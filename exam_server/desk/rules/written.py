"""What a person writes into the record: why, by which document, what happened."""

from __future__ import annotations

from exam_server.desk.rules.id_number import named_in
from exam_server.errors import Refusal

LONGEST = 500


def words(text: str, kind: str) -> str:
    """The text without space around it, maybe none.

    ``kind``: the act or fact that it goes into. Refusals 422: ``text_too_long`` over
    ``LONGEST`` characters, since a record that ends in mid-sentence says what nobody wrote;
    ``id_number_in_text`` for somebody's whole number (DESIGN §2.11).
    """
    said = text.strip()
    if len(said) > LONGEST:
        raise Refusal("text_too_long", 422, {"most": LONGEST, "kind": kind})
    if named_in(said):
        raise Refusal("id_number_in_text", 422, {"kind": kind})
    return said


def reason(text: str, kind: str) -> str:
    """The same where something must be said; ``reason_required`` 422 for nothing or space."""
    said = words(text, kind)
    if not said:
        raise Refusal("reason_required", 422, {"kind": kind})
    return said
