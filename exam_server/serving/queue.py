"""What the serving processes tell each other: through Redis, and only ever to be quicker.

Socket.IO's own manager carries the pushes to terminals whose socket another process holds; the
same channel carries a few messages between the processes themselves. Nothing lives in Redis and
nothing waits for it: while it is away, pushes reach the sockets of the process they come from,
and every other terminal learns the same from its poll.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import gevent
import redis
import socketio

from exam_server.logs import events
from exam_server.serving.rooms import RoomsOfEach

log = events(__name__)

RETRY_SECONDS = 1.0
_LISTEN_SECONDS = 5.0
_REDIS = {
    "socket_connect_timeout": 2.0,
    "socket_timeout": 2.0,  # a Redis that hangs delays one push, not all that follow
    "socket_keepalive": True,
    "health_check_interval": 5,
}


class CentreQueue(RoomsOfEach, socketio.RedisManager):  # type: ignore[misc]
    """One channel per centre. ``connected``: whether what is told now reaches the others."""

    def __init__(self, url: str, channel: str) -> None:
        super().__init__(url, channel=channel)
        self.connected = False
        self._client = redis.Redis.from_url(url, **_REDIS)
        self._hear: dict[str, Callable[[Any], None]] = {}
        self._greet: list[Callable[[], None]] = []

    def hear(self, kind: str, listener: Callable[[Any], None]) -> None:
        """``listener(data)`` hears every message of ``kind`` from the other processes."""
        self._hear[kind] = listener

    def on_connected(self, greet: Callable[[], None]) -> None:
        """``greet()`` runs whenever the queue has come, or come back."""
        self._greet.append(greet)

    def tell(self, kind: str, data: Any) -> None:
        """A message for the other processes, if they can be reached."""
        self._publish({"kaochang": kind, "data": data, "host_id": self.host_id})

    def start(self) -> None:
        """Listen from now on, not only from the first socket."""
        if not self.server.manager_initialized:
            self.server.manager_initialized = True
            self.initialize()

    def _publish(self, data: Any) -> None:
        if not self.connected:
            return
        try:
            self._client.publish(self.channel, self.json.dumps(data))
        except redis.RedisError as error:
            log.warning("push_not_shared", error=error)

    def _listen(self) -> Iterator[Any]:
        for text in self._arriving():
            message = self.json.loads(text)
            kind = message.get("kaochang")
            if kind is None:
                yield message
            elif message["host_id"] != self.host_id and kind in self._hear:
                self._guarded(partial(self._hear[kind], message["data"]))

    def _arriving(self) -> Iterator[bytes]:
        """Every message on the channel, through however many Redis servers."""
        while True:
            try:
                with self._client.pubsub(ignore_subscribe_messages=True) as listener:  # type: ignore[no-untyped-call]
                    listener.subscribe(self.channel)
                    self._has_come()
                    while True:
                        message = listener.get_message(timeout=_LISTEN_SECONDS)
                        if message is not None:
                            yield message["data"]
            except redis.RedisError as error:
                if self.connected:
                    log.warning("redis_away", error=error)
                self.connected = False
                gevent.sleep(RETRY_SECONDS)

    def _has_come(self) -> None:
        log.info("redis_there")
        self.connected = True
        for greet in self._greet:
            self._guarded(greet)

    def _guarded(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception:  # one message must not end the listening to all others
            log.exception("shared_failed")
