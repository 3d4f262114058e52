"""The probe form: three harmless items that go the whole live path days before the exam.

It is sealed like a form, but the package secret alone opens it, so that pre-flight can
prove decryption, permutation and scoring without the bell code (DESIGN §6).
"""

from __future__ import annotations

from question_bank.assembly.draft import Draft, DraftSection
from question_bank.items.item import TRUE_FALSE_OPTIONS, Item
from question_bank.items.key import ItemKey, KeyedItem
from question_bank.items.shape import CreditRule, ItemType

SUBJECT = "probe"


def probe_draft() -> Draft:
    """One item of each type, one point each; the second has a fixed last option."""
    return Draft(
        subject=SUBJECT,
        trade="*",
        level="*",
        credit=CreditRule(),
        sections=tuple(
            DraftSection(entry.item.type, "1", (entry,))
            for entry in (
                _entry(
                    ItemType.SINGLE,
                    "设备检查：请选择“二”。 Equipment check: choose “two”.",
                    ("一 one", "二 two", "三 three", "四 four"),
                    "b",
                ),
                _entry(
                    ItemType.MULTIPLE,
                    "设备检查：请选择所有双数。 Equipment check: choose the even numbers.",
                    ("1", "2", "3", "4", "以上都不是 none of the above"),
                    "bd",
                    fixed="e",
                ),
                _entry(
                    ItemType.TRUE_FALSE,
                    "设备检查：请选择“对”。 Equipment check: choose “true”.",
                    TRUE_FALSE_OPTIONS,
                    "a",
                ),
            )
        ),
    )


def _entry(
    kind: ItemType, stem: str, options: tuple[str, ...], correct: str, fixed: str = ""
) -> KeyedItem:
    item = Item(
        id=f"probe-{kind.value}",
        type=kind,
        stem=stem,
        options=options,
        subject=SUBJECT,
        source="设备检查 equipment check",
        fixed=fixed,
    )
    key = ItemKey(item_id=item.id, type=kind, points="1", correct=correct, options=len(options))
    return KeyedItem(item, key)
