"""What an office prints of itself: ``documents/office.toml`` of the centre's folder, if it has one.

.. code-block:: toml

    issuer = "商洛市工考办"             # 落款, "" leaves it out
    phone = "0914-0000000"

    [addresses]                        # by name of the test centre 考点
    "商洛职业技术学院" = "商州区名人街中段"
"""

from __future__ import annotations

import msgspec

from exam_server.documents.paper import Shelf
from exam_server.errors import Refusal

NAME = "office.toml"


class OfficeWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``addresses``: by test centre."""

    issuer: str = ""
    phone: str = ""
    addresses: dict[str, str] = {}


def office_words(shelf: Shelf) -> OfficeWords:
    """The office's words; Refusal ``office_file_invalid`` 422 names what is wrong."""
    path = None if shelf.own is None else shelf.own / NAME
    if path is None or not path.is_file():
        return OfficeWords()
    try:
        return msgspec.toml.decode(path.read_bytes(), type=OfficeWords)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal("office_file_invalid", 422, {"file": NAME, "why": str(error)}) from None
