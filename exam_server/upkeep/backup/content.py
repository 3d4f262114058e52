"""What a backup says about itself: the signed manifest, and how it is found at the front.

length of the manifest (4 bytes)  ‖  manifest (canonical JSON)  ‖  signature (64)  ‖  files
"""

from __future__ import annotations

import struct
from pathlib import PurePosixPath

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exam_server.errors import Refusal
from exam_server.upkeep.backup.stream import SealedReader
from question_bank.canonical import canonical

FORMAT = "kaochang/backup/1"
DATABASE = "database.jsonl.gz"
FOLDERS = ("packages", "blobs")  # of the data folder, beside the database
SIGNATURE_BYTES = 64
_LABEL = b"kaochang/backup/1/manifest\x00"
_LARGEST_MANIFEST = 64 << 20


class StoredFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file. ``name``: relative to the data folder, or ``DATABASE``."""

    name: str
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole content, file by file, and the moment it shows.

    ``revision``: of the tables. ``made_ms``: wall time. ``heads``: by sitting, the number and
    digest of its chain's last entry, to compare with what is printed or shown elsewhere.
    ``epoch``: how often the server had been started.
    """

    format: str
    program: str
    revision: str
    made_ms: int
    epoch: int
    rows: int
    heads: dict[str, tuple[int, str]]
    files: list[StoredFile]


def signed_front(manifest: Manifest, signing: Ed25519PrivateKey) -> bytes:
    """The front of the plain content."""
    text = canonical(msgspec.to_builtins(manifest))
    return struct.pack(">I", len(text)) + text + signing.sign(_LABEL + text)


def read_front(reader: SealedReader, signing: Ed25519PrivateKey) -> Manifest:
    """The manifest, if this centre signed it.

    Refusals (422): ``backup_unsigned`` sealed to this centre, but made by somebody else (its
    public key is no secret); ``backup_newer`` of a format that this program does not know.
    """
    (length,) = struct.unpack(">I", reader.read(4))
    text = reader.read(min(length, _LARGEST_MANIFEST))
    signature = reader.read(SIGNATURE_BYTES)
    try:
        signing.public_key().verify(signature, _LABEL + text)
    except InvalidSignature as error:
        raise Refusal("backup_unsigned", 422) from error
    try:
        manifest = msgspec.json.decode(text, type=Manifest)
    except msgspec.DecodeError as error:
        raise Refusal("backup_newer", 422, {"what": FORMAT}) from error
    if manifest.format != FORMAT or not all(_expected(file.name) for file in manifest.files):
        raise Refusal("backup_newer", 422, {"what": manifest.format})
    return manifest


def _expected(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return name == DATABASE or (len(parts) == 2 and parts[0] in FOLDERS and ".." not in parts)
