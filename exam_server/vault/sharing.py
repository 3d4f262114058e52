"""Unsealed secrets reach every process that serves, from memory to memory (DESIGN §6).

Before the bell they are nowhere but in the memory of the process through which two persons
unsealed. Any process may be asked to ring the bell, and any may die: so each asks the others
with a key of its own, made at its start and never stored, and is given what they hold, sealed
to that key. Both messages are signed by the centre, whose key lies on the serving machines
only. Whoever reads along has nothing, then or later; whoever misses a message asks again when
the queue is back, or the bell is refused and the papers are unsealed once more.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from exam_server.logs import events
from exam_server.vault.opened import OpenedVault
from question_bank.sealing import suite

log = events(__name__)
OPENED, WANTED, GIVEN = "vault_opened", "vault_wanted", "vault_given"


class Queue(Protocol):
    """The part of the processes' queue that is needed here."""

    def hear(self, kind: str, listener: Callable[[Any], None]) -> None: ...

    def on_connected(self, greet: Callable[[], None]) -> None: ...

    def tell(self, kind: str, data: Any) -> None: ...


class SharedVault:
    """One process's part in it. ``signing``: the centre's key; ``process``: this one's number."""

    def __init__(
        self, vault: OpenedVault, queue: Queue, *, signing: Ed25519PrivateKey, process: int
    ) -> None:
        self._vault, self._queue, self._signing, self._process = vault, queue, signing, process
        self._centre = signing.public_key().public_bytes_raw()
        self._own = X25519PrivateKey.generate()
        queue.hear(OPENED, lambda _data: self.ask())
        queue.hear(WANTED, self._give)
        queue.hear(GIVEN, self._take)
        queue.on_connected(self.ask)

    def opened(self) -> None:
        """Something has been unsealed here: the others may ask for it."""
        self._queue.tell(OPENED, None)

    def ask(self) -> None:
        """Ask the others for what they hold."""
        public = self._own.public_key().public_bytes_raw()
        self._say(WANTED, {"process": self._process}, public)

    def _give(self, data: Any) -> None:
        public = self._proved(WANTED, data)
        if public is None or not self._vault.forms():
            return
        asking = int(data["process"])
        held = json.dumps(self._vault.as_texts()).encode()
        recipient = X25519PublicKey.from_public_bytes(public)
        self._say(GIVEN, {"to": asking}, suite.seal_to(recipient, held, _about(asking)))

    def _take(self, data: Any) -> None:
        if data.get("to") != self._process:
            return
        sealed = self._proved(GIVEN, data)
        held = sealed and suite.open_sealed(self._own, sealed, _about(self._process))
        if held:
            self._vault.hold_texts(json.loads(held))

    def _say(self, kind: str, about: dict[str, Any], content: bytes) -> None:
        signature = suite.sign(self._signing, _header(kind, about), content)
        texts = {"content": suite.to_base64(content), "signature": suite.to_base64(signature)}
        self._queue.tell(kind, {**about, **texts})

    def _proved(self, kind: str, data: Any) -> bytes | None:
        """The content of a message that a process of this centre has signed; None of others."""
        about = {name: data[name] for name in data if name not in ("content", "signature")}
        content = suite.from_base64(str(data.get("content")))
        signature = suite.from_base64(str(data.get("signature")))
        if content is None or signature is None:
            return None
        if not suite.signed_by(self._centre, signature, _header(kind, about), content):
            log.error("stranger_refused", kind=kind)
            return None
        return content


def _header(kind: str, about: dict[str, Any]) -> bytes:
    return json.dumps(["kaochang/vault/1", kind, about], sort_keys=True).encode()


def _about(process: int) -> str:
    return f"kaochang/vault/1/{process}"
