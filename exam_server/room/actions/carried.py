"""A terminal's outbox carried by hand as a file: late evidence like any other (DESIGN §5).

The file (docs/reference/terminal-api.md) is sealed by the terminal with a key that it was given
at its login, so nobody on the way reads or changes it, and it names its candidate and machine.
"""

from __future__ import annotations

import base64
import binascii

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from exam_server.auth.identity import ROOM_STAFF, Staff, require
from exam_server.errors import Refusal
from exam_server.keys import FieldCipher
from exam_server.room import journal
from exam_server.room.actions.people import attempt
from exam_server.room.actions.responses import Answer, Save, save_responses
from exam_server.room.rules.reported import LARGEST
from exam_server.room.views.answers import FormRulesShelf
from exam_server.storage.tx import Tx

FORMAT = "kaochang-outbox/1"
LARGEST_FILE_CHARS = 200_000
_NONCE = 12


class Carried(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file. ``sealed``: base64 of nonce ‖ AES-256-GCM of ``{"responses": […]}``; the other
    fields are authenticated with it, one per line in this order."""

    format: str
    candidate: str
    attempt: str
    terminal: str
    fence: int
    sealed: str

    @property
    def head(self) -> bytes:
        """What is authenticated beside the sealed content."""
        named = (self.format, self.candidate, self.attempt, self.terminal, str(self.fence))
        return "\n".join(named).encode()


class _Content(msgspec.Struct, frozen=True):
    responses: list[Answer]


def import_outbox(
    tx: Tx,
    *,
    candidate_id: str,
    text: str,
    actor: Staff,
    fields: FieldCipher,
    rules: FormRulesShelf,
) -> int:
    """Take in a file; how many of its answers are late evidence now (they open a case).

    What is not late counts as if the line had brought it; what came before by the line is there
    once. Refusals: ``outbox_unreadable`` 422, ``outbox_of_another`` 409, ``outbox_altered`` 422.
    """
    require(actor, *ROOM_STAFF, action="recovery")
    file = _read(text)
    if file.candidate != candidate_id:
        raise Refusal("outbox_of_another", 409)
    content = _open(file, fields)
    found = attempt(tx, file.attempt)
    known = rules.of_attempts(tx.session, [file.attempt])[file.attempt]
    data = {"fence": file.fence, "terminal": file.terminal, "count": len(content.responses)}
    journal.append(tx, chain=found, kind="outbox_carried", actor=actor.actor, data=data)
    tx.session.flush()
    receipts = save_responses(
        tx, Save(found.id, candidate_id, known.shape, content.responses, known.grace_ms)
    )
    return sum(receipt.kept == "late" for receipt in receipts.receipts)


def _read(text: str) -> Carried:
    try:
        if len(text) > LARGEST_FILE_CHARS:
            raise ValueError
        file = msgspec.json.decode(text, type=Carried)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise Refusal("outbox_unreadable", 422) from None
    if file.format != FORMAT or not 0 < file.fence <= LARGEST:
        raise Refusal("outbox_unreadable", 422)
    return file


def _open(file: Carried, fields: FieldCipher) -> _Content:
    key = fields.carry_key(file.candidate, file.terminal, file.fence)
    try:
        sealed = base64.b64decode(file.sealed, validate=True)
        plain = AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], file.head)
        return msgspec.json.decode(plain, type=_Content)
    except (InvalidTag, binascii.Error, ValueError, msgspec.DecodeError):
        raise Refusal("outbox_altered", 422) from None
