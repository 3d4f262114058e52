"""Options that several commands share, and what they stand for."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from question_bank.bank import keys as authority_keys
from question_bank.bank.store import BankStore
from question_bank.errors import BankError

NowMs = Callable[[], int]
FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
_Command = TypeVar("_Command", bound=Callable[..., Any])

json_option = click.option(
    "--json", "as_json", is_flag=True, help="输出 JSON · print JSON for programs"
)
_bank_option = click.option(
    "--bank-file",
    type=FILE,
    envvar="KAOCHANG_BANK",
    default=Path("kaochang-authority/bank.sqlite"),
    show_default=True,
    help="加密题库文件 · the encrypted bank",
)
_keys_option = click.option(
    "--keys",
    "keys_folder",
    type=FOLDER,
    envvar="KAOCHANG_BANK_KEYS",
    default=Path("kaochang-authority-keys"),
    show_default=True,
    help="题库密钥文件夹，请另行备份 · folder of the bank's keys, to be backed up elsewhere",
)


def stored(command: _Command) -> _Command:
    """Adds ``--bank-file`` and ``--keys``."""
    return _bank_option(_keys_option(command))


def opened(path: Path, keys_folder: Path, *, create: bool = False) -> BankStore:
    """The store; on first use its keys are made, in a folder apart from it."""
    fresh = create and not path.exists()
    load = authority_keys.load_or_create if fresh else authority_keys.load
    if not create and not path.exists():
        raise BankError("bank_missing", {"file": path.name})
    return BankStore.open(path, load(keys_folder), create=create)


def seed_of(text: str) -> bytes:
    """A typed seed as bytes."""
    return hashlib.sha256(b"kaochang/assembly-seed\x00" + text.encode()).digest()


def refuse_existing(*paths: Path) -> None:
    """BankError ``output_exists`` before any work is done."""
    for path in paths:
        if path.exists():
            raise BankError("output_exists", {"file": path.name})


def write_new(path: Path, data: bytes) -> None:
    """Durable and readable by the owner only; never over another file.

    BankErrors ``output_exists``, ``output_unwritable``.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise BankError("output_exists", {"file": path.name}) from error
    except OSError as error:
        facts: dict[str, object] = {"file": str(path), "reason": error.strerror or ""}
        raise BankError("output_unwritable", facts) from error
    with os.fdopen(handle, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
