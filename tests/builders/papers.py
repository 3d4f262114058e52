"""Items, drafts and sealed packages for tests."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from question_bank.assembly.draft import Draft, DraftSection
from question_bank.items.item import TRUE_FALSE_OPTIONS, Figure, Item
from question_bank.items.key import ItemKey, KeyedItem
from question_bank.items.shape import CreditRule, ItemType
from question_bank.sealing.build import BuiltPackage, build

SEALING_SEED = bytes(range(32))
CREATED_MS = 1_780_000_000_000
_OPTIONS = {ItemType.SINGLE: 4, ItemType.MULTIPLE: 5, ItemType.TRUE_FALSE: 2}
_CORRECT = {ItemType.SINGLE: "a", ItemType.MULTIPLE: "ac", ItemType.TRUE_FALSE: "b"}


def entry(
    kind: ItemType,
    number: int = 1,
    *,
    correct: str | None = None,
    stem: str | None = None,
    fixed: str = "",
    figures: tuple[Figure, ...] = (),
    subject: str = "theory",
    topic: str = "",
    trade: str = "*",
    level: str = "*",
) -> KeyedItem:
    """One item; texts tell where they came from, so that a test can find them again."""
    item_id = f"{kind.value}-{number}"
    options = (
        TRUE_FALSE_OPTIONS
        if kind is ItemType.TRUE_FALSE
        else tuple(f"{item_id} 的选项 {letter}" for letter in "abcdefgh"[: _OPTIONS[kind]])
    )
    item = Item(
        id=item_id,
        type=kind,
        stem=stem or f"{item_id} 的题干",
        options=options,
        figures=figures,
        topic=topic,
        subject=subject,
        trade=trade,
        level=level,
        source="测试",
        explanation=f"{item_id} 的解析",
        fixed=fixed,
    )
    key = ItemKey(
        item_id=item_id,
        type=kind,
        points="1",
        correct=correct or _CORRECT[kind],
        options=len(options),
    )
    return KeyedItem(item, key)


def draft(
    counts: dict[ItemType, int] | None = None,
    *,
    subject: str = "theory",
    credit: CreditRule | None = None,
    entries: Sequence[KeyedItem] = (),
) -> Draft:
    """A form with so many items of each type (default two of each), or of ``entries``."""
    wanted = counts or dict.fromkeys(ItemType, 2)
    made = entries or [
        entry(kind, number, subject=subject)
        for kind, count in wanted.items()
        for number in range(1, count + 1)
    ]
    sections = tuple(
        DraftSection(kind, "1", tuple(one for one in made if one.item.type is kind))
        for kind in ItemType
        if any(one.item.type is kind for one in made)
    )
    return Draft(
        subject=subject, trade="*", level="*", credit=credit or CreditRule(), sections=sections
    )


class Authority:
    """An authority with a signing key and one centre it packs for."""

    def __init__(self) -> None:
        self.signing = Ed25519PrivateKey.generate()
        self.centre = X25519PrivateKey.generate()

    @property
    def signer(self) -> bytes:
        """The raw public signing key."""
        return self.signing.public_key().public_bytes_raw()

    def pack(self, *drafts: Draft, seed: bytes = SEALING_SEED) -> BuiltPackage:
        """A package for the one centre; a default form when none is given."""
        return build(
            exam="2026 年度工考",
            drafts=drafts or (draft(),),
            recipients=[self.centre.public_key()],
            signing_key=self.signing,
            seed=seed,
            created_ms=CREATED_MS,
        )
