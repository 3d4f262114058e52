"""Structure is tested like behaviour: layering, sizes, locks, documentation."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("question_bank", "exam_server", "exam_client", "proctor_console")
INSIDE_A_ROOM = ("rules", "actions", "views")
LONGEST_MODULE = 450
# Written apart, so that this file does not find itself.
STUB_MARKS = (
    "TO" + "DO",
    "FIX" + "ME",
    "XX" + "X",
    "raise NotImplemented" + "Error",
    "mark." + "xfail",
)
TYPESCRIPT = ("exam_client/terminal", "proctor_console/board")


def python_files(*folders: str) -> Iterator[Path]:
    """Every Python file below ``folders``."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "node_modules" not in path.parts:
                yield path


def typescript_files() -> Iterator[Path]:
    """Every TypeScript source of the front-ends."""
    for folder in TYPESCRIPT:
        for path in sorted((ROOT / folder).rglob("*.ts*")):
            if "node_modules" not in path.parts:
                yield path


def name_of(path: Path) -> str:
    """The path as it is written in the repository."""
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock"])
def test_no_python_lock_names_the_host_of_a_registry(lock: str) -> None:
    assert [line for line in (ROOT / lock).read_text().splitlines() if "://" in line] == []


def test_the_npm_lock_names_no_host_of_a_registry() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    unhashed = [name for name, entry in packages.items() if name and "integrity" not in entry]
    assert unhashed == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock"])
def test_every_locked_version_is_exact_and_hashed(lock: str) -> None:
    text = (ROOT / lock).read_text()
    entries = re.split(r"\n(?=[A-Za-z0-9])", "\n" + text.split("\n", 2)[2])
    for entry in filter(str.strip, entries):
        name = entry.strip().split("\n")[0]
        assert "==" in name, name
        assert "--hash=sha256:" in entry, name


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = (
        project["project"]["dependencies"] + project["project"]["optional-dependencies"]["build"]
    )
    tests = project["project"]["optional-dependencies"]["test"]
    for lock, wanted in (("requirements.lock", asked), ("requirements-test.lock", asked + tests)):
        locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / lock).read_text(), re.MULTILINE))
        names = {re.match(r"[a-z0-9-]+", requirement) for requirement in wanted}
        assert {match.group() for match in names if match} <= locked, f"{lock}: make lock"
    build = project["project"]["optional-dependencies"]["build"]
    assert build == project["build-system"]["requires"]


def test_no_module_is_longer_than_one_idea() -> None:
    files = [*python_files(*PACKAGES, "bench", "tests"), *typescript_files()]
    long = {
        name_of(path): lines
        for path in files
        if (lines := len(path.read_text().splitlines())) > LONGEST_MODULE
    }
    assert long == {}


def test_nothing_is_left_for_later() -> None:
    files = [*python_files(*PACKAGES, "bench", "tests"), *typescript_files()]
    found = [
        f"{name_of(path)}: {mark}"
        for path in files
        for mark in STUB_MARKS
        if re.search(rf"\b{re.escape(mark)}\b", path.read_text())
    ]
    assert found == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        name_of(path)
        for path in python_files(*PACKAGES, "bench", "tests")
        if path.read_text().strip() and ast.get_docstring(ast.parse(path.read_text())) is None
    ]
    assert silent == []


def test_the_layers_hold() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("package", "allowed"),
    [
        ("exam_server/verify", {"cryptography"}),
        ("bench/load", {"aiohttp", "msgspec", "picows"}),
        ("exam_client/robots", {"cryptography", "gevent", "requests", "socketio", "websocket"}),
    ],
)
def test_what_must_stand_alone_imports_nothing_of_the_project(
    package: str, allowed: set[str]
) -> None:
    """The verifier shares no code with the writer; robots and load are outsiders like any
    terminal."""
    own = package.replace("/", ".")
    files = [*python_files(package)]
    assert files, f"nothing is left in {package}"
    for path in files:
        for module in imported_by(path):
            top = module.split(".")[0]
            fine = (
                module == own
                or module.startswith(own + ".")
                or top in allowed
                or top in sys.stdlib_module_names
            )
            assert fine, f"{name_of(path)} imports {module}"


def imported_by(path: Path) -> Iterator[str]:
    """Full names of all modules that ``path`` imports, at any depth."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}: relative import"
            yield node.module or ""


def test_every_folder_is_on_the_map() -> None:
    page = (ROOT / "docs/reference/layout.md").read_text()
    folders = {
        name_of(path.parent)
        for path in python_files(*PACKAGES, "bench", "tests")
        if path.name == "__init__.py" and path.parent.name not in INSIDE_A_ROOM
    }
    folders |= set(TYPESCRIPT)
    missing = sorted(folder for folder in folders if f"`{folder}/`" not in page)
    assert missing == []
    mapped = re.findall(r"^\| `([a-z_/]+)/`", page, re.MULTILINE)
    gone = [folder for folder in mapped if not (ROOT / folder).is_dir()]
    assert gone == [], "on the map, not in the tree"


def test_every_mutant_says_what_it_breaks_and_who_notices() -> None:
    from tests.mutants.run import read

    for patch in sorted((ROOT / "tests/mutants").glob("*.patch")):
        mutant = read(patch)
        file, _, test = mutant.test.partition("::")
        source = (ROOT / file).read_text(encoding="utf-8")
        assert mutant.is_vitest or f"def {test.partition('[')[0]}(" in source, patch.name
