"""Pictures drawn by the tests: small, valid, each unlike the other."""

from __future__ import annotations

import hashlib
import struct
import zlib

_WIDTH, _HEIGHT = 240, 120


def png(label: str) -> bytes:
    """A PNG whose stripes depend on ``label`` and on nothing else."""
    bands = hashlib.sha256(label.encode()).digest()
    rows = bytearray()
    for y in range(_HEIGHT):
        rows.append(0)
        for x in range(_WIDTH):
            edge = x in (0, _WIDTH - 1) or y in (0, _HEIGHT - 1)
            shade = 0 if edge else 96 + bands[x * len(bands) // _WIDTH] // 2
            rows += bytes((shade, 255 if not edge and y % 24 else shade, 255 - shade))
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
