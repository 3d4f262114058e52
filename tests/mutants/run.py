"""``make mutants``: break each invariant on purpose and see the test that guards it turn red.

A mutant is a patch in this folder whose first lines say what it breaks and who notices:

    # invariant: 1
    # breaks: acknowledges an answer before it is committed
    # test: tests/integration/test_storage.py::test_a_damaged_file_is_not_written_to

``# vitest: FILE`` instead of ``# test:`` names a front-end test. The test must be green on the
tree as it is, and fail (not merely be missing, or not import, or not get past its set-up, or
never end) in a patched copy; what it said stands below. Exit code 1 when a mutant survives.
``ARGS="name …"`` runs the patches whose names contain one of the words.

What every run needs is made once: a copy of the tree with its bytecode, and a PostgreSQL.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.builders.services import running_postgres

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).resolve().parent
HEADER = re.compile(r"^# (invariant|breaks|test|vitest): (.+)$", re.MULTILINE)
PATCHED = re.compile(r"^\+\+\+ b/(\S+)", re.MULTILINE)
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".bootstrap", ".tools", "node_modules", "fonts", ".*_cache", ".hypothesis",
    "docs", "*.sqlite3*",
)  # fmt: skip
SHARED = ("node_modules", ".tools", "exam_server/documents/fonts")
# Loading what only the test of the interface's description needs is a third of a short run.
PYTEST = (sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "-p", "no:schemathesis")
TEST_SECONDS = 900
ALONE = ("tests/browser/", "tests/faults/")
FAILED = 1  # pytest's and npm's; pytest says 2 and more when interrupted, misused, or out of tests
HUNG = -1
HANGS = "+++ Timeout +++"  # pytest-timeout ends the whole process
SAID = (re.compile(r"^(?:FAILED|ERROR) (tests/.+)$", re.M), re.compile(r"^(\w*Error: .+)$", re.M))
# What a story's end looks at (its record, the server's log) belongs to the story; Vitest's word.
A_TEST_FAILED = re.compile(r"^FAILED tests/|ERROR at teardown of|Failed Tests", re.MULTILINE)
NONSENSE = "E9,F821,F823"  # what does not compile, and names of nothing


@dataclass(frozen=True, slots=True)
class Mutant:
    """One patch and what must notice it."""

    patch: Path
    invariant: str
    breaks: str
    test: str
    is_vitest: bool

    @property
    def files(self) -> list[str]:
        """What it changes, from the root."""
        return PATCHED.findall(self.patch.read_text())

    @property
    def touches_frontend(self) -> bool:
        """Whether the front-end has to be built again."""
        return any(name.endswith((".ts", ".tsx", ".css", ".html")) for name in self.files)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a test ended: ``code`` as its process gave it, HUNG when it did not end."""

    code: int
    output: str

    @property
    def noticed(self) -> bool:
        """Whether a test failed: not when its set-up broke, or it is missing, or never ends."""
        return self.code == FAILED and A_TEST_FAILED.search(self.output) is not None

    @property
    def said(self) -> str:
        """The line that tells why; the last one where none is known to."""
        if HANGS in self.output:
            return HANGS
        found = next((found for line in SAID if (found := line.search(self.output))), None)
        return found[1] if found else self.output.strip().rpartition("\n")[2]


@dataclass(frozen=True, slots=True)
class Verdict:
    """``word`` is ``red`` when the mutant was noticed, otherwise what went wrong."""

    mutant: Mutant
    word: str
    said: str


def read(patch: Path) -> Mutant:
    """The mutant of ``patch``; SystemExit names a header that is missing."""
    text = patch.read_text()
    header = dict(HEADER.findall(text.split("diff --git", 1)[0]))
    test = header.get("test") or header.get("vitest")
    missing = [name for name in ("invariant", "breaks") if name not in header]
    if missing or not test:
        raise SystemExit(f"{patch.name}: its header lacks {', '.join(missing) or 'test'}")
    return Mutant(patch, header["invariant"], header["breaks"], test, "vitest" in header)


# ---------------------------------------------------------------- the copies


@contextmanager
def copy_of(tree: Path, how: Callable[[str, str], object] = shutil.copy2) -> Iterator[Path]:
    """A copy of ``tree`` outside the repository, with what is downloaded shared."""
    with tempfile.TemporaryDirectory(prefix="kc-mutant-") as folder:
        copy = Path(folder) / "kaochang"
        shutil.copytree(tree, copy, ignore=LEFT_OUT, symlinks=True, copy_function=how)
        for name in SHARED:
            if (ROOT / name).exists():
                (copy / name).symlink_to(ROOT / name)
        yield copy


@contextmanager
def clean_copy() -> Iterator[Path]:
    """The copy that the others are made of, with its bytecode; a patched file is newer than its
    own. SystemExit when a test wrote into it: the verdicts that followed would mean nothing."""
    with copy_of(ROOT) as tree:
        subprocess.run([sys.executable, "-m", "compileall", "-q", "-j", "0", tree], check=True)
        before = _state(tree)
        yield tree
        if written := before ^ _state(tree):
            raise SystemExit(
                f"a test wrote into its tree: {sorted({name for name, *_ in written})}"
            )


def _state(tree: Path) -> set[tuple[str, int, int]]:
    """Each file of ``tree`` with its size and the time it was written."""
    paths = [path for path in tree.rglob("*") if path.is_file() and not path.is_symlink()]
    stats = [(path.relative_to(tree).as_posix(), path.stat()) for path in paths]
    return {(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats}


def tree_for(mutant: Mutant, clean: Path) -> AbstractContextManager[Path]:
    """A tree for one run: its files are those of ``clean`` themselves, which a patch replaces and
    never writes into; true copies where a build will write."""
    return copy_of(clean, shutil.copy2 if mutant.touches_frontend else os.link)


def apply(mutant: Mutant, tree: Path) -> str | None:
    """Apply the patch in ``tree``; what is wrong with it, None when nothing is."""
    done = subprocess.run(
        ["git", "apply", "--whitespace=nowarn", str(mutant.patch.relative_to(ROOT))],
        cwd=tree,
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(tree.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        return done.stderr.strip()
    python = [name for name in mutant.files if name.endswith(".py")]
    look = ["ruff", "check", "--isolated", "--no-cache", "--output-format", "concise"]
    done = subprocess.run(
        [sys.executable, "-m", *look, "--select", NONSENSE, *(python or ["hatch_build.py"])],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() if done.returncode != 0 else None


# ---------------------------------------------------------------- the tests


def run_test(mutant: Mutant, tree: Path) -> Outcome:
    """The mutant's test in ``tree``."""
    # The copy's packages come before the installed ones, in the server processes of tests too.
    environment = {
        **os.environ,
        "PYTHONPATH": str(tree),
        "PYTHONDONTWRITEBYTECODE": "1",
        "COLUMNS": "300",
        "NO_COLOR": "1",
    }
    if mutant.is_vitest:
        command = [sys.executable, "hatch_build.py", "test", mutant.test]
    else:
        command = [*PYTEST, mutant.test]
        if mutant.touches_frontend:
            built = subprocess.run(
                [sys.executable, "hatch_build.py"], cwd=tree, env=environment, check=False
            )
            if built.returncode != 0:
                return Outcome(built.returncode + FAILED, "the front-end could not be built")
    try:
        done = subprocess.run(
            command,
            cwd=tree,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Outcome(HUNG, f"not ended after {TEST_SECONDS} s")
    return Outcome(done.returncode, done.stdout)


def verdict(mutant: Mutant, clean: Path) -> Verdict:
    """What becomes of the mutant's test in a patched copy of ``clean``."""
    with tree_for(mutant, clean) as tree:
        if wrong := apply(mutant, tree):
            return Verdict(mutant, "BROKEN PATCH", wrong)
        outcome = run_test(mutant, tree)
    if outcome.code == 0:
        return Verdict(mutant, "SURVIVED", outcome.said)
    word = "red" if outcome.noticed else f"BROKEN TEST RUN ({outcome.code})"
    return Verdict(mutant, word, outcome.said)


def judge(mutants: Sequence[Mutant], clean: Path) -> list[Verdict]:
    """The verdicts on the mutants of one test; one that is not green proves nothing of them."""
    with tree_for(mutants[0], clean) as tree:
        unpatched = run_test(mutants[0], tree)
    if unpatched.code != 0:
        return [Verdict(mutant, "NOT GREEN UNPATCHED", unpatched.said) for mutant in mutants]
    return [verdict(mutant, clean) for mutant in mutants]


def verdicts(mutants: Sequence[Mutant], workers: int, clean: Path) -> Iterator[Verdict]:
    """Every mutant's verdict as it is known, those of one test together."""
    by_test: dict[str, list[Mutant]] = {}
    for mutant in mutants:
        by_test.setdefault(mutant.test, []).append(mutant)
    with ThreadPoolExecutor(workers) as pool:
        for judged in as_completed(pool.submit(judge, some, clean) for some in by_test.values()):
            yield from judged.result()


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
    survivors, began = 0, time.monotonic()
    print(f"{'invariant':<10} {'verdict':<20} mutant")
    with clean_copy() as clean, running_postgres() as postgres:
        os.environ["KAOCHANG_TEST_POSTGRES"] = postgres.admin
        for some, workers in ((beside, os.cpu_count() or 1), (alone, 1)):
            for one in verdicts(some, workers, clean):
                survivors += one.word != "red"
                stem, breaks = one.mutant.patch.stem, one.mutant.breaks
                print(f"{one.mutant.invariant:<10} {one.word:<20} {stem}: {breaks}")
                print(f"{'':<31} {one.said}", flush=True)
    minutes = (time.monotonic() - began) / 60
    print(f"{len(mutants) - survivors} of {len(mutants)} mutants were noticed, {minutes:.0f} min")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
