"""The orderly end of a serving process: nothing that was accepted is dropped, nobody waits long.

SIGTERM reaches gunicorn's worker. It stops accepting; what is under way goes on for a moment;
then every socket is closed from here, so that terminals look for the server at once instead of
noticing later; the last write of the queue is a sign of life, and with it everything before it
is on the disk. Their time runs on to that moment: the gap until the next start is the outage.
"""

from __future__ import annotations

import time
from typing import Any

import gevent
from flask_socketio import SocketIO

from exam_server.context import Centre
from exam_server.errors import Refusal
from exam_server.logs import events
from exam_server.results.scorer_client import ScorerClient
from exam_server.room.actions.outage import beat

LOOK_SECONDS = 0.1
# gunicorn looks once a second whether it shall end; only then nobody new can connect
UNTIL_CLOSED_SECONDS = 1.2
LET_GO_SECONDS = 3  # idle connections never end by themselves
MASTER_WAITS_SECONDS = 20  # then it kills: more than the slowest disk takes for one batch
log = events(__name__)


class Stopping:
    """One per worker. ``watch`` in a greenlet of its own; ``finish`` as the last thing."""

    def __init__(self, centre: Centre, socketio: SocketIO, scorer: ScorerClient) -> None:
        self._centre, self._socketio, self._scorer = centre, socketio, scorer
        self._asked = 0.0

    def watch(self, worker: Any) -> None:
        """Until the worker is asked to end; then let the terminals go."""
        while worker.alive:
            gevent.sleep(LOOK_SECONDS)
        self._asked = time.perf_counter()
        self._centre.stopping = True
        sockets = self._socketio.server.eio
        log.info("stopping", terminals=len(sockets.sockets))
        gevent.sleep(UNTIL_CLOSED_SECONDS)
        for sid in list(sockets.sockets):
            gevent.spawn(sockets.disconnect, sid)

    def finish(self) -> None:
        """Write what is in hand, end the scorer, close the database."""
        saved = True
        try:
            self._centre.store.write(beat)
        except Refusal:  # it was not saving: what waits is still in the terminals' outboxes
            saved = False
        self._scorer.close()
        self._centre.store.close()
        took = (time.perf_counter() - self._asked) * 1000 if self._asked else 0
        log.info("stopped", ms=round(took), saved=saved)
