"""The authority's bank: encrypted at rest, whole imports, spent forms, scoring keys kept."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from question_bank.assembly.blueprint import parse_blueprint
from question_bank.assembly.generated import generate
from question_bank.bank import keys as authority_keys
from question_bank.bank.items import add_bank, add_generated, list_banks, stored_entries
from question_bank.bank.packing import (
    Packed,
    pack_forms,
    scoring_file,
    stored_scoring_file,
)
from question_bank.bank.places import places_of
from question_bank.bank.store import BankStore
from question_bank.errors import BankError
from question_bank.formats.reading import read_bank
from question_bank.formats.report import BankFile
from question_bank.formats.template import COLUMNS
from question_bank.items.key import from_builtins
from question_bank.items.scoring import score_form
from question_bank.sealing import opening, package
from question_bank.sealing.content import open_content
from question_bank.sealing.scoring import open_form_key

NOW = 1_780_000_000_000
PLAN = parse_blueprint(
    'exam = "工考"\n[[forms]]\nsubject = "theory"\nfull_mark = "4"\n'
    '[[forms.sections]]\ntype = "single"\ncount = 4\n'
)


@pytest.fixture
def store(tmp_path: Path) -> BankStore:
    keys = authority_keys.create(tmp_path / "keys")
    return BankStore.open(tmp_path / "bank.sqlite", keys, create=True)


def bank_file(folder: Path, count: int = 24, *, mark: str = "", version: str = "1") -> BankFile:
    path = folder / "bank.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS, restval="")
        writer.writeheader()
        for number in range(count):
            writer.writerow({
                "编号": f"Q{number}", "题型": "单选", "题干": f"秘密的第{number}题{mark}",
                "选项A": "第一个选项", "选项B": "第二个选项", "选项C": "第三个选项",
                "答案": "C", "科目": "theory",
                "版本": version, "知识点": "安全",
            })  # fmt: skip
    return read_bank(path)


def fill(store: BankStore, folder: Path, **changes: str) -> None:
    add_bank(store, bank_file(folder, **changes), now_ms=NOW, actor="命题员甲")  # type: ignore[arg-type]


def pack(store: BankStore, **options: object) -> Packed:
    centre = options.pop("centre", None) or X25519PrivateKey.generate()
    assert isinstance(centre, X25519PrivateKey)
    return pack_forms(
        store,
        PLAN,
        [centre.public_key()],
        now_ms=NOW,
        actor="命题员甲",
        **options,  # type: ignore[arg-type]
    )


def test_items_go_in_and_come_out_with_their_keys(store: BankStore, tmp_path: Path) -> None:
    fill(store, tmp_path)
    entries = stored_entries(store)
    assert [entry.item.id for entry in entries] == sorted(f"bank/Q{n}" for n in range(24))
    assert {(entry.key.item_id == entry.item.id, entry.key.correct) for entry in entries} == {
        (True, "c")
    }
    assert list_banks(store) == [
        {"bank": "bank", "items": 24, "types": {"single": 24}, "topics": 1, "used": 0}
    ]


def test_no_word_of_an_item_is_in_the_file(store: BankStore, tmp_path: Path) -> None:
    fill(store, tmp_path)
    data = (tmp_path / "bank.sqlite").read_bytes()
    for text in ("秘密的", "个选项", "第一个"):
        assert text.encode() not in data
    assert (tmp_path / "bank.sqlite").stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "keys").iterdir())


def test_the_very_same_file_is_not_imported_twice(store: BankStore, tmp_path: Path) -> None:
    fill(store, tmp_path)
    with pytest.raises(BankError, match="bank_imported_before"):
        fill(store, tmp_path)


def test_a_corrected_file_replaces_items_whose_version_was_raised(
    store: BankStore, tmp_path: Path
) -> None:
    fill(store, tmp_path)
    newer = bank_file(tmp_path, 25, mark="（改）", version="2")
    added = add_bank(store, newer, now_ms=NOW, actor="甲")
    assert (added.new, added.newer, added.unchanged) == (1, 24, 0)
    assert stored_entries(store)[0].item.stem == "秘密的第0题（改）"


def test_changed_items_under_the_same_version_keep_everything_out(
    store: BankStore, tmp_path: Path
) -> None:
    fill(store, tmp_path)
    with pytest.raises(BankError) as refused:
        add_bank(store, bank_file(tmp_path, 25, mark="！改"), now_ms=NOW, actor="甲")
    assert (refused.value.code, refused.value.facts["count"]) == ("bank_items_exist", 24)
    assert len(stored_entries(store)) == 24


def test_an_added_item_leaves_the_others_unchanged(store: BankStore, tmp_path: Path) -> None:
    fill(store, tmp_path)
    added = add_bank(store, bank_file(tmp_path, 26), now_ms=NOW, actor="甲")
    assert (added.new, added.newer, added.unchanged) == (2, 0, 24)


def test_generated_items_live_in_a_bank_of_their_own(store: BankStore, tmp_path: Path) -> None:
    fill(store, tmp_path)
    add_generated(store, generate(5, bytes(32)))
    assert [(one["bank"], one["items"]) for one in list_banks(store)] == [
        ("bank", 24),
        ("generated", 15),
    ]
    assert len(stored_entries(store, ["generated"])) == 15


def test_other_keys_do_not_open_the_bank(store: BankStore, tmp_path: Path) -> None:
    with pytest.raises(BankError, match="bank_keys_wrong"):
        BankStore.open(tmp_path / "bank.sqlite", authority_keys.create(tmp_path / "other"))


def test_missing_keys_and_a_missing_bank_are_named(store: BankStore, tmp_path: Path) -> None:
    with pytest.raises(BankError, match="bank_missing"):
        BankStore.open(tmp_path / "none.sqlite", store.keys)
    (tmp_path / "keys" / "bank.key").unlink()
    for load in (authority_keys.load, authority_keys.load_or_create):
        with pytest.raises(BankError) as refused:
            load(tmp_path / "keys")
        assert refused.value.facts["files"] == "bank.key"


def test_a_changed_or_moved_item_is_noticed(store: BankStore, tmp_path: Path) -> None:
    from sqlalchemy import text  # the test plays someone with the file in hand

    fill(store, tmp_path)
    with store.session() as session:
        session.execute(
            text(
                "UPDATE stored_item SET sealed ="
                " (SELECT sealed FROM stored_item WHERE id='bank/Q1') WHERE id='bank/Q0'"
            )
        )
    with pytest.raises(BankError) as refused:
        stored_entries(store)
    assert refused.value.facts == {"item": "bank/Q0"}


def test_a_package_from_the_bank_opens_at_the_centre_and_scores(
    store: BankStore, tmp_path: Path
) -> None:
    fill(store, tmp_path)
    centre = X25519PrivateKey.generate()
    packed = pack(store, centre=centre)
    signer = store.keys.signing.public_key().public_bytes_raw()
    sealed = package.from_bytes(packed.data, {signer})
    unsealed = opening.open_content_keys(sealed, centre, packed.bell_code)
    (shape,) = packed.shapes
    form_key = open_form_key(sealed, unsealed.scoring_secret, shape.form_id)
    right = {key.item_id: key.correct for key in form_key.items}
    assert score_form(form_key, right).points == 4
    assert sealed.manifest.created_ms == NOW
    assert packed.manifest_digest == sealed.digest


def test_the_bank_tells_where_an_item_was_sealed_and_its_letters(
    store: BankStore, tmp_path: Path
) -> None:
    """Whoever corrects a key reads form, item and letters off, and checks them by the content."""
    fill(store, tmp_path)
    centre = X25519PrivateKey.generate()
    packed = pack(store, centre=centre)
    sealed = package.from_bytes(packed.data)
    (shape,) = packed.shapes
    content_key = opening.open_content_keys(sealed, centre, packed.bell_code).content_keys
    content = open_content(
        sealed.content_blob(shape.form_id), content_key[shape.form_id], shape.form_id
    )
    found = [place for number in range(24) for place in places_of(store, f"bank/Q{number}")]
    assert len(found) == shape.count == 4
    for place in found:
        options = content.items[place.item].options
        assert options["abc".index(place.letters["c"])] == "第三个选项"
        assert (place.form, place.sealed_key) == (shape.form_id, place.letters["c"])
        assert not place.changed
    with pytest.raises(BankError, match="bank_item_unknown"):
        places_of(store, "bank/Q99")


def test_the_scoring_file_is_kept_sealed_and_can_be_had_again(
    store: BankStore, tmp_path: Path
) -> None:
    fill(store, tmp_path)
    packed = pack(store)
    assert stored_scoring_file(store, packed.package_id) == packed.scoring_file
    entries = json.loads(packed.scoring_file)
    keys = [from_builtins(form_id, entry) for form_id, entry in entries.items()]
    assert scoring_file(keys) == packed.scoring_file
    with pytest.raises(BankError, match="package_not_ours"):
        stored_scoring_file(store, "another")
    assert packed.scoring_file[20:60] not in (tmp_path / "bank.sqlite").read_bytes()


def test_the_bell_code_is_kept_nowhere(store: BankStore, tmp_path: Path) -> None:
    from question_bank.sealing import bell_code

    fill(store, tmp_path)
    packed = pack(store)
    data = (tmp_path / "bank.sqlite").read_bytes()
    assert packed.bell_code.encode() not in data
    assert bell_code.parse(packed.bell_code) not in data
    assert packed.bell_code not in repr(packed)


def test_a_form_that_was_sealed_is_not_sealed_again(store: BankStore, tmp_path: Path) -> None:
    fill(store, tmp_path)
    first = pack(store, seed=bytes(32))
    with pytest.raises(BankError) as refused:
        pack(store, seed=bytes(32))
    assert refused.value.code == "form_spent"
    assert refused.value.facts["package"] == first.package_id
    assert pack(store, seed=bytes([7]) * 32).package_id != first.package_id


@pytest.mark.parametrize("approvals", [["甲"], ["甲", "甲"], ["甲", "甲 "], ["甲", ""]])
def test_one_person_alone_cannot_allow_a_reuse(
    store: BankStore, tmp_path: Path, approvals: list[str]
) -> None:
    fill(store, tmp_path)
    pack(store, seed=bytes(32))
    with pytest.raises(BankError, match="approvals_two"):
        pack(store, seed=bytes(32), approvals=approvals)


def test_a_reuse_that_two_approved_is_printed_in_the_manifest(
    store: BankStore, tmp_path: Path
) -> None:
    fill(store, tmp_path)
    pack(store, seed=bytes(32))
    packed = pack(store, seed=bytes(32), approvals=["甲", "乙"])
    assert package.from_bytes(packed.data).manifest.approvals == ("甲", "乙")
    unneeded = pack(store, seed=bytes([9]) * 32, approvals=["甲", "乙"])
    assert package.from_bytes(unneeded.data).manifest.approvals == ()


def test_a_refused_packing_leaves_no_trace(store: BankStore, tmp_path: Path) -> None:
    fill(store, tmp_path)
    with pytest.raises(BankError, match="package_no_recipients"):
        pack_forms(store, PLAN, [], now_ms=NOW, actor="甲", seed=bytes(32))
    assert pack(store, seed=bytes(32)).shapes


def test_unused_items_only(store: BankStore, tmp_path: Path) -> None:
    fill(store, tmp_path)
    pack(store)
    assert list_banks(store)[0]["used"] == 4
    for _ in range(5):
        pack(store, unused_only=True)
    assert list_banks(store)[0]["used"] == 24
    with pytest.raises(BankError) as refused:
        pack(store, unused_only=True)
    assert (refused.value.code, refused.value.facts["found"]) == ("bank_too_small", 0)
