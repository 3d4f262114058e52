"""``python -m bench``: the figures.

python -m bench                         every scenario
python -m bench day_1000 slow_disk_1000 some
python -m bench --record                and writes bench/results/latest.json and the page
python -m bench --workers 2 --database postgresql --redis
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.metadata
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec

from bench import record, references
from bench.figures import named
from bench.hall import commit
from bench.machine import description
from bench.scenarios import SCENARIOS, Run
from bench.stages import Stages
from tests.builders.services import running_postgres, running_redis

_VERSIONS = ("flask", "flask-socketio", "gevent", "gunicorn", "python-engineio", "sqlalchemy")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, show, record; 1 when a target is missed and ``--strict`` was said."""
    wanted = _parsed(arguments)
    begun, began = dt.datetime.now(dt.UTC), time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kc-bench-")))
        stages = Stages(folder, seed=str(wanted.seed), workers=wanted.workers)
        if wanted.database == "postgresql":
            stages.postgres = stack.enter_context(running_postgres())
        if wanted.redis:
            stages.redis_url = stack.enter_context(running_redis()).url
        print("references", flush=True)
        run = Run(stages, references.measure(folder), seconds=wanted.seconds, seed=str(wanted.seed))
        for name, value in msgspec.to_builtins(run.references).items():
            print(f"  {name:28} {value:16,.3f}", flush=True)
        for name in wanted.scenarios or SCENARIOS:
            print(name, flush=True)
            SCENARIOS[name](run)
    result = {
        "date": begun.isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": description(),
        "versions": _versions(),
        "database": wanted.database,
        "workers": wanted.workers,
        "redis": wanted.redis,
        "seconds": round(time.monotonic() - began),
        "references": msgspec.to_builtins(run.references),
        "figures": named(run.figures),
    }
    if wanted.record:
        record.keep(result, wanted.into)
    missed = [figure for figure in run.figures if figure.met() is False]
    for figure in missed:
        print(f"missed: {figure.name} {figure.shown}, aim {figure.target}")
    return 1 if missed and wanted.strict else 0


def _versions() -> dict[str, str]:
    found: dict[str, Any] = {name: importlib.metadata.version(name) for name in _VERSIONS}
    return {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version, **found}


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("scenarios", nargs="*", choices=[*SCENARIOS, []])
    parser.add_argument("--workers", type=int, default=1, help="server processes")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--redis", action="store_true", help="pushes between processes")
    parser.add_argument("--seconds", type=float, default=40, help="of a steady measurement")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", action="store_true", help="write the results and the page")
    parser.add_argument("--into", default="latest", help="which results: latest, or e.g. workers")
    parser.add_argument("--strict", action="store_true", help="fail when an aim is missed")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
