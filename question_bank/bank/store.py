"""The authority's encrypted store: a SQLite file of its own, opened with the authority's key."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from question_bank.bank.keys import AuthorityKeys
from question_bank.bank.tables import Base, KeyCheck
from question_bank.errors import BankError
from question_bank.items.key import KeyedItem
from question_bank.sealing.suite import decrypt, encrypt

_KEY_CHECK = b"kaochang/bank/1"


class BankStore:
    """One open bank. Use :meth:`open`; sessions commit when their block ends well."""

    def __init__(self, engine: Engine, keys: AuthorityKeys) -> None:
        self._engine = engine
        self.keys = keys

    @classmethod
    def open(cls, path: Path, keys: AuthorityKeys, *, create: bool = False) -> BankStore:
        """BankErrors ``bank_missing`` unless ``create``, ``bank_keys_wrong``."""
        if not path.is_file():
            if not create:
                raise BankError("bank_missing", {"file": path.name})
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        store = cls(_engine(path), keys)
        Base.metadata.create_all(store._engine)
        with store.session() as session:
            store._check_keys(session)
        return store

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction: committed at the end of the block, rolled back on any error."""
        with Session(self._engine) as session, session.begin():
            yield session

    def seal(self, plain: bytes, context: str) -> bytes:
        """Bytes under the store key, bound to where they lie."""
        return encrypt(self.keys.store, plain, context.encode())

    def unseal(self, sealed: bytes, context: str) -> bytes | None:
        """Inverse of :meth:`seal`; None when altered or moved."""
        return decrypt(self.keys.store, sealed, context.encode())

    def seal_entry(self, entry: KeyedItem, stored_id: str) -> bytes:
        """An item with its key, for its row."""
        return self.seal(msgspec.msgpack.encode(entry), f"item:{stored_id}")

    def unseal_entry(self, sealed: bytes, stored_id: str) -> KeyedItem:
        """BankError ``bank_item_altered``."""
        plain = self.unseal(sealed, f"item:{stored_id}")
        if plain is None:
            raise BankError("bank_item_altered", {"item": stored_id})
        return msgspec.msgpack.decode(plain, type=KeyedItem)

    def fingerprint(self, entry: KeyedItem) -> str:
        """Keyed digest (hex): says whether two items are the same, and nothing else."""
        message = b"item\x00" + msgspec.msgpack.encode(entry)
        return hmac.new(self.keys.store, message, hashlib.sha256).hexdigest()

    def _check_keys(self, session: Session) -> None:
        row = session.get(KeyCheck, 1)
        if row is None:
            session.add(KeyCheck(id=1, sealed=self.seal(_KEY_CHECK, "key-check")))
        elif self.unseal(row.sealed, "key-check") != _KEY_CHECK:
            raise BankError("bank_keys_wrong")


def _engine(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def _durable(connection: object, _record: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    return engine
