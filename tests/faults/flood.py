"""``python -m tests.faults.flood``: one terminal that sends without waiting for an answer."""

from gevent import monkey

monkey.patch_all()

import json  # noqa: E402  after patching
import os  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402
import requests  # noqa: E402
import socketio  # noqa: E402

MESSAGES_AT_ONCE, MESSAGES_PER_SECOND = 200, 12_000
REQUESTS_AT_ONCE = 20


def main() -> None:
    """Flood for some seconds; prints how much left: ``{"messages": n, "requests": n}``."""
    url, cookie, attempt_id, item, seconds = sys.argv[1:]
    client = socketio.Client(reconnection=True)
    client.connect(
        url, headers={"Cookie": cookie}, namespaces=["/terminal"], transports=["websocket"]
    )
    sent = {"messages": 0, "requests": 0}
    ends = time.monotonic() + float(seconds)

    def by_socket() -> None:
        """Written by hand: the client's own encoder is slower than the flood has to be."""
        counter, began = 0, time.monotonic()
        while time.monotonic() < ends:
            for _ in range(MESSAGES_AT_ONCE):
                counter += 1
                client.eio.send(f"2/terminal,{json.dumps(_message(attempt_id, item, counter))}")
            sent["messages"] = counter
            gevent.sleep(max(0.0, began + counter / MESSAGES_PER_SECOND - time.monotonic()))

    def by_requests() -> None:
        http = requests.Session()
        http.trust_env = False
        headers = {"Cookie": cookie, "X-Kaochang": "1"}
        while time.monotonic() < ends:
            try:
                http.get(f"{url}/api/state", headers=headers, timeout=30)
            except requests.RequestException:
                gevent.sleep(0.05)
            sent["requests"] += 1

    gevent.joinall(
        [gevent.spawn(by_socket), *(gevent.spawn(by_requests) for _ in range(REQUESTS_AT_ONCE))],
        timeout=float(seconds),
    )
    print(json.dumps(sent), flush=True)
    os._exit(0)  # what still waits to be sent is of no interest


def _message(attempt_id: str, item: str, counter: int) -> list[Any]:
    if counter % 4 == 0:  # costs the writer a look at the login and a State
        return ["start", {"attempt_id": attempt_id, "terminal_elapsed_ms": 0}]
    answer = {
        "item": item,
        "options": "ab"[counter % 2],
        "marked": False,
        "revision": [1, 100_000 + counter],
        "elapsed_ms": 0,
    }
    return ["responses", {"attempt_id": attempt_id, "responses": [answer]}]


if __name__ == "__main__":
    main()
