"""``python -m bench.bare PORT``: the least that the same server could do, as a reference.

Flask that says hello and Socket.IO that acknowledges, under the settings of gunicorn, gevent and
Socket.IO with which the real server runs; no room, no database.
"""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

from flask import Flask  # noqa: E402
from flask_socketio import SocketIO  # noqa: E402

from exam_server.serving.listening import Listening  # noqa: E402
from exam_server.serving.server import CentreServer  # noqa: E402
from exam_server.settings import Settings  # noqa: E402


class BareServer(CentreServer):
    """Its settings, and nothing behind them."""

    def load(self) -> Any:
        """Runs in the worker."""
        app = Flask("bare", static_folder=None)
        socketio = SocketIO(
            app,
            async_mode="gevent",
            transports=["websocket"],
            manage_session=False,
            async_handlers=False,
        )
        app.add_url_rule("/hello", "hello", lambda: {"hello": "world"})
        app.add_url_rule("/healthz", "healthz", dict)
        socketio.server.on("responses", lambda _sid, _data: {"saved": True}, namespace="/terminal")
        socketio.server.on(
            "connect", lambda _sid, _environ, _auth=None: True, namespace="/terminal"
        )
        return app


if __name__ == "__main__":
    where = Listening("127.0.0.1", int(sys.argv[1]))
    BareServer(Settings(Path.cwd(), ""), where).run()
