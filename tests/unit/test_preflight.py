"""Days ahead the centre proves everything about a package except its content."""

from __future__ import annotations

import json

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from question_bank.errors import BankError
from question_bank.items.shape import CreditRule, ItemType
from question_bank.sealing import opening, package
from question_bank.sealing.build import BuiltPackage
from question_bank.sealing.content import open_content
from question_bank.sealing.package import SealedPackage
from question_bank.sealing.preflight import check
from tests.builders.papers import Authority, draft


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def built(authority: Authority) -> BuiltPackage:
    return authority.pack()


def results(report: dict[str, object]) -> dict[str, object]:
    checks = report["checks"]
    assert isinstance(checks, list)
    return {one["name"]: one["code"] or "ok" for one in checks}


def test_a_good_package_passes_every_check_without_the_bell_code(
    authority: Authority, built: BuiltPackage
) -> None:
    report = check(package.from_bytes(built.data, {authority.signer}), authority.centre)
    assert report["ok"] is True
    assert set(results(report).values()) == {"ok"}
    assert list(results(report)) == [
        "signature", "shapes", "recipient", "probe_content", "probe_order", "probe_score",
    ]  # fmt: skip
    (form,) = report["forms"]
    assert (form["subject"], form["items"], form["full_mark"]) == ("theory", 6, "6")
    assert json.loads(json.dumps(report)) == report


def test_preflight_says_nothing_about_the_content(
    authority: Authority, built: BuiltPackage
) -> None:
    report = repr(check(package.from_bytes(built.data), authority.centre))
    assert "题干" not in report
    for key in built.form_keys.values():
        assert all(item.item_id not in report for item in key.items)


def test_the_wrong_centre_learns_it_days_ahead(built: BuiltPackage) -> None:
    report = check(package.from_bytes(built.data), X25519PrivateKey.generate())
    assert report["ok"] is False
    assert results(report) == {
        "signature": "ok",
        "shapes": "ok",
        "recipient": "package_not_for_this_centre",
        "probe_content": "package_not_for_this_centre",
        "probe_order": "ok",
        "probe_score": "package_not_for_this_centre",
    }


def with_manifest(sealed: SealedPackage, **changes: object) -> SealedPackage:
    changed = msgspec.structs.replace(sealed.manifest, **changes)
    return SealedPackage(sealed.header, changed, sealed.signer, sealed.digest, sealed.blobs)


def test_a_probe_that_is_another_form_is_found_out(
    authority: Authority, built: BuiltPackage
) -> None:
    sealed = package.from_bytes(built.data)
    exchanged = with_manifest(sealed, probe=sealed.manifest.forms[0])
    found = results(check(exchanged, authority.centre))
    assert found["probe_content"] == "package_altered"
    assert found["probe_score"] == "package_altered"


@pytest.mark.parametrize(
    "rule", [CreditRule(multiple="generous"), CreditRule(partial_value="much")]
)
def test_a_form_that_could_not_be_scored_is_found_out(
    authority: Authority, built: BuiltPackage, rule: CreditRule
) -> None:
    with pytest.raises(BankError, match=r"credit_unknown|points_malformed"):
        authority.pack(draft(credit=rule))  # the golden candidate cannot be scored either
    sealed = package.from_bytes(built.data)  # of somebody who seals without trying
    (form,) = sealed.manifest.forms
    shape = msgspec.structs.replace(form.shape, credit=rule)
    changed = with_manifest(sealed, forms=(msgspec.structs.replace(form, shape=shape),))
    report = check(changed, authority.centre)
    assert report["ok"] is False
    assert results(report)["shapes"] in ("credit_unknown", "points_malformed")


def test_the_probe_can_be_staged_like_a_form_and_opened_with_the_centre_key_alone(
    authority: Authority, built: BuiltPackage
) -> None:
    sealed = package.from_bytes(built.data)
    shape = sealed.manifest.probe.shape
    key = opening.open_probe_key(sealed, authority.centre)
    content = open_content(sealed.content_blob(shape.form_id), key, shape.form_id)
    assert [part.type for part in shape.sections] == list(ItemType)
    assert all("设备检查" in item.stem for item in content.items.values())
    (form_id,) = sealed.shapes
    with pytest.raises(BankError, match="package_altered"):
        open_content(sealed.content_blob(form_id), key, form_id)
