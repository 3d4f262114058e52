"""The typesetter process: papers in on standard input, PDF out; nothing is kept or written.

A process of its own because a thousand tickets with photos take a gigabyte for two seconds and
a core: the serving process must feel neither. Each message is a length (8 bytes, big endian) and
msgpack: in :class:`Job`, out :class:`Made`.
"""

from __future__ import annotations

import os
import sys
from typing import BinaryIO

import msgspec
import typst

MAIN, DATA = "main.typ", "data.json"
_LENGTH_BYTES = 8
_POLITE = 10  # the exam goes first


class Job(msgspec.Struct, frozen=True):
    """``sources``: template files by name. ``files``: pictures by path. ``data``: JSON.
    ``made_s``: Unix time written into the PDF. ``tagged``: readable by a screen reader, which
    makes a file half as large again."""

    template: str
    sources: dict[str, str]
    files: dict[str, str]
    data: bytes
    fonts: tuple[str, ...]
    made_s: int
    tagged: bool = True


class Made(msgspec.Struct, frozen=True):
    """The PDF, or why there is none: the typesetter's words with file and line."""

    pdf: bytes = b""
    error: str = ""


def typeset(job: Job) -> Made:
    """One job. A font that the template names and nobody has is an error: what would be printed
    is not what the office designed."""
    files = {name: text.encode() for name, text in (job.sources | job.files).items()}
    main = f'#import "{job.template}.typ": document-of\n#document-of(json("{DATA}"))\n'
    files |= {MAIN: main.encode(), DATA: job.data}
    try:
        # files by name: the program takes them, its types do not say so
        pdf, warnings = typst.compile_with_warnings(  # type: ignore[call-overload]
            files,
            font_paths=list(job.fonts),
            ignore_system_fonts=True,
            timestamp=job.made_s,
            pdf_tags=job.tagged,
        )
    except typst.TypstError as error:
        return Made(error=str(error.diagnostic or error))
    unknown = [str(one.message) for one in warnings if "unknown font" in str(one.message)]
    return Made(error=unknown[0]) if unknown else Made(pdf=pdf)


def receive(source: BinaryIO) -> bytes | None:
    """The next message, None at the end."""
    head = source.read(_LENGTH_BYTES)
    if len(head) < _LENGTH_BYTES:
        return None
    length = int.from_bytes(head, "big")
    body = source.read(length)
    return body if len(body) == length else None


def send(to: BinaryIO, body: bytes) -> None:
    """One message."""
    to.write(len(body).to_bytes(_LENGTH_BYTES, "big"))
    to.write(body)
    to.flush()


def main() -> None:
    """Answer until the other side closes."""
    os.nice(_POLITE)
    while (body := receive(sys.stdin.buffer)) is not None:
        made = typeset(msgspec.msgpack.decode(body, type=Job))
        send(sys.stdout.buffer, msgspec.msgpack.encode(made))


if __name__ == "__main__":
    main()
