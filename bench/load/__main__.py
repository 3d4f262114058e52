"""``python -m bench.load``: commands in, figures out, one JSON value a line."""

from __future__ import annotations

import asyncio
import inspect
import json
import resource
import sys
import traceback
from typing import Any

from bench.load.crowd import Crowd, facts


async def _serve() -> None:
    crowd, loop = Crowd(), asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        verb, arguments = json.loads(line)
        answer: dict[str, Any]
        try:
            done = getattr(crowd, verb)(**arguments)
            answer = await done if inspect.isawaitable(done) else done
        except Exception:  # noqa: BLE001  told to whoever gave the command
            answer = {"trace": traceback.format_exc()[-3000:]}
        print(json.dumps(answer | facts()), flush=True)


def main() -> None:
    """Serve commands until the standard input ends."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(_serve())


if __name__ == "__main__":
    main()
