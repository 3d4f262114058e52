"""The command line between ``kaochang serve`` and the serving process."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from exam_server.serving.listening import Listening


def command_of(home: Path, listening: Listening) -> list[str]:
    """The command that serves ``home``."""
    where = {name: str(value) for name, value in asdict(listening).items() if value is not None}
    return [sys.executable, "-m", "exam_server.serving", str(home), json.dumps(where)]


def parse(arguments: Sequence[str]) -> tuple[str, Listening]:
    """Inverse of :func:`command_of`, without the interpreter."""
    home, text = arguments
    where = json.loads(text)
    paths = {name: Path(where[name]) for name in ("certificate", "private_key") if name in where}
    return home, Listening(
        where["host"], int(where["port"]), **paths, workers=int(where["workers"])
    )
