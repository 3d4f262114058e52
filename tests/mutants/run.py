"""``make mutants``: break each invariant on purpose and see the test that guards it turn red.

A mutant is a patch in this folder whose first lines say what it breaks and who notices:

    # invariant: 1
    # breaks: acknowledges an answer before it is committed
    # test: tests/integration/test_saving.py::test_what_was_acknowledged_survives

``# vitest: FILE`` instead of ``# test:`` names a front-end test. The test must be green on the
tree as it is, and fail (not merely be missing, or not import) in a patched copy. Exit code 1
when a mutant survives. ``ARGS="name …"`` runs the patches whose names contain one of the words.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).resolve().parent
HEADER = re.compile(r"^# (invariant|breaks|test|vitest): (.+)$", re.MULTILINE)
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".bootstrap", ".tools", "node_modules", "__pycache__", ".*_cache",
    ".hypothesis", "docs", "*.sqlite3*",
)  # fmt: skip
SHARED = ("node_modules", ".tools")
TEST_SECONDS = 900
ALONE = ("tests/browser/", "tests/faults/")
PYTEST_FAILED = 1  # 2 and more: interrupted, misused, nothing collected


@dataclass(frozen=True, slots=True)
class Mutant:
    """One patch and what must notice it."""

    patch: Path
    invariant: str
    breaks: str
    test: str
    is_vitest: bool

    @property
    def touches_frontend(self) -> bool:
        """Whether the front-end has to be built again."""
        return (
            re.search(r"^\+\+\+ .*\.(tsx?|css|html)\s*$", self.patch.read_text(), re.M) is not None
        )


def read(patch: Path) -> Mutant:
    """The mutant of ``patch``; SystemExit names a header that is missing."""
    text = patch.read_text()
    header = dict(HEADER.findall(text.split("diff --git", 1)[0]))
    test = header.get("test") or header.get("vitest")
    missing = [name for name in ("invariant", "breaks") if name not in header]
    if missing or not test:
        raise SystemExit(f"{patch.name}: its header lacks {', '.join(missing) or 'test'}")
    return Mutant(patch, header["invariant"], header["breaks"], test, "vitest" in header)


@contextmanager
def copy_of_the_tree() -> Iterator[Path]:
    """A copy outside the repository, with what is downloaded shared."""
    with tempfile.TemporaryDirectory(prefix="kc-mutant-") as folder:
        copy = Path(folder) / "kaochang"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT, symlinks=True)
        for name in SHARED:
            if (ROOT / name).exists():
                (copy / name).symlink_to(ROOT / name)
        yield copy


def run_test(mutant: Mutant, tree: Path) -> int:
    """Exit code of the mutant's test in ``tree``."""
    # The copy's packages come before the installed ones, in the server processes of tests too.
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    if mutant.touches_frontend and not mutant.is_vitest:
        built = subprocess.run(
            [sys.executable, "hatch_build.py"], cwd=tree, env=environment, check=False
        )
        if built.returncode != 0:
            return built.returncode + PYTEST_FAILED
    if mutant.is_vitest:
        command = [sys.executable, "hatch_build.py", "test", mutant.test]
    else:
        command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", mutant.test]
    try:
        done = subprocess.run(
            command,
            cwd=tree,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=TEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return -1
    return done.returncode


def apply(mutant: Mutant, tree: Path) -> bool:
    """Apply the patch in ``tree``; False when it no longer fits."""
    done = subprocess.run(
        ["git", "apply", "--whitespace=nowarn", str(mutant.patch)],
        cwd=tree,
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(tree.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        print(done.stderr.strip(), file=sys.stderr)
    return done.returncode == 0


def is_green(test: Mutant) -> bool:
    """Whether the mutant's test passes on the tree as it is."""
    with copy_of_the_tree() as tree:
        return run_test(test, tree) == 0


def verdict(mutant: Mutant) -> str:
    """``red`` when the mutant was noticed; otherwise what went wrong."""
    with copy_of_the_tree() as tree:
        if not apply(mutant, tree):
            return "DOES NOT APPLY"
        code = run_test(mutant, tree)
    if code == 0:
        return "SURVIVED"
    return "red" if code in {PYTEST_FAILED, -1} else f"BROKEN TEST RUN ({code})"


def judge(mutants: Sequence[Mutant]) -> list[tuple[Mutant, str]]:
    """The verdicts on the mutants of one test; one that is not green proves nothing of them."""
    if not is_green(mutants[0]):
        return [(mutant, "NOT GREEN UNPATCHED") for mutant in mutants]
    return [(mutant, verdict(mutant)) for mutant in mutants]


def verdicts(mutants: Iterable[Mutant], workers: int) -> Iterator[tuple[Mutant, str]]:
    """Every mutant with its verdict, those of one test together."""
    by_test: dict[str, list[Mutant]] = {}
    for mutant in mutants:
        by_test.setdefault(mutant.test, []).append(mutant)
    with ThreadPoolExecutor(workers) as pool:
        for judged in pool.map(judge, by_test.values()):
            yield from judged


def main(words: list[str]) -> int:
    """Run the mutants whose names contain one of ``words`` (all without); exit code."""
    patches = sorted(FOLDER.glob("*.patch"))
    chosen = [path for path in patches if not words or any(word in path.name for word in words)]
    if not chosen:
        print("no mutant of that name" if words else f"no patch in {FOLDER}", file=sys.stderr)
        return 1
    mutants = [read(patch) for patch in chosen]
    alone = [one for one in mutants if one.test.startswith(ALONE)]
    beside = [one for one in mutants if one not in alone]
    survivors = 0
    print(f"{'invariant':<10} {'verdict':<20} mutant")
    for some, workers in ((beside, os.cpu_count() or 1), (alone, 1)):
        for mutant, outcome in verdicts(some, workers):
            survivors += outcome != "red"
            print(
                f"{mutant.invariant:<10} {outcome:<20} {mutant.patch.stem}: {mutant.breaks}",
                flush=True,
            )
    print(f"{len(mutants) - survivors} of {len(mutants)} mutants were noticed")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
