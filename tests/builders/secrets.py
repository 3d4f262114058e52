"""Items whose every part is a word that occurs nowhere else, and the search for such words."""

from __future__ import annotations

import base64
import io
import json
import random
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from question_bank.items.collection import Bank
from question_bank.items.item import Figure, Item
from question_bank.items.key import ItemKey, KeyedItem
from question_bank.items.shape import ItemType
from tests.builders.pictures import png

_RARE = "龘靐齉爨麤灪鱻籱"  # drawn from to make words that no template or name holds


@dataclass(frozen=True, slots=True)
class Marked:
    """A bank and its words. ``shown``: what a candidate reads after the bell. ``hidden``: what
    belongs to the key and its reasons, and to the bank's own naming."""

    bank: Bank
    shown: tuple[str, ...]
    hidden: tuple[str, ...]


def marked_bank(rng: random.Random, subject: str, count: int, *, length: int = 1) -> Marked:
    """``count`` single and ``count`` multiple items of ``subject``; ``length``: of stems."""
    entries, shown, hidden = [], [], []

    def word(kind: str) -> str:
        rare = "".join(rng.choice(_RARE) for _ in range(8))
        return f"{kind}{rng.getrandbits(64):016x}{rare}"

    for number in range(count * 2):
        kind = ItemType.SINGLE if number < count else ItemType.MULTIPLE
        stem = "".join(word("stem") for _ in range(length))
        options = tuple(word("option") for _ in range(4))
        secret = [word(kind) for kind in ("reason", "source", "topic", "bankid")]
        name = f"{word('figure')}.png" if number % count == 0 else ""
        item = Item(
            id=secret[3],
            type=kind,
            stem=stem,
            options=options,
            figures=(Figure(name, "image/png", png(name), word("alt")),) if name else (),
            subject=subject,
            explanation=secret[0],
            source=secret[1],
            topic=secret[2],
            difficulty="0.5",
        )
        correct = (
            rng.choice("abcd")
            if kind is ItemType.SINGLE
            else "".join(sorted(rng.sample("abcd", 2)))
        )
        key = ItemKey(item_id=item.id, type=kind, points="1", correct=correct, options=4)
        entries.append(KeyedItem(item, key))
        shown += [stem, *options, *(one.alt for one in item.figures)]
        hidden += secret
    return Marked(Bank(f"marked-{subject}", tuple(entries)), tuple(shown), tuple(hidden))


def spellings(word: str) -> set[bytes]:
    """How a text may lie in a file, a log or a message."""
    utf8 = word.encode()
    plain = {
        utf8,
        word.encode("gb18030"),
        word.encode("utf-16-le"),
        json.dumps(word)[1:-1].encode(),
        word.encode("unicode_escape"),
    }
    return plain | {spelled for whole in (utf8,) for spelled in in_base64(whole)}


def in_base64(whole: bytes) -> set[bytes]:
    """The part of ``whole`` that stays the same in base64 whatever stands before it."""
    found = set()
    for before in range(3):
        text = base64.b64encode(bytes(before) + whole)
        found.add(text[4 if before else 0 : -4])
    return found


def spellings_of_bytes(secret: bytes) -> set[bytes]:
    """How a key may lie somewhere: raw, hex, base64."""
    hexed = secret.hex()
    return {secret, hexed.encode(), hexed.upper().encode(), base64.b64encode(secret)[:-1]} | {
        base64.urlsafe_b64encode(secret)[:-1]
    }


def found_in(haystack: Mapping[str, bytes], needles: Iterable[set[bytes]]) -> list[str]:
    """Names of the places where any needle lies, in any of its spellings."""
    wanted = [spelling for needle in needles for spelling in needle if len(spelling) >= 8]
    return sorted({name for name, data in haystack.items() if any(one in data for one in wanted)})


def files_below(*folders: Path) -> dict[str, bytes]:
    """Every file with its raw bytes; what a zip holds besides, unpacked."""
    found: dict[str, bytes] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                data = path.read_bytes()
                found[str(path)] = data
                found |= {f"{path}!{name}": inner for name, inner in _unzipped(data).items()}
    return found


def _unzipped(data: bytes) -> dict[str, bytes]:
    if not data.startswith(b"PK\x03\x04"):
        return {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
