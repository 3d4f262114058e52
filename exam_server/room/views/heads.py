"""The head 链头 of a sitting's chain as the centre vouches for it (docs/reference/journal.md §3).

Whoever holds one of these outside the machine (the console's screen, the printed room sheet, a
terminal) can later prove that nothing before it was changed, even by someone who could compute
the whole chain anew and sign it with the centre's own key.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.desk.tables import Sitting
from exam_server.errors import not_found
from exam_server.room.tables import JournalEntry
from exam_server.storage.listed import listed
from question_bank.canonical import canonical

FORMAT = "kaochang/head/1"
_SHORT_DIGITS = 16
_CODE_DIGITS = 8
_HEADS = select(Sitting.id, Sitting.head_seq, Sitting.head).where(
    Sitting.id.in_(listed("sittings"))
)


class SignedHead(msgspec.Struct, frozen=True):
    """Entry ``seq`` of the chain of ``sitting`` has ``digest`` and the wall time ``at`` (ms).

    ``signature``: base64 Ed25519 by the centre over the canonical statement of the four with
    the format.
    """

    sitting: str
    seq: int
    digest: str
    at: int
    signature: str

    @property
    def short(self) -> str:
        """``7F3A 91C2 5D08 E6B4``: what a person compares, and may type for the verifier."""
        return grouped(self.digest[:_SHORT_DIGITS])

    @property
    def grouped(self) -> str:
        """The whole digest in groups of four, as the room sheet prints it."""
        return grouped(self.digest)

    @property
    def check_code(self) -> str:
        """The first eight hex digits of the signature's SHA-256: paper and file agree on it."""
        return grouped(hashlib.sha256(base64.b64decode(self.signature)).hexdigest()[:_CODE_DIGITS])


class HeadSigner:
    """Signs the newest head of each sitting once, however many ask for it."""

    def __init__(self, signing: Ed25519PrivateKey) -> None:
        self._signing = signing
        self._newest: dict[str, SignedHead] = {}

    def of(self, session: Session, sitting_id: str) -> SignedHead | None:
        """The newest head, None before the chain begins. Refusal ``not_found`` 404."""
        found = self.of_all(session, [sitting_id])
        if sitting_id not in found:
            raise not_found("sitting", sitting_id)
        return found[sitting_id]

    def of_all(
        self, session: Session, sitting_ids: Collection[str]
    ) -> dict[str, SignedHead | None]:
        """As :meth:`of`, by sitting id, of those that there are."""
        heads = session.execute(_HEADS, {"sittings": list(sitting_ids)})
        return {
            sitting_id: self._known(session, sitting_id, seq, digest)
            for sitting_id, seq, digest in heads
        }

    def _known(self, session: Session, sitting_id: str, seq: int, digest: str) -> SignedHead | None:
        if seq == 0:
            return None
        known = self._newest.get(sitting_id)
        if known is None or (known.seq, known.digest) != (seq, digest):
            known = self._newest[sitting_id] = self._sign(session, sitting_id, seq, digest)
        return known

    def _sign(self, session: Session, sitting_id: str, seq: int, digest: str) -> SignedHead:
        at = session.scalars(
            select(JournalEntry.at_ms).where(
                JournalEntry.chain == sitting_id, JournalEntry.seq == seq
            )
        ).one()
        signature = self._signing.sign(statement(sitting_id, seq, digest, at))
        return SignedHead(sitting_id, seq, digest, at, base64.b64encode(signature).decode())


def statement(sitting_id: str, seq: int, digest: str, at: int) -> bytes:
    """What is signed: equal facts give equal bytes, and Ed25519 then equal signatures."""
    return canonical(
        {"format": FORMAT, "sitting": sitting_id, "seq": seq, "digest": digest, "at": at}
    )


def grouped(digits: str) -> str:
    """Hex digits in upper case and groups of four."""
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4)).upper()
