"""The socket side of the board: namespace ``/console``, known by the staff cookie."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from flask import request
from flask_socketio import Namespace, SocketIO, join_room, leave_room, rooms

from exam_server.auth.actions import staff_of
from exam_server.context import Centre
from exam_server.errors import Refusal, not_found
from exam_server.ids import is_id
from exam_server.room import views
from exam_server.serving.admitting import or_no
from exam_server.words import problem_of
from proctor_console.frame.access import brought, visit_of
from proctor_console.room.diff import BoardFacts
from proctor_console.room.feed import BoardFeed, Surroundings

NAMESPACE = "/console"


class ConsoleNamespace(Namespace):
    """``watch`` {sitting_id} → {"version", "board"}; pushes ``board``."""

    def __init__(self, feed: BoardFeed) -> None:
        super().__init__(NAMESPACE)
        self._feed = feed
        self._tokens: dict[str, str] = {}

    @or_no
    def on_connect(self, _auth: Any = None) -> bool:
        """Only staff who are logged in."""
        token = brought()
        if visit_of(token) is None:
            return False
        self._tokens[_socket_id()] = token
        return True

    def cut_off(self, here: Centre) -> None:
        """Close the sockets of whoever logged out, was disabled, or stayed too long."""
        tokens = dict(self._tokens)
        now_ms = here.now().wall_ms
        gone = here.store.read(
            lambda session: {
                token
                for token in set(tokens.values())
                if staff_of(session, token=token, now_wall_ms=now_ms) is None
            }
        )
        for sid, token in tokens.items():
            if token in gone:
                self._tokens.pop(sid, None)
                self.socketio.server.disconnect(sid, namespace=NAMESPACE)

    def on_watch(self, wanted: Any = None, *_more: Any) -> dict[str, Any]:
        """Watch one sitting; the answer is its whole board."""
        try:
            if visit_of(brought()) is None:
                raise Refusal("not_logged_in", 401)
            return self._watch(_named(wanted))
        except Refusal as refusal:
            return {"problem": problem_of(refusal)}

    def _watch(self, sitting_id: str) -> dict[str, Any]:
        """Joined first, so that no push is missed in between; left again when it is refused."""
        for room in [name for name in rooms() if name.startswith("board:")]:
            leave_room(room)
        self._feed.leave(_socket_id())
        join_room(f"board:{sitting_id}")
        try:
            return self._feed.watch(sitting_id, _socket_id())
        except Refusal:
            leave_room(f"board:{sitting_id}")
            raise

    def on_disconnect(self, _reason: object = None) -> None:
        """The page is closed."""
        self._tokens.pop(_socket_id(), None)
        self._feed.leave(_socket_id())


def register(socketio: SocketIO, here: Centre) -> BoardFeed:
    """Serve the namespace and let every change of a board reach its watchers."""
    feed = BoardFeed(_surroundings(socketio, here, lambda: namespace.cut_off(here)))
    namespace = ConsoleNamespace(feed)
    here.push.on_board_change(feed.changed)
    socketio.on_namespace(namespace)
    return feed


def _surroundings(socketio: SocketIO, here: Centre, cut_off: Callable[[], None]) -> Surroundings:
    """``cut_off``: closes the sockets that may not see what is about to be sent."""

    def read(sitting_id: str) -> BoardFacts:
        now = here.now()
        board = here.store.read(lambda session: views.board(session, sitting_id, now))
        facts: BoardFacts = msgspec.to_builtins(board)
        return facts

    def send(sitting_id: str, push: dict[str, Any]) -> None:
        cut_off()
        # straight to this process's sockets: each process feeds its own watchers
        socketio.server.emit(
            "board", push, to=f"board:{sitting_id}", namespace=NAMESPACE, ignore_queue=True
        )

    return Surroundings(
        read=read,
        send=send,
        spawn=socketio.start_background_task,
        sleep=socketio.sleep,
        wake=socketio.server.eio.create_event,
    )


def _named(wanted: Any) -> str:
    """The sitting a message names; whatever has not an id's form is no sitting."""
    sitting_id = wanted.get("sitting_id") if isinstance(wanted, dict) else None
    if not isinstance(sitting_id, str) or not is_id(sitting_id):
        raise not_found("sitting", "")
    return sitting_id


def _socket_id() -> str:
    return str(request.sid)  # type: ignore[attr-defined]
