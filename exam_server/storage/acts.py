"""The office's own record 操作记录: what is done outside a sitting, hash-chained.

A sitting and its attempts have journals of their own. Accounts, exams, rosters, packages,
lines and exports belong to no sitting: their acts are one chain for the whole centre
(invariant 9). Rows are only ever added.
"""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from exam_server.storage.act_kinds import ACT_KINDS
from exam_server.storage.base import Base
from exam_server.storage.tx import Tx
from question_bank.canonical import canonical

GENESIS = hashlib.sha256(b"kaochang/acts/1").hexdigest()
_HASHED = ("seq", "at_ms", "kind", "actor", "data", "prev")
_ONE_AT_A_TIME = 0x6B616F61  # any fixed number: appends to the chain queue up on PostgreSQL


class Act(Base):
    """One act: who, when, what, and the facts that matter. Never an ID number."""

    __tablename__ = "act"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at_ms: Mapped[int]
    kind: Mapped[str]
    actor: Mapped[str]
    data: Mapped[dict[str, Any]]
    prev: Mapped[str]
    digest: Mapped[str]


def record(tx: Tx, *, kind: str, actor: str, data: dict[str, Any] | None = None) -> Act:
    """Append one act to the chain. An act that the catalogue does not allow is a ValueError or
    KeyError: a mistake of the program."""
    if problem := ACT_KINDS[kind].problem(actor, data or {}):
        raise ValueError(problem)
    session = tx.session
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
    session.flush()
    last = session.scalars(select(Act).order_by(Act.seq.desc()).limit(1)).first()
    act = Act(
        seq=last.seq + 1 if last else 1,
        at_ms=tx.now.wall_ms,
        kind=kind,
        actor=actor,
        data=data or {},
        prev=last.digest if last else GENESIS,
    )
    act.digest = _digest(act)
    session.add(act)
    session.flush()
    return act


def last_act(session: Session) -> tuple[int, str] | None:
    """Number and digest of the newest act: the head of the chain; None before the first."""
    row = session.execute(select(Act.seq, Act.digest).order_by(Act.seq.desc()).limit(1)).first()
    return None if row is None else (row[0], row[1])


def acts_as_lines(session: Session) -> bytes:
    """The whole chain, one canonical act per line: what a verifier reads."""
    return b"".join(
        canonical({**_body(act), "digest": act.digest}) + b"\n"
        for act in session.scalars(select(Act).order_by(Act.seq))
    )


def first_break(session: Session) -> int | None:
    """The sequence number of the first act that does not fit the chain, None when whole."""
    prev = GENESIS
    for seq, act in enumerate(session.scalars(select(Act).order_by(Act.seq)), start=1):
        if act.seq != seq or act.prev != prev or act.digest != _digest(act):
            return seq
        prev = act.digest
    return None


def _body(act: Act) -> dict[str, Any]:
    return {name: getattr(act, name) for name in _HASHED}


def _digest(act: Act) -> str:
    return hashlib.sha256(canonical(_body(act))).hexdigest()
