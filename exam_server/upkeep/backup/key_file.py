"""The keys folder as one file under a passphrase, kept apart from every backup.

A backup without this file opens for nobody; this file without a backup holds no person. The
passphrase becomes a key by Argon2id, the file is AES-256-GCM with its header authenticated.
"""

from __future__ import annotations

import base64
import os
import secrets
import unicodedata
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from exam_server import keys as centre_keys
from exam_server.errors import Refusal
from exam_server.settings import write_private

MAGIC = b"kaochang-keys/1\n"
SHORTEST_PASSPHRASE = 12
_NONCE_BYTES = 12
# RFC 9106, the second recommended choice: a stick may be lost, and is guessed at for years
_MEMORY_KIB, _PASSES, _LANES = 64 * 1024, 3, 4
_MOST_MEMORY_KIB, _MOST_PASSES, _MOST_LANES = 1024 * 1024, 16, 16


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    salt: bytes
    nonce: bytes
    memory_kib: int
    passes: int
    lanes: int

    @property
    def possible(self) -> bool:
        """A file may not make this machine compute for hours."""
        return (
            0 < self.memory_kib <= _MOST_MEMORY_KIB
            and 0 < self.passes <= _MOST_PASSES
            and 0 < self.lanes <= _MOST_LANES
        )


def export_keys(folder: Path, file: Path, passphrase: str) -> list[str]:
    """Write every file of the keys folder into ``file``; their names.

    Refusals: ``file_exists`` 409, ``passphrase_short`` 422, ``keys_missing``.
    """
    if file.exists():
        raise Refusal("file_exists", 409, {"file": str(file)})
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise Refusal("passphrase_short", 422, {"least": SHORTEST_PASSPHRASE})
    centre_keys.load(folder)  # whole, or it is refused here
    content = {
        path.name: base64.b64encode(path.read_bytes()).decode()
        for path in sorted(folder.iterdir())
        if path.is_file()
    }
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(_NONCE_BYTES)
    header = _Header(salt, nonce, _MEMORY_KIB, _PASSES, _LANES)
    front = MAGIC + msgspec.json.encode(header) + b"\n"
    sealed = AESGCM(_key(header, passphrase)).encrypt(nonce, msgspec.json.encode(content), front)
    write_private(file, front + sealed)
    return sorted(content)


def import_keys(file: Path, folder: Path, passphrase: str) -> list[str]:
    """Put the keys of ``file`` into ``folder``, which holds none; their names.

    Refusals: ``keys_exist`` 409, ``file_unreadable`` 404, ``key_file_unreadable`` 422,
    ``passphrase_wrong`` 422 (or the file was altered: the two cannot be told apart).
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise Refusal("keys_exist", facts={"folder": str(folder)})
    try:
        content = _opened(file.read_bytes(), passphrase)
    except OSError as error:
        raise Refusal("file_unreadable", 404, {"file": str(file)}) from error
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.chmod(folder, 0o700)
    for name, text in content.items():
        write_private(folder / Path(name).name, base64.b64decode(text))
    centre_keys.load(folder)
    return sorted(content)


def _opened(data: bytes, passphrase: str) -> dict[str, str]:
    lines = data.split(b"\n", 2)
    if len(lines) < 3 or lines[0] + b"\n" != MAGIC:
        raise Refusal("key_file_unreadable", 422)
    front = lines[0] + b"\n" + lines[1] + b"\n"
    try:
        header = msgspec.json.decode(lines[1], type=_Header)
    except msgspec.DecodeError as error:
        raise Refusal("key_file_unreadable", 422) from error
    if not header.possible:
        raise Refusal("key_file_unreadable", 422)
    try:
        plain = AESGCM(_key(header, passphrase)).decrypt(header.nonce, lines[2], front)
    except (InvalidTag, ValueError) as error:
        raise Refusal("passphrase_wrong", 422) from error
    return msgspec.json.decode(plain, type=dict[str, str])


def _key(header: _Header, passphrase: str) -> bytes:
    kdf = Argon2id(
        salt=header.salt,
        length=32,
        iterations=header.passes,
        lanes=header.lanes,
        memory_cost=header.memory_kib,
    )
    return kdf.derive(unicodedata.normalize("NFKC", passphrase).encode())
