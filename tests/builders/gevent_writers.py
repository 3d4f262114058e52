"""Many greenlets that write at once, in a process patched like the server's.

``python -m tests.builders.gevent_writers`` reads the work as JSON from its standard input,
prints each receipt as soon as it has it, and is killed with the last one: whatever it has
printed must be in the database.
"""

from gevent import monkey

monkey.patch_all()

import json  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402
import msgspec  # noqa: E402
from sqlalchemy import Engine, event  # noqa: E402

from exam_server.clock import SystemClock  # noqa: E402
from exam_server.errors import Refusal  # noqa: E402
from exam_server.room.actions.responses import Answer, Save, save_together  # noqa: E402
from exam_server.storage.runner import GeventRunner  # noqa: E402
from exam_server.storage.store import Store  # noqa: E402
from question_bank.items.shape import Shape  # noqa: E402


def main() -> None:
    """Do the work and die."""
    work: dict[str, Any] = json.load(sys.stdin)
    shape = msgspec.convert(work["shape"], Shape)
    store = Store(work["url"], SystemClock(), GeventRunner())
    commits: list[None] = []
    event.listen(Engine, "commit", lambda _connection: commits.append(None))
    facts: list[str] = []
    store.on_fact(lambda fact: facts.append(fact.kind))

    def terminal(attempt_id: str, candidate_id: str, answers: list[Any]) -> None:
        for number in range(len(answers)):
            answer = msgspec.convert(answers[number], Answer)

            save = Save(attempt_id, candidate_id, shape, [answer], grace_ms=0)
            try:
                found = store.write_together(save_together, save, attempts=[attempt_id])
                _say({"attempt": attempt_id, **msgspec.to_builtins(found.receipts[0])})
            except Refusal as refusal:
                _say({"attempt": attempt_id, "refused": refusal.code})

    greenlets = [gevent.spawn(terminal, *each) for each in work["terminals"]]
    gevent.joinall(greenlets, raise_error=True)
    _say({"commits": len(commits), "facts": len(facts), "saving": store.saving})
    os.kill(os.getpid(), signal.SIGKILL)


def _say(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
