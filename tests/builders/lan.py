"""An exam room's LAN without any way out: a network namespace with one cable to us."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lan:
    """``inside``: put before a command that is to run in it. ``address``: reached from here."""

    inside: tuple[str, ...]
    address: str


def why_not() -> str | None:
    """Why no namespace can be made here; None when one can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "network namespaces need the program ip (Debian: iproute2)"
    probe = f"kc{secrets.token_hex(3)}"
    made = subprocess.run(["ip", "netns", "add", probe], capture_output=True, check=False)
    if made.returncode != 0:
        return f"network namespaces are refused here: {made.stderr.decode().strip()}"
    _ip("netns", "del", probe)
    return None


@contextmanager
def lan_without_a_way_out() -> Iterator[Lan]:
    """A namespace whose only route is the cable to us."""
    tag = secrets.token_hex(3)
    space, here, there = f"kc{tag}", f"kca{tag}", f"kcb{tag}"
    net = f"10.213.{secrets.randbelow(256)}"
    inside = ("ip", "netns", "exec", space)
    _ip("netns", "add", space)
    try:
        _ip("link", "add", here, "type", "veth", "peer", "name", there)
        _ip("link", "set", there, "netns", space)
        _ip("addr", "add", f"{net}.1/30", "dev", here)
        _ip("link", "set", here, "up")
        for command in (
            ("addr", "add", f"{net}.2/30", "dev", there),
            ("link", "set", there, "up"),
            ("link", "set", "lo", "up"),
        ):
            _run([*inside, "ip", *command])
        yield Lan(inside, f"{net}.2")
    finally:
        _ip("netns", "del", space)


def output_of(lan: Lan, *command: str) -> str:
    """What a command says inside."""
    return _run([*lan.inside, *command])


def _ip(*arguments: str) -> None:
    _run(["ip", *arguments])


def _run(command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout
