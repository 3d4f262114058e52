"""A file of any size sealed to one X25519 key: HPKE for its key, AES-256-GCM in chunks.

The chunks are the STREAM construction that age and Tink use too: the nonce is a random prefix,
the chunk's number and a mark on the last one, so that chunks cannot be swapped, repeated or cut
off unnoticed. The header is authenticated with every chunk. Primitives are ``cryptography``'s.

    MAGIC  ‖  length of the header (4 bytes, big endian)  ‖  header (canonical JSON)  ‖  chunks
"""

from __future__ import annotations

import base64
import secrets
import struct
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from exam_server.errors import Refusal
from question_bank.canonical import canonical
from question_bank.sealing.recipient import key_id

MAGIC = b"kaochang-backup/1\n"
CHUNK_BYTES = 1 << 20
_TAG_BYTES, _PREFIX_BYTES, _KEY_BYTES = 16, 7, 32
_LARGEST_HEADER = 4096
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_INFO = b"kaochang/backup/1"


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands in clear: for whom it is sealed, and how long the plain content is."""

    recipient: str
    sealed_key: str
    prefix: str
    plain_bytes: int


def write_sealed(
    out: BinaryIO,
    parts: Iterable[bytes],
    plain_bytes: int,
    recipient: X25519PublicKey,
    moved: Callable[[int], None] = lambda _: None,
) -> None:
    """Write ``parts``, ``plain_bytes`` in all, so that only ``recipient`` can read them."""
    key, prefix = secrets.token_bytes(_KEY_BYTES), secrets.token_bytes(_PREFIX_BYTES)
    sealed = _SUITE.encrypt(key, recipient, info=_INFO)
    text = canonical(
        msgspec.to_builtins(
            Header(
                key_id(recipient),
                base64.b64encode(sealed).decode(),
                base64.b64encode(prefix).decode(),
                plain_bytes,
            )
        )
    )
    out.write(MAGIC + struct.pack(">I", len(text)) + text)
    cipher, last = AESGCM(key), _chunks(plain_bytes) - 1
    for number, chunk in enumerate(_rechunked(parts)):
        out.write(cipher.encrypt(_nonce(prefix, number, number == last), chunk, text))
        moved(len(chunk))


class SealedReader:
    """Reads what :func:`write_sealed` wrote, front to back; every byte it gives is authentic.

    Refusals (422): ``backup_unreadable`` no such file format, ``backup_foreign`` sealed to
    another key, ``backup_incomplete`` cut off, ``backup_altered`` names the damaged place.
    """

    def __init__(self, file: BinaryIO, private: X25519PrivateKey) -> None:
        self._file = file
        self._text, self.header = _header(file)
        self._cipher = AESGCM(_content_key(self.header, private))
        self._prefix = base64.b64decode(self.header.prefix)
        self._number, self._chunk = 0, memoryview(b"")
        begin = file.tell()
        self._left = file.seek(0, 2) - begin
        file.seek(begin)
        chunks = _chunks(self.header.plain_bytes)
        wanted = self.header.plain_bytes + chunks * _TAG_BYTES
        if self._left < wanted:
            missing: dict[str, object] = {"missing": wanted - self._left, "bytes": wanted}
            raise Refusal("backup_incomplete", 422, missing)
        if self._left > wanted:
            raise Refusal("backup_altered", 422, {"place": begin + wanted})
        self._last = chunks - 1

    def read(self, count: int) -> bytes:
        """Exactly ``count`` bytes. ``backup_altered`` when there are not so many."""
        return b"".join(self.pieces(count))

    def pieces(self, count: int) -> Iterator[memoryview]:
        """The next ``count`` bytes, a chunk or less at a time."""
        while count > 0:
            if not self._chunk:
                self._chunk = memoryview(self._next())
            piece, self._chunk = self._chunk[:count], self._chunk[count:]
            count -= len(piece)
            yield piece

    def _next(self) -> bytes:
        place = self._file.tell()
        sealed = self._file.read(min(CHUNK_BYTES + _TAG_BYTES, self._left))
        self._left -= len(sealed)
        nonce = _nonce(self._prefix, self._number, self._number == self._last)
        try:
            chunk = self._cipher.decrypt(nonce, sealed, self._text)
        except (InvalidTag, ValueError) as error:
            raise Refusal("backup_altered", 422, {"place": place}) from error
        self._number += 1
        return chunk


def _header(file: BinaryIO) -> tuple[bytes, Header]:
    start = file.read(len(MAGIC) + 4)
    if not start.startswith(MAGIC) or len(start) < len(MAGIC) + 4:
        raise Refusal("backup_unreadable", 422)
    (length,) = struct.unpack(">I", start[len(MAGIC) :])
    text = file.read(min(length, _LARGEST_HEADER))
    try:
        header = msgspec.json.decode(text, type=Header)
        prefix = base64.b64decode(header.prefix, validate=True)
        base64.b64decode(header.sealed_key, validate=True)
    except (msgspec.DecodeError, ValueError) as error:
        raise Refusal("backup_altered", 422, {"place": len(start)}) from error
    if len(prefix) != _PREFIX_BYTES or header.plain_bytes < 1:
        raise Refusal("backup_altered", 422, {"place": len(start)})
    return text, header


def _content_key(header: Header, private: X25519PrivateKey) -> bytes:
    own = key_id(private.public_key())
    if header.recipient != own:
        other: dict[str, object] = {"recipient": header.recipient[:16], "own": own[:16]}
        raise Refusal("backup_foreign", 422, other)
    try:
        return _SUITE.decrypt(base64.b64decode(header.sealed_key), private, info=_INFO)
    except (InvalidTag, ValueError) as error:
        raise Refusal("backup_altered", 422, {"place": len(MAGIC) + 4}) from error


def _chunks(plain_bytes: int) -> int:
    return -(-plain_bytes // CHUNK_BYTES)


def _nonce(prefix: bytes, number: int, last: bool) -> bytes:
    return prefix + struct.pack(">IB", number, last)


def _rechunked(parts: Iterable[bytes]) -> Iterator[bytes]:
    waiting = bytearray()
    for part in parts:
        waiting += part
        while len(waiting) >= CHUNK_BYTES:
            yield bytes(waiting[:CHUNK_BYTES])
            del waiting[:CHUNK_BYTES]
    if waiting:
        yield bytes(waiting)
