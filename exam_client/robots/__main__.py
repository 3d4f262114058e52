"""``python -m exam_client.robots PEOPLE.json --url URL``: many robots in one process."""

from gevent import monkey

monkey.patch_all()

import argparse  # noqa: E402  everything else after patching
import json  # noqa: E402
import logging  # noqa: E402
import sys  # noqa: E402
from collections import Counter  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402

from exam_client.robots.plan import Person  # noqa: E402
from exam_client.robots.robot import Robot  # noqa: E402

REPORT_SECONDS = 1.0


def main() -> int:
    """Run the robots of the list; 0 when every one reached its score.

    Writes the ledger (one JSON line per acknowledged answer, flushed at once) and, to
    stdout, one JSON line per second ``{"phases": {...}}`` and at the end ``{"results": …}``.
    """
    wanted = _arguments()
    people = [Person(**one) for one in json.loads(Path(wanted.people).read_text("utf-8"))]
    crib = json.loads(Path(wanted.crib).read_text("utf-8")) if wanted.crib else {}
    logging.basicConfig(level=logging.DEBUG if wanted.verbose else logging.WARNING)
    with Path(wanted.ledger).open("a", encoding="utf-8") as ledger:

        def note(record: dict[str, Any]) -> None:
            ledger.write(json.dumps(record) + "\n")
            ledger.flush()

        robots = [
            Robot(
                person,
                wanted.url,
                seed=wanted.seed,
                crib=crib,
                ledger=note,
                verify=wanted.ca or True,
                sleep=gevent.sleep,
            )
            for person in people
        ]
        running = [gevent.spawn(robot.run) for robot in robots]
        while not all(one.dead for one in running):
            _say({"phases": Counter(robot.phase for robot in robots)})
            gevent.joinall(running, timeout=REPORT_SECONDS)
    failed = [one for one in running if one.exception is not None]
    _say({"results": {robot.ticket: robot.result for robot in robots}})
    for one in failed:
        print(f"a robot failed: {one.exception!r}", file=sys.stderr)
    return 1 if failed else 0


def _say(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m exam_client.robots", description=__doc__)
    parser.add_argument(
        "people",
        help="JSON list of {ticket, id_number, room, seat}; each may also give skill (0 to 1), "
        "pace (times faster than a person) and manner (hands_in, runs_out, leaves_blanks)",
    )
    parser.add_argument("--url", required=True)
    parser.add_argument("--seed", default="robots")
    parser.add_argument("--crib", help="JSON {item id: letters}: what a well-prepared robot knows")
    parser.add_argument("--ledger", default="robots-ledger.jsonl")
    parser.add_argument("--ca", help="certificate of the centre's own authority")
    parser.add_argument("--verbose", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
