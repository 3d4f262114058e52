"""The proxies a centre would put in front: nginx and HAProxy with the files in ``deploy/``.

Only what a centre changes too is changed here: addresses and certificates.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.builders.services import ROOT, ServiceMissingError, free_port, stop, wait_for_port

DEPLOY = ROOT / "deploy"


def program(name: str) -> Path:
    """nginx or haproxy of this machine; ServiceMissingError names the remedy."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise ServiceMissingError(f"{name}: apt-get install {name} (as root: make test does it)")
    return Path(found)


def changed(text: str, changes: Sequence[tuple[str, str]]) -> str:
    """``text`` with each of these places changed; each must be there."""
    for old, new in changes:
        assert old in text, f"the shipped file has no {old!r} any more"
        text = text.replace(old, new)
    return text


@contextlib.contextmanager
def nginx(folder: Path, tls: Path, servers: Sequence[int]) -> Iterator[int]:
    """nginx with the shipped site before these plain-http ports; its https port."""
    port = free_port()
    site = changed(
        (DEPLOY / "nginx" / "kaochang.conf").read_text("utf-8"),
        [
            ("listen 80;", f"listen 127.0.0.1:{free_port()};"),
            ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
            ("/etc/kaochang/tls", str(tls)),
            ("127.0.0.1:8001", f"127.0.0.1:{servers[0]}"),
            ("127.0.0.1:8002", f"127.0.0.1:{servers[1]}"),
        ],
    )
    (folder / "site.conf").write_text(site, "utf-8")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"pid {folder}/pid;\nerror_log stderr warn;\nuser root;\n"
        f"events {{ worker_connections 4096; }}\n"
        f"http {{ {places} include {folder}/site.conf; }}\n",
        "utf-8",
    )
    command = [str(program("nginx")), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    _proved([*command, "-t"])
    yield from _running([*command, "-g", "daemon off;"], port, folder / "nginx.log")


@contextlib.contextmanager
def haproxy(folder: Path, tls: Path, servers: Sequence[int]) -> Iterator[int]:
    """HAProxy with the shipped file before these https ports; its https port."""
    port = free_port()
    config = changed(
        (DEPLOY / "haproxy" / "haproxy.cfg").read_text("utf-8"),
        [
            ("maxconn 20000", "maxconn 2000"),  # as many files as a test may open
            ("bind :80\n", f"bind 127.0.0.1:{free_port()}\n"),
            ("bind :443 ssl", f"bind 127.0.0.1:{port} ssl"),
            ("/etc/kaochang/tls", str(tls)),
            ("10.20.0.11:8443", f"127.0.0.1:{servers[0]}"),
            ("10.20.0.12:8443", f"127.0.0.1:{servers[1]}"),
        ],
    )
    file = folder / "haproxy.cfg"
    file.write_text(config, "utf-8")
    command = [str(program("haproxy")), "-f", str(file)]
    _proved([*command, "-c"])
    yield from _running([*command, "-db"], port, folder / "haproxy.log")


def _proved(command: list[str]) -> None:
    """The program itself finds nothing wrong with its file, and warns of nothing."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "[warn]" not in said.lower(), said
    assert "[WARNING]" not in said, said


def _running(command: list[str], port: int, log: Path) -> Iterator[int]:
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
        try:
            wait_for_port(port, process)
            yield port
        finally:
            stop(process)
