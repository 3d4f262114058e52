"""``make audit``: known weaknesses in the code (bandit) and in what it stands on (advisories).

Advisories need a service on the internet. Where none answers this is said, and is no failure: a
machine of an exam centre has no internet. A finding is one. Exit code 1 for findings.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # hatch_build stands beside the packages
PACKAGES = ("question_bank", "exam_server", "exam_client", "proctor_console")
LOCKS = ("requirements.lock", "requirements-test.lock")
SECONDS = 300
UNREACHED = "advisory service not reached: nothing was compared"


def code() -> list[str]:
    """bandit, from medium severity on; the lighter rules are ruff's."""
    command = ["bandit", "-q", "-ll", "-c", "pyproject.toml", "-f", "json", "-r", *PACKAGES]
    found = json.loads(_run(sys.executable, "-m", *command) or "{}")
    return [
        f"{one['filename']}:{one['line_number']}: {one['test_id']} {one['issue_text']}"
        for one in found["results"]
    ]


def python_packages() -> list[str] | None:
    """pip-audit over the locks; None when no advisory service answers."""
    findings: list[str] = []
    for lock in LOCKS:
        options = ["--disable-pip", "--progress-spinner", "off", "-f", "json"]
        told = _parsed(_run(sys.executable, "-m", "pip_audit", "-r", lock, *options))
        packages = told.get("dependencies", [])
        if not any("vulns" in one for one in packages):
            return None  # every one was skipped, or nothing was said at all
        findings += [
            f"{lock}: {one['name']} {one['version']}: {vulnerability['id']}"
            for one in packages
            for vulnerability in one.get("vulns", [])
        ]
    return findings


def node_packages() -> list[str] | None:
    """npm audit over the lock; None when the registry has no advisories to give."""
    import hatch_build

    with hatch_build.node_environment() as environment:
        done = subprocess.run(
            ["npm", "audit", "--json"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    told = _parsed(done.stdout)
    if "vulnerabilities" not in told:
        return None
    return [f"{name}: {one['severity']}" for name, one in told["vulnerabilities"].items()]


def _run(*command: str) -> str:
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    return done.stdout


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def main() -> int:
    """Tell what was looked at, and what was found; with names, only these looks."""
    looks: dict[str, Callable[[], list[str] | None]] = {
        "bandit": code,
        "pip-audit": python_packages,
        "npm audit": node_packages,
    }
    bad = 0
    for name in sys.argv[1:] or looks:
        found = looks[name]()
        bad += len(found or ())
        print(f"{name}: {UNREACHED if found is None else f'{len(found)} findings'}")
        print("".join(f"  {one}\n" for one in found or ()), end="")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
