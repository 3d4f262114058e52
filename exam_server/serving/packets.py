"""Socket.IO's packets as this centre speaks them: text only, JSON in C.

Nothing here sends or expects binary attachments, so no message is searched for them.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec
from socketio.packet import Packet


class TextPacket(Packet):  # type: ignore[misc]
    """A Socket.IO packet without attachments."""

    uses_binary_events = False


class CompactJson:
    """What Socket.IO writes and reads with."""

    @staticmethod
    def dumps(value: Any, **_options: Any) -> str:
        """Compact text."""
        return msgspec.json.encode(value).decode()

    @staticmethod
    def loads(text: str | bytes, **_options: Any) -> Any:
        """The value; ValueError for what is no JSON.

        What only Python's own reader takes (half a surrogate pair) is refused by the handler,
        with an answer, not here by hanging up.
        """
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError:
            return json.loads(text)
