"""Every sitting of a database through the independent verifier."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.clock import Instant
from exam_server.desk.tables import Sitting
from exam_server.keys import CentreKeys
from exam_server.room.tables import Heartbeat, JournalEntry
from exam_server.storage.engine import read_engine
from exam_server.upkeep.journal_export import journal_file
from exam_server.verify.verify import verify


@dataclass(frozen=True, slots=True)
class Proof:
    """``findings``: what the verifier found wrong; none means that the record holds.

    ``head``: of the sitting's own chain, to compare with what is printed or shown elsewhere.
    """

    sitting_id: str
    head_seq: int
    head: str
    findings: int


def prove_sittings(url: str, keys: CentreKeys) -> list[Proof]:
    """Verify the journal of every sitting that has one, as of the last sign of life there."""
    engine = read_engine(url)
    try:
        with Session(engine) as session:
            sittings = session.scalars(select(Sitting).where(Sitting.head_seq > 0)).all()
            now = _last_sign_of_life(session)
            return [_prove(session, one, keys, now) for one in sittings]
    finally:
        engine.dispose()


def _last_sign_of_life(session: Session) -> Instant:
    """The heartbeat, or a journal entry that came after it."""
    entry = session.scalars(select(JournalEntry).order_by(JournalEntry.id.desc()).limit(1)).first()
    beat = session.scalars(select(Heartbeat)).first()
    signs = [Instant(beat.wall_ms, beat.boot_ms, beat.boot)] if beat else []
    signs += [Instant(entry.at_ms, entry.boot_ms, entry.boot)] if entry else []
    return max(signs, key=lambda sign: sign.wall_ms, default=Instant(0, 0, ""))


def _prove(session: Session, where: Sitting, keys: CentreKeys, now: Instant) -> Proof:
    content = journal_file(session, sitting_id=where.id, signing=keys.signing, now=now)
    with tempfile.TemporaryDirectory(prefix="kaochang-proof-") as folder:
        path = Path(folder) / "journal.zip"
        path.write_bytes(content)
        report = verify(path, known_key=keys.signing.public_key().public_bytes_raw())
    wrong = len(report.findings) + (report.unreadable is not None)
    return Proof(where.id, where.head_seq, where.head, wrong)
