"""One seed for a whole test run: printed, repeatable, different for every test."""

from __future__ import annotations

import hashlib
import os
import secrets

VARIABLE = "KAOCHANG_TEST_SEED"


def run_seed() -> int:
    """The run's seed: given by KAOCHANG_TEST_SEED, else drawn once and kept there."""
    if VARIABLE not in os.environ:
        os.environ[VARIABLE] = str(secrets.randbelow(2**31))
    return int(os.environ[VARIABLE])


def seed_of(name: str) -> int:
    """A seed of its own for the test ``name``, fixed by the run's seed."""
    return int.from_bytes(hashlib.sha256(f"{run_seed()} {name}".encode()).digest()[:8], "big")
