"""Fixtures of all tests: real databases, Redis, Chromium, seeds, the reference data."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from itertools import islice, zip_longest
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import make_url

from exam_server.storage.migrate import upgrade
from tests.builders import quicker, seeds
from tests.builders.reference import reference_folder, why_absent
from tests.builders.services import (
    Lent,
    Postgres,
    chromium_path,
    free_port,
    running_postgres,
    running_redis,
)

# Machines that run tests are busy: how long one example takes says nothing.
settings.register_profile(
    "kaochang", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("kaochang")


quicker.make_once()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Hypothesis draws from the run's seed too, unless it was given one."""
    if config.getoption("--hypothesis-seed") is None:
        config.option.hypothesis_seed = seeds.run_seed()


def pytest_report_header() -> list[str]:
    """How to repeat this run, and what it could not find."""
    return [
        f"seed: {seeds.run_seed()} ({seeds.VARIABLE}={seeds.run_seed()} repeats this run)",
        f"reference data: {reference_folder() or 'absent'}",
    ]


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """This test's own seed, fixed by the run's."""
    return seeds.seed_of(request.node.nodeid)


@pytest.fixture
def rng(seed: int) -> random.Random:
    """A generator that draws the same again under the same run seed."""
    return random.Random(seed)


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """The folder of reference data; tests that ask for it are marked ``reference``."""
    folder = reference_folder()
    if folder is None:
        pytest.skip(why_absent())
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What asks for the reference data or a browser is marked so; files are put in an order in
    which those that wait and those that compute run side by side."""
    ranks = _ranks([item.path for item in items])
    items.sort(key=lambda item: ranks[item.path])
    for item in items:
        asked = getattr(item, "fixturenames", ())
        for fixture, marker in (("reference_data", "reference"), ("chromium", "browser")):
            if fixture in asked:
                item.add_marker(marker)


# Whole days: they mostly wait, for a clock, a server or a page.
_DAYS = {
    "test_bench.py", "test_no_internet.py", "test_openapi.py", "test_radio_day.py",
    "test_secrecy.py", "test_three_subjects.py",
}  # fmt: skip
_BESIDE = 3  # files that compute, to each that waits: so the long ones begin before the others end


def _ranks(files: list[Path]) -> dict[Path, int]:
    """The place of each file in the run; otherwise they keep their order.

    Faults, browsers and other days take turns, so that no two files that measure a full room
    run at once; files that compute stand between them, so that the processors have work while
    others wait.
    """
    seen = list(dict.fromkeys(files))
    faults, browsers, days = (
        [path for path in seen if path.parent.name == "faults"],
        [path for path in seen if path.parent.name == "browser"],
        [path for path in seen if path.name in _DAYS],
    )
    turns = [path for each in zip_longest(faults, browsers, days) for path in each if path]
    rest = iter([path for path in seen if path not in turns])
    mixed = [path for turn in turns for path in (turn, *islice(rest, _BESIDE))]
    return {path: place for place, path in enumerate([*mixed, *rest])}


# ---------------------------------------------------------------- services


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL of this run."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """A fresh, empty PostgreSQL database."""
    with postgres.database() as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A fresh SQLite database that no file holds yet."""
    return f"sqlite:///{tmp_path}/kaochang.sqlite3"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database without tables, once on each of both kinds."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url = request.getfixturevalue(name)
    assert isinstance(url, str)
    return url


@pytest.fixture(scope="session")
def sqlite_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with all tables and no row: migrated once, copied per test."""
    path = tmp_path_factory.mktemp("tables") / "kaochang.sqlite3"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_tables(postgres: Postgres) -> Iterator[str]:
    """The name of a PostgreSQL database with all tables and no row."""
    with postgres.database() as url:
        upgrade(url)
        name = make_url(url).database
        assert name is not None
        yield name


@pytest.fixture(scope="session")
def lent_postgres(postgres: Postgres, postgres_tables: str) -> Iterator[Lent]:
    """The run's PostgreSQL database with all tables, for one test after the other."""
    lent = Lent(postgres, postgres_tables)
    yield lent
    lent.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database with all tables, once on each of both kinds."""
    if request.param == "sqlite":
        path = tmp_path / "kaochang.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_tables"), path)
        yield f"sqlite:///{path}"
        return
    lent: Lent = request.getfixturevalue("lent_postgres")
    with lent.database() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis of this run."""
    with running_redis() as server:
        yield server.url


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The Chromium that browser tests drive (Playwright's ``executable_path``)."""
    return chromium_path()


@pytest.fixture
def port() -> int:
    """A free port of localhost."""
    return free_port()
