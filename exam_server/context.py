"""What the faces find in the running program: one centre's parts, put together by bootstrap."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from exam_server.auth.limiter import Limiter
from exam_server.clock import Instant
from exam_server.keys import CentreKeys
from exam_server.presence import PresenceBoard
from exam_server.push import Push
from exam_server.settings import Settings
from exam_server.storage.store import Store
from exam_server.vault.opened import OpenedVault


@dataclass(slots=True)
class Centre:
    """The running centre. ``epoch`` counts the server's starts."""

    settings: Settings
    store: Store
    keys: CentreKeys
    vault: OpenedVault
    push: Push
    presence: PresenceBoard
    limiter: Limiter
    epoch: int = 0

    def now(self) -> Instant:
        """The instant by the deciding clock."""
        return self.store.now()


def centre() -> Centre:
    """The centre of the current Flask app."""
    found = current_app.extensions["kaochang"]
    assert isinstance(found, Centre)
    return found
