"""``python -m exam_server.serving``: what ``kaochang serve`` becomes."""

from gevent import monkey

monkey.patch_all()

import os  # noqa: E402
import sys  # noqa: E402  everything else after patching
from pathlib import Path  # noqa: E402

from exam_server.cli.output import say, tell_refusal  # noqa: E402
from exam_server.errors import Refusal  # noqa: E402
from exam_server.logs.setup import set_up, turn_over  # noqa: E402
from exam_server.serving.command import parse  # noqa: E402
from exam_server.serving.listening import Listening  # noqa: E402
from exam_server.serving.server import serve  # noqa: E402
from exam_server.settings import settings_for  # noqa: E402
from exam_server.storage.lock import only_writer  # noqa: E402


def _ready(listening: Listening) -> None:
    url = listening.url.replace("0.0.0.0", "localhost")  # noqa: S104
    say(f"考点服务器已启动：{url}/  监考：{url}/console/", "serving; the console is at /console/")


def main() -> int:
    """Serve until stopped; 1 with cause and remedy when it cannot begin."""
    os.umask(0o077)  # whatever this process writes is about people
    home, listening = parse(sys.argv[1:])
    settings = settings_for(Path(home))
    try:
        with only_writer(settings.lock_path, settings.database_url, serves=True):
            turn_over(settings)
            set_up(settings)
            serve(settings, listening, lambda: _ready(listening))
    except Refusal as refusal:
        tell_refusal(refusal)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
