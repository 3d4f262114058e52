"""Sealed blobs: nonce ‖ AES-256-GCM(length ‖ text ‖ zeros), in steps of 64 KiB.

The layout is binding for terminals (docs/reference/terminal-api.md). Padding makes two
forms of different length alike from outside as long as both fit into the same step.
"""

from __future__ import annotations

from question_bank.errors import BankError
from question_bank.sealing.suite import NONCE_BYTES, TAG_BYTES, decrypt, encrypt

STEP = 64 * 1024
_LENGTH_BYTES = 4
_OVERHEAD = NONCE_BYTES + TAG_BYTES + _LENGTH_BYTES


def seal_blob(text: bytes, key: bytes, context: str) -> bytes:
    """The blob; its length is a multiple of 64 KiB whatever the text."""
    steps = -(-(len(text) + _OVERHEAD) // STEP)
    padding = bytes(steps * STEP - len(text) - _OVERHEAD)
    plain = len(text).to_bytes(_LENGTH_BYTES, "big") + text + padding
    return encrypt(key, plain, context.encode())


def open_blob(blob: bytes, key: bytes, context: str) -> bytes:
    """The text. BankError ``package_altered`` when a byte, the key or the context differs."""
    plain = decrypt(key, blob, context.encode())
    if plain is None or len(blob) % STEP:
        raise BankError("package_altered", {"part": "blob"})
    length = int.from_bytes(plain[:_LENGTH_BYTES], "big")
    text, padding = plain[_LENGTH_BYTES:][:length], plain[_LENGTH_BYTES + length :]
    if len(text) != length or any(padding):
        raise BankError("package_altered", {"part": "blob"})
    return text
