"""What the faces find in the running program: one centre's parts, put together by bootstrap."""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.auth.budget import Budget
from exam_server.auth.limiter import Limiter
from exam_server.clock import Instant
from exam_server.keys import CentreKeys
from exam_server.presence import PresenceBoard
from exam_server.push import Push
from exam_server.room.actions.outage import Standing
from exam_server.room.tables import Attempt
from exam_server.room.views.answers import FormRulesShelf
from exam_server.room.views.heads import HeadSigner
from exam_server.room.views.shelves import Shelves
from exam_server.settings import Settings
from exam_server.storage.life import new_process
from exam_server.storage.store import Store
from exam_server.vault.opened import OpenedVault


def _requests() -> Budget:
    """Of one terminal: a page load is twenty requests, the rhythm of an exam one in seconds."""
    return Budget(burst=400, per_second=20)


def _reports() -> Budget:
    """Events of one candidate: each is an entry of the journal for ever."""
    return Budget(burst=300, per_second=1)


def _queries() -> Budget:
    """Of one address of the public query: an office with forty people behind one, no list."""
    return Budget(burst=60, per_second=0.5)


def _calls() -> Budget:
    """Of one system's token: a whole province in pages of a thousand is 71 calls."""
    return Budget(burst=120, per_second=2)


if TYPE_CHECKING:  # Redis only where it is used
    from exam_server.serving.queue import CentreQueue


@dataclass(slots=True)
class Centre:
    """The running centre.

    ``epoch`` counts the server's starts. ``score_pages`` comes from ``results``;
    bootstrap hands it in, so that no face imports its way to a scoring key.
    ``requests``, ``reports``: what one terminal may ask for and tell; ``queries``: one address of
    the public query; ``calls``: one system's token. ``queue``: to the other
    processes, None without Redis. ``process``: this one's number among all that serve.
    ``hold_until_ms``: boot clock until which nothing expires after an outage (DESIGN §5);
    ``hold_ms``: how long that is, by the profile. ``stopping``: this process has been
    asked to end. ``swept_at``: when its second's work was last
    done (``time.perf_counter``), None where none runs.
    """

    settings: Settings
    store: Store
    keys: CentreKeys
    vault: OpenedVault
    push: Push
    presence: PresenceBoard
    limiter: Limiter
    score_pages: Callable[[Session, Collection[str], Shelves], Mapping[str, Any]]
    heads: HeadSigner
    requests: Budget = field(default_factory=_requests)
    reports: Budget = field(default_factory=_reports)
    queries: Budget = field(default_factory=_queries)
    calls: Budget = field(default_factory=_calls)
    form_rules: FormRulesShelf = field(default_factory=FormRulesShelf)
    shelves: Shelves = field(default_factory=Shelves)
    queue: CentreQueue | None = None
    process: int = field(default_factory=new_process)
    epoch: int = 0
    hold_until_ms: int = 0
    hold_ms: int = 0
    stopping: bool = False
    swept_at: float | None = None

    def now(self) -> Instant:
        """The instant by the deciding clock."""
        return self.store.now()

    def stands(self, standing: Standing) -> None:
        """Take over what the processes know of each other."""
        self.epoch = standing.epoch
        self.hold_until_ms, self.hold_ms = standing.hold_until_ms, standing.hold_ms

    def reconnect_grace_ms(self, now: Instant) -> int:
        """How much later than usual an answer still counts: whatever waited out the outage."""
        return self.hold_ms if now.boot_ms < self.hold_until_ms else 0

    def content_key_text(self, form_id: str) -> str:
        """A released form's key as it travels (base64)."""
        return base64.b64encode(self.vault.content_key(form_id)).decode()

    def people_of(self, sitting_id: str) -> list[tuple[str, str]]:
        """(attempt id, candidate id) of everybody in a sitting."""
        query = select(Attempt.id, Attempt.candidate_id).where(Attempt.sitting_id == sitting_id)
        rows = self.store.read(lambda session: session.execute(query).all())
        return [(row[0], row[1]) for row in rows]


def centre() -> Centre:
    """The centre of the current Flask app."""
    found = current_app.extensions["kaochang"]
    assert isinstance(found, Centre)
    return found
