"""The references of a run: the same server without a room, and the disk."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.figures import References
from bench.generator import Generator
from bench.machine import ServerUse, fdatasync_per_second, percentile
from tests.builders.services import ROOT, free_port, stop, wait_for_port

_SOCKETS = 500


@contextmanager
def bare_server() -> Iterator[tuple[str, ServerUse]]:
    """The bare server while the block runs: its address and what it uses."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.bare", str(port)], cwd=ROOT)
    try:
        wait_for_port(port, process)
        yield f"http://127.0.0.1:{port}", ServerUse(process.pid)
    finally:
        stop(process)


def measure(disk: Path, *, seconds: float = 5.0, requests: int = 6000) -> References:
    """``disk``: the folder in which the measured databases lie."""
    with bare_server() as (url, use), Generator() as generator:
        generator.ask("connect_bare", url=url, count=_SOCKETS)
        generator.ask("saturate_bare", seconds=1.0, terminals=_SOCKETS)
        before = use.cpu_seconds()
        full = generator.ask("saturate_bare", seconds=seconds, terminals=_SOCKETS)
        acks = len(full["took_ms"])
        ack_cpu_ms = (use.cpu_seconds() - before) * 1000 / acks
        alone = generator.ask("saturate_bare", seconds=1.0, terminals=1)
        before = use.cpu_seconds()
        hellos = generator.ask("ask_all", url=url, count=requests, together=50)
        hello_cpu_ms = (use.cpu_seconds() - before) * 1000 / requests
    return References(
        socket_acks_per_s=acks / full["seconds"],
        socket_ack_ms=percentile(alone["took_ms"], 0.5),
        hellos_per_s=requests / hellos["seconds"],
        fdatasyncs_per_s=fdatasync_per_second(disk, seconds / 3),
        ack_cpu_ms=ack_cpu_ms,
        hello_cpu_ms=hello_cpu_ms,
    )
