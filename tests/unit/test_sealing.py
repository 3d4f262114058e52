"""From the authority's desk to the bell: two secrets, and nothing readable before both."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from question_bank.errors import BankError
from question_bank.items.item import Figure
from question_bank.items.shape import ItemType, ShapeItem
from question_bank.sealing import bell_code, opening, package
from question_bank.sealing.blob import STEP, open_blob, seal_blob
from question_bank.sealing.build import build
from question_bank.sealing.content import Content, open_content
from question_bank.sealing.recipient import parse_public, public_text
from question_bank.sealing.scoring import open_form_key
from question_bank.sealing.suite import derive
from tests.builders.papers import CREATED_MS, SEALING_SEED, Authority, draft, entry
from tests.builders.pictures import png


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def _contents(authority: Authority, data: bytes, code: str) -> Content:
    """Unseal a package of one form and open its content."""
    sealed = package.from_bytes(data, {authority.signer})
    keys = opening.open_content_keys(sealed, authority.centre, code).content_keys
    ((form_id, key),) = keys.items()
    return open_content(sealed.content_blob(form_id), key, form_id)


def test_centre_key_and_bell_code_together_open_every_form_and_its_key(
    authority: Authority, tmp_path: Path
) -> None:
    built = authority.pack(draft(subject="ethics"), draft(subject="theory"))
    path = tmp_path / "paper.kcp"
    path.write_bytes(built.data)
    sealed = package.read(path, {authority.signer})
    assert [shape.subject for shape in sealed.shapes.values()] == ["ethics", "theory"]
    unsealed = opening.open_content_keys(sealed, authority.centre, built.bell_code.lower())
    for form_id, shape in sealed.shapes.items():
        content = open_content(
            sealed.content_blob(form_id), unsealed.content_keys[form_id], form_id
        )
        assert set(content.items) == {item.id for part in shape.sections for item in part.items}
        form_key = open_form_key(sealed, unsealed.scoring_secret, form_id)
        assert form_key == built.form_keys[form_id]


def test_every_stem_option_and_key_arrives_where_it_belongs(authority: Authority) -> None:
    built = authority.pack()
    sealed = package.from_bytes(built.data)
    unsealed = opening.open_content_keys(sealed, authority.centre, built.bell_code)
    (form_id,) = sealed.shapes
    content = open_content(sealed.content_blob(form_id), unsealed.content_keys[form_id], form_id)
    keys = {key.item_id: key for key in built.form_keys[form_id].items}
    bank = {one.item.id: one for part in draft().sections for one in part.entries}
    for opaque, bank_id in built.origins[form_id].items():
        item, key = bank[bank_id].item, bank[bank_id].key
        assert content.items[opaque].stem == item.stem
        assert sorted(content.items[opaque].options) == sorted(item.options)
        right = {item.options["abcdefgh".index(letter)] for letter in key.correct}
        sealed_right = {
            content.items[opaque].options["abcdefgh".index(letter)]
            for letter in keys[opaque].correct
        }
        assert sealed_right == right


def test_nothing_of_an_item_is_readable_in_the_file(authority: Authority) -> None:
    built = authority.pack()
    for part in draft().sections:
        for one in part.entries:
            for text in (one.item.id, one.item.stem, one.item.explanation, *one.item.options):
                if text in ("对", "错"):
                    continue  # stand in every manifest word list, not as item text
                assert text.encode() not in built.data
                assert base64.b64encode(text.encode()) not in built.data


def test_explanations_sources_and_topics_never_enter_the_content(authority: Authority) -> None:
    built = authority.pack()
    text = repr(_contents(authority, built.data, built.bell_code))
    assert "的题干" in text
    assert "解析" not in text
    assert "测试" not in text


def test_true_false_stays_as_it_is_and_fixed_options_stay_last(authority: Authority) -> None:
    entries = [
        entry(ItemType.TRUE_FALSE),
        *(entry(ItemType.SINGLE, number, fixed="bd") for number in range(1, 9)),
    ]
    built = authority.pack(draft(entries=entries))
    (shape,) = package.from_bytes(built.data).shapes.values()
    single, judged = shape.sections
    assert {item.fixed for item in single.items} == {"cd"}
    assert {item.fixed for item in judged.items} == {""}
    content = _contents(authority, built.data, built.bell_code)
    assert content.items[judged.items[0].id].options == ("对", "错")
    for item in single.items:
        number = built.origins[shape.form_id][item.id]
        assert content.items[item.id].options[2:] == (f"{number} 的选项 b", f"{number} 的选项 d")


def test_the_banks_order_of_items_and_options_does_not_show(authority: Authority) -> None:
    """In the bank every right answer is A; in the form it is anywhere."""
    built = authority.pack(draft({ItemType.SINGLE: 60}))
    (form_id,) = built.form_keys
    letters = {key.correct for key in built.form_keys[form_id].items}
    assert letters == set("abcd")
    shown = [built.origins[form_id][item.id] for item in _items(built.data)]
    assert shown != sorted(shown, key=lambda name: int(name.rpartition("-")[2]))


def _items(data: bytes) -> list[ShapeItem]:
    (shape,) = package.from_bytes(data).shapes.values()
    return [item for part in shape.sections for item in part.items]


def test_the_same_item_has_another_name_in_every_form(authority: Authority) -> None:
    first = authority.pack(draft(), draft())
    ids = [set(origins) for origins in first.origins.values()]
    assert not ids[0] & ids[1]
    again = authority.pack(seed=bytes(32))
    assert not ids[0] & set(next(iter(again.origins.values())))


def test_figures_travel_inside_the_blob(authority: Authority) -> None:
    picture = Figure("plan.png", "image/png", png("plan"), "平面图")
    built = authority.pack(draft(entries=[entry(ItemType.SINGLE, figures=(picture,))]))
    assert picture.data not in built.data
    (item,) = _contents(authority, built.data, built.bell_code).items.values()
    (figure,) = item.figures
    assert base64.b64decode(figure.data) == picture.data
    assert (figure.name, figure.media_type, figure.alt) == ("plan.png", "image/png", "平面图")


def test_a_wrong_bell_code_is_told_from_an_altered_package(authority: Authority) -> None:
    built = authority.pack()
    sealed = package.from_bytes(built.data)
    other = bell_code.make(bytes(16))
    with pytest.raises(BankError, match="wrong_bell_code"):
        opening.open_content_keys(sealed, authority.centre, other)
    with pytest.raises(BankError, match="bell_code_mistyped"):
        opening.open_content_keys(sealed, authority.centre, "0" * 28)


def test_another_centre_cannot_open_it_even_with_the_code(authority: Authority) -> None:
    built = authority.pack()
    with pytest.raises(BankError, match="package_not_for_this_centre"):
        opening.open_content_keys(
            package.from_bytes(built.data), X25519PrivateKey.generate(), built.bell_code
        )


def test_the_code_alone_and_the_centre_key_alone_open_nothing(authority: Authority) -> None:
    """The package secret without the code derives other keys; so does the code without it."""
    built = authority.pack()
    sealed = package.from_bytes(built.data)
    right = opening.open_content_keys(sealed, authority.centre, built.bell_code)
    secret = opening.open_secret(sealed, authority.centre)
    bits = bell_code.parse(built.bell_code)
    (form_id,) = sealed.shapes
    for kek in (
        opening.key_encryption_key(secret, bytes(16), sealed.id),
        opening.key_encryption_key(bytes(32), bits, sealed.id),
        opening.key_encryption_key(secret, b"", sealed.id),
        secret,
    ):
        content_secret = derive(kek, "content", sealed.id)
        key = opening.form_content_key(content_secret, sealed.id, form_id)
        assert key != right.content_keys[form_id]
        with pytest.raises(BankError, match="package_altered"):
            open_content(sealed.content_blob(form_id), key, form_id)


def test_several_centres_open_the_same_package_with_the_same_code(authority: Authority) -> None:
    centres = [X25519PrivateKey.generate() for _ in range(3)]
    built = build(
        exam="工考",
        drafts=[draft()],
        recipients=[centre.public_key() for centre in centres],
        signing_key=authority.signing,
        seed=SEALING_SEED,
        created_ms=CREATED_MS,
    )
    sealed = package.from_bytes(built.data)
    keys = [
        opening.open_content_keys(sealed, centre, built.bell_code).content_keys
        for centre in centres
    ]
    assert keys[0] == keys[1] == keys[2]


def test_one_forms_key_opens_no_other_form(authority: Authority) -> None:
    built = authority.pack(draft(subject="ethics"), draft(subject="theory"))
    sealed = package.from_bytes(built.data)
    keys = opening.open_content_keys(sealed, authority.centre, built.bell_code).content_keys
    first, second = sealed.shapes
    with pytest.raises(BankError, match="package_altered"):
        open_content(sealed.content_blob(second), keys[first], second)
    with pytest.raises(BankError, match="package_altered"):
        open_content(sealed.content_blob(first), keys[first], second)


def test_the_content_key_does_not_open_the_scoring_key(authority: Authority) -> None:
    built = authority.pack()
    sealed = package.from_bytes(built.data)
    (form_id,) = sealed.shapes
    unsealed = opening.open_content_keys(sealed, authority.centre, built.bell_code)
    for secret in (unsealed.content_keys[form_id], bytes(32)):
        with pytest.raises(BankError, match="package_altered"):
            open_form_key(sealed, secret, form_id)
    with pytest.raises(BankError, match="package_altered"):
        open_content(sealed.content_blob(form_id), unsealed.scoring_secret, form_id)
    derived = opening.form_content_key(unsealed.scoring_secret, sealed.id, form_id)
    assert derived != unsealed.content_keys[form_id]


def test_secrets_do_not_show_when_printed(authority: Authority) -> None:
    built = authority.pack()
    unsealed = opening.open_content_keys(
        package.from_bytes(built.data), authority.centre, built.bell_code
    )
    assert unsealed.scoring_secret.hex()[:8] not in repr(unsealed)
    assert repr(unsealed) == "OpenedContent()"
    assert built.bell_code not in repr(built)


def test_packing_the_same_twice_gives_other_secrets(authority: Authority) -> None:
    first, second = authority.pack(), authority.pack()
    assert first.bell_code != second.bell_code
    assert first.data != second.data
    with pytest.raises(BankError, match="wrong_bell_code"):
        opening.open_content_keys(
            package.from_bytes(first.data), authority.centre, second.bell_code
        )


@pytest.mark.parametrize("length", [0, 1, STEP - 33, STEP - 32, STEP - 31, STEP, 3 * STEP - 32])
def test_a_blob_is_a_multiple_of_64_kib_and_comes_back(length: int) -> None:
    text, key = bytes(length), bytes(32)
    blob = seal_blob(text, key, "form")
    assert len(blob) % STEP == 0
    assert len(blob) == STEP * -(-(length + 32) // STEP)
    assert open_blob(blob, key, "form") == text
    with pytest.raises(BankError, match="package_altered"):
        open_blob(blob, key, "another")


@pytest.mark.parametrize("blob", [b"", bytes(10), bytes(STEP)])
def test_what_is_no_blob_is_refused(blob: bytes) -> None:
    with pytest.raises(BankError, match="package_altered"):
        open_blob(blob, bytes(32), "form")


def test_two_forms_of_different_length_look_the_same_from_outside(authority: Authority) -> None:
    short = draft(entries=[entry(ItemType.SINGLE, stem="短")])
    long = draft(entries=[entry(ItemType.SINGLE, stem="很长的题干" * 3000)])
    built = [authority.pack(one) for one in (short, long)]
    assert len(built[0].data) == len(built[1].data)
    assert {one.manifest.forms[0].content_bytes for one in built} == {STEP}
    longer = draft(entries=[entry(ItemType.SINGLE, stem="很长的题干" * 6000)])
    assert authority.pack(longer).manifest.forms[0].content_bytes == 2 * STEP


def test_a_centres_public_key_travels_as_one_line() -> None:
    key = X25519PrivateKey.generate().public_key()
    line = public_text(key)
    assert parse_public(line + "\n").public_bytes_raw() == key.public_bytes_raw()
    for wrong in ("", line[:-4], line.replace("centre", "center"), "kaochang-centre:AAAA", "中"):
        with pytest.raises(BankError, match="recipient_malformed"):
            parse_public(wrong)


def test_a_package_without_centre_form_or_seed_is_not_built(authority: Authority) -> None:
    with pytest.raises(BankError, match="seed_too_short"):
        authority.pack(seed=b"short")
    for code, drafts, recipients in (
        ("package_no_forms", [], [authority.centre.public_key()]),
        ("package_no_recipients", [draft()], []),
    ):
        with pytest.raises(BankError, match=code):
            build(
                exam="工考",
                drafts=drafts,
                recipients=recipients,
                signing_key=authority.signing,
                seed=SEALING_SEED,
                created_ms=CREATED_MS,
            )


def test_asking_for_a_form_that_is_not_there(authority: Authority) -> None:
    with pytest.raises(BankError, match="package_no_such_form"):
        package.from_bytes(authority.pack().data).content_blob("nothing")
