"""Published results as files for a site elsewhere: each is opened by one person's two numbers.

Whoever has the whole bundle has nobody's data. A file's name and key come out of scrypt over ID
number, ticket number and the bundle's salt; its content is one transcript under AES-256-GCM, all
padded to one length. What an attacker can still do is guess both numbers of somebody, one scrypt
per guess: what that costs is in ``docs/security.md``. The browser does the same in
``proctor_console/board/src/bundle.ts``.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from exam_server.desk.rules import id_number as ids
from exam_server.results.views.transcript import Transcript, plain_ticket

FORMAT = "kaochang/results-bundle/1"
WORK = 16  # log2 of scrypt's N: 64 MiB and about 0.2 s a guess
LEAST_WORK, MOST_WORK = 14, 20
SALT_BYTES = 16
_KEY, _NAME, _NONCE = 32, 16, 12
_STEP = 512  # all contents have one length, a multiple of this


class BundleHead(msgspec.Struct, frozen=True):
    """``bundle.json``: what a browser needs to find a file. ``salt``: hex."""

    format: str
    work: int
    salt: str


def new_head(work: int = WORK) -> BundleHead:
    """A head with a salt of its own: the same person has another file in every bundle."""
    return BundleHead(FORMAT, work, secrets.token_bytes(SALT_BYTES).hex())


def place_and_key(head: BundleHead, id_number: str, ticket: str) -> tuple[str, bytes]:
    """``r/3f/3f9c….bin`` and the 32-byte key of the person with these numbers."""
    said = f"{ids.normalise(id_number)}\n{plain_ticket(ticket)}".encode()
    derive = Scrypt(salt=bytes.fromhex(head.salt), length=_KEY + _NAME, n=1 << head.work, r=8, p=1)
    derived = derive.derive(said)
    name = derived[_KEY:].hex()
    return f"r/{name[:2]}/{name}.bin", derived[:_KEY]


def sealed_files(
    head: BundleHead, people: Iterable[tuple[str, Transcript]]
) -> Iterator[tuple[str, bytes]]:
    """(place, content) for each person, in no order that tells anything: places are hashes.

    ``people``: whole ID number and transcript. Runs on all processors of the machine.
    """
    plain = [(number, one.ticket, msgspec.json.encode(one)) for number, one in people]
    longest = max((len(content) for *_, content in plain), default=0)
    length = -(-longest // _STEP) * _STEP

    def seal(person: tuple[str, str, bytes]) -> tuple[str, bytes]:
        number, ticket, content = person
        place, key = place_and_key(head, number, ticket)
        nonce = secrets.token_bytes(_NONCE)
        padded = content.ljust(length)  # blanks after JSON mean nothing
        return place, nonce + AESGCM(key).encrypt(nonce, padded, FORMAT.encode())

    with ThreadPoolExecutor(os.cpu_count()) as pool:  # scrypt lets go of the interpreter
        yield from pool.map(seal, plain)


def opened(head: BundleHead, content: bytes, id_number: str, ticket: str) -> Transcript:
    """What a file holds; ``cryptography.exceptions.InvalidTag`` for other numbers."""
    _, key = place_and_key(head, id_number, ticket)
    plain = AESGCM(key).decrypt(content[:_NONCE], content[_NONCE:], FORMAT.encode())
    return msgspec.json.decode(plain, type=Transcript)
